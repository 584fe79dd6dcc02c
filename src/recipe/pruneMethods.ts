import type { LatencyReport, LayerKept, NodeMapping, PruneParams, PruneReport, PruneSettings } from '../protocol';
import { measureLatencyPair } from '../evaluate/latency';
import { cloneModel, mainGraph, type Model } from '../onnx/model';
import type { TensorInfo, TensorMap } from '../onnx/tensorValue';
import { calibrate } from '../quantize/calibrate';
import { concreteTypes } from '../prune/coupling/concreteTypes';
import type { Coupling } from '../prune/coupling/types';
import { prepareCoupling } from '../prune/coupling/prepareCoupling';
import { applyMasks, DEFAULT_MASK_AMOUNT } from '../prune/masks/applyMasks';
import { writeMaskMetadata } from '../prune/masks/maskMetadata';
import { factoriseWeights } from '../prune/lowRank/factorise';
import { layerInputs } from '../prune/recalibration/layerInputs';
import { modelMacs } from '../prune/selection/prunedMacs';
import { createSession, type Session } from '../runtime/session';
import { throwIfCancelled } from '../util/pressError';
import { channelMultiples } from './channelMultiples';
import { normaliseJob, openSession, type CompressionJob } from './compressionJob';
import { optimizationFor } from './evaluationData';
import { gradientScores } from './gradientScores';
import { createLayerTimer } from './layerTimings';
import { factorTimer } from './lowRankTimings';
import { planAmounts } from './pruneAuto';
import {
  coupleModel,
  pruneChannels,
  type ChannelInput,
  type ChannelOutcome,
  type ChannelPolicy,
  type Means,
  type PruneHooks,
} from './pruneChannels';
import { pruneDepth } from './pruneDepth';
import { recalibrate } from './pruneRecalibration';
import { samplesOf, type QuantizeSamples } from './quantizeSamples';
import { holdRuns, measureHeld } from './sensitivityBench';
import { sparsityReport } from './sparsityReport';

/** Latency of a slow model is measured for at most so long. */
const LATENCY_SECONDS = 4;
/** What is tried in turn when a model with fewer channels is slower than the original. */
const FALLBACKS = [
  {
    multiple: 16,
    strength: 1,
    text: 'Channel counts were rounded to multiples of 16, since the first choice was slower.',
  },
  { multiple: 16, strength: 0.5, text: 'Half of the channels were given back, since the model was still slower.' },
  { multiple: 16, strength: 0.25, text: 'Three quarters of the channels were given back, since it was still slower.' },
];

/** Samples on which branches are taken out on trial; of large models fewer. */
const TRIAL_SAMPLES = [16, 64] as const;
const TRIAL_MACS = 8e9;

/** What a method works on. */
export interface PruneInput {
  readonly job: CompressionJob<PruneParams>;
  readonly normalised: Model;
  readonly before: Session;
  readonly samples: QuantizeSamples;
  readonly timing: { readonly feeds: TensorMap; readonly batchSize: number };
  readonly hooks: PruneHooks;
}

/** What a method made. */
export interface PruneOutcome {
  readonly model: Model;
  readonly session: Session;
  readonly latency: LatencyReport;
  readonly isChanged: boolean;
  readonly facts: Pick<PruneReport, 'sparsity' | 'channels' | 'depth' | 'lowRank'>;
  readonly recalibration: PruneReport['recalibration'];
  readonly macs: PruneReport['macs'];
  readonly kept: readonly LayerKept[];
  /** The settings that make the same model again, where the given ones leave it to measuring. */
  readonly repeatable?: PruneSettings;
  readonly mapping: readonly NodeMapping[];
}

/** Prunes by the method that the settings name, and times the result against the original. */
export function pruneByMethod(input: PruneInput): Promise<PruneOutcome> {
  switch (input.job.params.settings.method) {
    case 'channel':
      return byChannels(input);
    case 'depth':
      return byDepth(input);
    case 'low-rank':
      return byLowRank(input);
    default:
      return byMasks(input);
  }
}

async function byMasks(input: PruneInput): Promise<PruneOutcome> {
  const { job, normalised, hooks } = input;
  const { settings } = job.params;
  const { steps = 1, amount = DEFAULT_MASK_AMOUNT } = settings;
  let model = normalised;
  let masks: ReturnType<typeof applyMasks> | undefined;
  for (let step = 0; step < steps; step++) {
    const masked = cloneModel(model);
    // What was zero before is the smallest now: amounts add up.
    masks = applyMasks(masked, { ...settings, amount: (amount * (step + 1)) / steps }, job.context);
    model = masked;
    if (step < steps - 1 && hooks.betweenSteps) model = await hooks.betweenSteps(model, step, steps);
  }
  const { tensors, kept } = masks as NonNullable<typeof masks>; // there is at least one step
  const types = await concreteTypes(normalised, input.timing.feeds);
  // Weights that were trained between the steps have made up for the loss themselves.
  const made = hooks.betweenSteps
    ? { model, layers: [], kind: 'none' as const }
    : await recalibrate(input, { original: normalised, masked: model, types, unfolded: await unfoldedOf(input) });
  model = made.model;
  writeMaskMetadata(model, settings, tensors);
  const macs = modelMacs(normalised, types);
  return {
    ...(await timed(input, model)),
    isChanged: tensors.some(({ zeros }) => zeros > 0),
    facts: { sparsity: await sparsityReport(normalised, model, tensors) },
    recalibration: { kind: made.kind, layers: made.layers.length },
    macs: { before: macs, after: macs },
    kept,
    mapping: tensors.map(({ node }) => ({ source: node, targets: [node] })),
  };
}

async function byLowRank(input: PruneInput): Promise<PruneOutcome> {
  const { job, normalised } = input;
  const { params, context } = job;
  const model = cloneModel(normalised);
  const types = await concreteTypes(normalised, input.timing.feeds);
  const isFaster = factorTimer(normalised, types, { signal: context.signal });
  const { layers, kept, mapping } = await factoriseWeights(model, params.settings, {
    seed: params.seed ?? 0,
    ...context,
    isFaster,
  });
  return {
    ...(await timed(input, model)),
    isChanged: layers.length > 0,
    facts: { lowRank: layers },
    recalibration: { kind: 'none', layers: 0 },
    macs: {
      before: modelMacs(normalised, types),
      after: modelMacs(model, await concreteTypes(model, input.timing.feeds)),
    },
    kept,
    mapping,
  };
}

async function byDepth(input: PruneInput): Promise<PruneOutcome> {
  const { job, normalised, samples } = input;
  const { params, context } = job;
  const threads = params.threads ?? 0;
  const types = await concreteTypes(normalised, input.timing.feeds);
  const before = modelMacs(normalised, types);
  const reference = await createSession(normalised, { threads });
  try {
    const [fewest, most] = TRIAL_SAMPLES;
    const count = Math.round(Math.min(most, Math.max(fewest, TRIAL_MACS / Math.max(1, before))));
    const trial = { total: count, most: count };
    const runs = await holdRuns({ reference }, samplesOf(samples.calibration, context.signal), trial, context);
    const options = { threads, signal: context.signal };
    const divergenceOf = async (model: Model): Promise<number> => (await measureHeld(model, runs, options)).divergence;
    const pruned = await pruneDepth({ model: normalised, types, settings: params.settings, divergenceOf, context });
    const isChanged = pruned.report.removed.length > 0;
    const pair = { original: normalised, masked: pruned.model, types, unfolded: await unfoldedOf(input) };
    const made = isChanged
      ? await recalibrate(input, pair)
      : { model: pruned.model, layers: [], kind: 'none' as const };
    return {
      ...(await timed(input, made.model)),
      isChanged,
      facts: { depth: pruned.report },
      recalibration: { kind: made.kind, layers: made.layers.length },
      macs: { before, after: modelMacs(made.model, types) },
      kept: pruned.kept,
      mapping: pruned.mapping,
    };
  } finally {
    await reference.release();
  }
}

async function byChannels(input: PruneInput): Promise<PruneOutcome> {
  const { job, normalised, hooks } = input;
  const { params, context } = job;
  const { settings } = params;
  const prepared = cloneModel(normalised);
  await prepareCoupling(prepared);
  const channels: ChannelInput = {
    model: prepared,
    unfolded: await preparedUnfolded(input),
    settings,
    seed: params.seed ?? 0,
    typesOf: (model) => concreteTypes(model, input.timing.feeds),
    meansOf: (model, types) => dataMeans(input, model, types),
    taylorOf: oncePerModel((model, current) =>
      gradientScores(model, current, input.samples, { ...context, threads: params.threads ?? 0 }),
    ),
    recalibrate: (pair) => recalibrate(input, pair),
    hooks,
    context,
  };
  const types = await concreteTypes(prepared, input.timing.feeds);
  const timer = createLayerTimer(prepared, { signal: context.signal });
  const isExplicit = settings.layers !== undefined && settings.amount === 0;
  const coupling = coupleModel(prepared, types, settings);
  const multiples = isExplicit ? new Map<string, number>() : await channelMultiples(coupling, types, timer, context);
  const { feeds } = input.timing;
  const plan = settings.auto && (await planAmounts({ ...input, feeds, model: prepared, types, coupling }));
  const pruneAs = async (policy: ChannelPolicy): Promise<ChannelOutcome> =>
    plan
      ? pruneChannels({ ...channels, settings: await plan(policy) }, { ...policy, strength: 1 })
      : pruneChannels(channels, policy);
  // Latency does not depend on the weights: they are recalibrated and trained once it is clear how many channels go.
  let policy: ChannelPolicy = { multiples, strength: 1, isTrial: true };
  let outcome = await pruneAs(policy);
  let measured = await timed(input, outcome.model);
  const adjustments: string[] = [];
  for (const { multiple, strength, text } of FALLBACKS) {
    if (isExplicit || measured.latency.speedup.median >= 1 || !hasRemoved(outcome)) break;
    throwIfCancelled(context.signal);
    adjustments.push(text);
    const rounded = new Map([...multiples].map(([name, own]) => [name, Math.max(own, multiple)]));
    policy = { multiples: rounded, strength, isTrial: true };
    outcome = await pruneAs(policy);
    measured = await timed(input, outcome.model);
  }
  const isSlower = !isExplicit && measured.latency.speedup.median < 1;
  const isChanged = hasRemoved(outcome) && !isSlower;
  const isTrained = (settings.steps ?? 1) > 1 && hooks.betweenSteps !== undefined;
  if (isChanged && (isTrained || settings.recalibrate !== false)) {
    // As many channels of each group again, also where that was found by timing.
    const chosen = { ...channels, settings: explicitSettings(settings, outcome) };
    outcome = await pruneChannels(chosen, { ...policy, strength: 1, isTrial: false });
    const session = await openSession(job, outcome.model, optimizationFor(outcome.model));
    measured = { ...measured, model: outcome.model, session };
  }
  return {
    ...measured,
    isChanged,
    facts: { channels: { ...outcome.report, adjustments } },
    repeatable: explicitSettings(settings, outcome),
    recalibration: outcome.recalibrated,
    macs: outcome.macs,
    kept: keptGroups(outcome, isSlower),
    mapping: outcome.mapping,
  };
}

/** Widths are tried several times, and each time the first step begins with the same model. */
function oncePerModel<T>(
  compute: (model: Model, coupling: Coupling) => Promise<T>,
): (model: Model, coupling: Coupling) => Promise<T> {
  const known = new WeakMap<Model, Promise<T>>();
  return (model, coupling) => {
    const result = known.get(model) ?? compute(model, coupling);
    known.set(model, result);
    return result;
  };
}

/** Settings that remove as many channels of each group again, whatever is measured then. */
function explicitSettings(settings: PruneSettings, { report }: ChannelOutcome): PruneSettings {
  const { auto: _auto, targetMacs: _macs, targetSize: _size, targetLatency: _latency, ...rest } = settings;
  const cut = report.groups.filter(({ removed }) => removed.length > 0);
  const layers = Object.fromEntries(cut.map(({ group, removed, units }) => [group, removed.length / units]));
  return { ...rest, amount: 0, layers };
}

function hasRemoved({ report }: ChannelOutcome): boolean {
  return report.channelsAfter < report.channelsBefore;
}

function keptGroups({ report }: ChannelOutcome, isSlower: boolean): LayerKept[] {
  return report.groups.flatMap(({ group, units, multiple, removed, protection }) => {
    const reason =
      protection ??
      (isSlower
        ? 'The model would be slower here without some of its channels.'
        : removed.length > 0
          ? undefined
          : multiple >= units
            ? 'Fewer channels are no faster here.'
            : 'Its channels are among the more important ones.');
    return reason === undefined ? [] : [{ node: group, opType: 'group', reason }];
  });
}

/** Loads the result and times it against the original. */
async function timed(
  { job, before, timing }: PruneInput,
  model: Model,
): Promise<Pick<PruneOutcome, 'model' | 'session' | 'latency'>> {
  const { context, params } = job;
  const session = await openSession(job, model, optimizationFor(model));
  context.onProgress({ stage: 'measure', done: 0, total: 0 });
  const latency = await measureLatencyPair(before, session, timing.feeds, {
    batchSize: timing.batchSize,
    threads: params.threads ?? 0,
    maxSeconds: context.latencySeconds ?? LATENCY_SECONDS,
    signal: context.signal,
  });
  return { model, session, latency };
}

/** Means of the inputs of layers over the samples; undefined without data. */
async function dataMeans(
  { job, samples }: PruneInput,
  model: Model,
  types: ReadonlyMap<string, TensorInfo>,
): Promise<Means | undefined> {
  if (samples.uncalibrated) return undefined;
  const { params, context } = job;
  const inputs = [...layerInputs(model)].filter(([name]) => types.get(name)?.type === 'float32');
  const observed = await calibrate(
    model,
    types,
    new Map(inputs.map(([name, meanAxis]) => [name, { meanAxis }])),
    samplesOf(samples.calibration, context.signal),
    { ...context, threads: params.threads ?? 0, total: samples.calibration.count },
  );
  return new Map(
    [...observed].flatMap(([name, { channelMeans }]) => (channelMeans ? [[name, channelMeans] as const] : [])),
  );
}

async function preparedUnfolded(input: PruneInput): Promise<Model | undefined> {
  const unfolded = await unfoldedOf(input);
  if (unfolded) await prepareCoupling(unfolded);
  return unfolded;
}

/** The model with its BatchNormalization nodes, where they are needed and there are any. */
async function unfoldedOf({ job, samples, timing }: PruneInput): Promise<Model | undefined> {
  const { settings } = job.params;
  const isNeeded = settings.importance === 'bn-scale' || (samples.uncalibrated && settings.recalibrate === true);
  const hasNorm = mainGraph(job.file.model).node.some(({ opType }) => opType === 'BatchNormalization');
  if (!isNeeded || !hasNorm) return undefined;
  return (await normaliseJob(job, timing.feeds, { keepBatchNorm: true })).model;
}
