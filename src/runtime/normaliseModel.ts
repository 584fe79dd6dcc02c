import { computesInHalf } from '../onnx/computesInHalf';
import { opsetOf } from '../onnx/graphIndex';
import { cloneModel, type Model } from '../onnx/model';
import { activationsForward } from '../onnx/rewrites/activationsForward';
import { constantsToInitializers } from '../onnx/rewrites/constantsToInitializers';
import { unsupportedOpset } from '../onnx/rewrites/errors';
import { foldAffine } from '../onnx/rewrites/foldAffine';
import { foldConstants } from '../onnx/rewrites/foldConstants';
import { foldPads } from '../onnx/rewrites/foldPads';
import { liftInitializers } from '../onnx/rewrites/liftInitializers';
import { nameNodes } from '../onnx/rewrites/nameNodes';
import type { Pass, PassContext, RewriteRecord } from '../onnx/rewrites/pass';
import { reduceMeanToPool } from '../onnx/rewrites/reduceMeanToPool';
import { removeIdentities } from '../onnx/rewrites/removeIdentities';
import { removeUnused } from '../onnx/rewrites/removeUnused';
import { subDivToAddMul } from '../onnx/rewrites/subDivToAddMul';
import { upgradeOpset } from '../onnx/rewrites/upgradeOpset';
import type { TensorInfo, TensorMap } from '../onnx/tensorValue';
import { errorMessage, PressError, throwIfCancelled } from '../util/pressError';
import type { ProgressCallback } from '../util/progress';
import { createSession } from './session';
import { inferTensorTypes } from './tensorTypes';
import { compareOutputs, isRandom, runModel } from './verifyRewrite';

/** How a model is normalised. */
export interface NormaliseOptions {
  /** Samples that every rewrite is verified on, the first {@link MAX_FEEDS} of them; null to check only that it loads. */
  readonly feeds: readonly TensorMap[] | null;
  /** The operator set that the model is raised to when it is older, 13 to 21. Default 13. */
  readonly minOpset?: number;
  /** The operator set below which to give up when the model cannot be raised. Default `minOpset`. */
  readonly requiredOpset?: number;
  /** Leaves affine maps, BatchNormalization above all, as nodes of their own. */
  readonly keepBatchNorm?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: ProgressCallback;
}

/** What {@link normaliseModel} returns. */
export interface NormalisedModel {
  readonly model: Model;
  /** One record for each rewrite that found something to change. */
  readonly records: readonly RewriteRecord[];
}

/** Quantization in QDQ form per channel needs operator set 13. */
export const DEFAULT_OPSET = 13;
/** Two samples show a wrong rewrite; more only cost time. */
const MAX_FEEDS = 2;
/**
 * Folding rounds each weight once more (6e-8 relative), and the sum over the terms of a deep network's outputs stays
 * below 1e-5 on the models seen; a wrong rewrite is off by far more than this.
 */
const TOLERANCE = 1e-4;
/**
 * Some networks amplify rounding, so that ONNX Runtime's own optimisations already move their outputs by more. They are
 * granted a few times that movement, and never more than the cap.
 */
const ROUNDING_FACTOR = 4;
const MAX_TOLERANCE = 1e-2;

/** Rewrites that do not change a single bit of the outputs come first, and are verified together. */
const PASSES: readonly Pass[] = [
  constantsToInitializers,
  removeIdentities,
  foldConstants,
  removeUnused,
  nameNodes,
  subDivToAddMul,
  foldPads,
  foldAffine,
  activationsForward,
  reduceMeanToPool,
];

/**
 * Brings a model into the form that every compression starts from: a current operator set, weights as initializers,
 * BatchNormalization folded, every node named. Each rewrite is run against the model before it and undone where outputs
 * differ by more than 1e-4 of their magnitude (or a few times what ONNX Runtime's own optimisations move them by, where
 * that is more); the record then says why. The given model is not changed.
 * Throws `model-does-not-run` when it does not run to begin with, `unsupported-opset` when it cannot be raised.
 */
export async function normaliseModel(model: Model, options: NormaliseOptions): Promise<NormalisedModel> {
  const minOpset = Math.max(options.minOpset ?? DEFAULT_OPSET, DEFAULT_OPSET);
  const feeds = (options.feeds ?? []).slice(0, MAX_FEEDS);
  const reference = await runModel(model, feeds, options);
  const state: State = {
    model: cloneModel(model),
    outputs: isRandom(model) ? [] : reference,
    records: [],
    feeds,
    options,
  };
  // Named first, so that a report calls a node what every view of the original file calls it, whatever is folded away;
  // and again among the others, for the nodes that they make.
  const wanted = options.keepBatchNorm ? PASSES.filter((pass) => pass !== foldAffine) : PASSES;
  const passes = [nameNodes, liftInitializers, upgradeOpset(minOpset), ...wanted];
  await applyAll(
    state,
    passes.filter((pass) => pass.exact),
  );
  requireOpset(state, options.requiredOpset ?? minOpset);
  const rest = passes.filter((pass) => !pass.exact);
  for (const [i, pass] of rest.entries()) {
    options.onProgress?.({ stage: 'normalise', done: passes.length - rest.length + i, total: passes.length });
    await applyAll(state, [pass]);
  }
  options.onProgress?.({ stage: 'normalise', done: passes.length, total: passes.length });
  return { model: state.model, records: state.records };
}

interface State {
  model: Model;
  /** Outputs of `model` on the feeds; empty when they cannot be compared. */
  outputs: readonly TensorMap[];
  /** Types of the tensors of `model`, once a pass has asked for them. */
  types?: ReadonlyMap<string, TensorInfo>;
  /** Set once it is needed: see {@link toleranceOf}. */
  tolerance?: number;
  /** Why the operator set could not be raised. */
  refusal?: PressError;
  readonly records: RewriteRecord[];
  readonly feeds: readonly TensorMap[];
  readonly options: NormaliseOptions;
}

/** Applies passes to a copy and keeps it if it verifies; else each by itself, to find the one to blame. */
async function applyAll(state: State, passes: readonly Pass[]): Promise<void> {
  const candidate = cloneModel(state.model);
  const done: { pass: Pass; changes: number }[] = [];
  let failure: string | undefined;
  let error = 0;
  let outputs = state.outputs;
  try {
    for (const pass of passes) {
      throwIfCancelled(state.options.signal);
      const isUnchanged = done.length === 0;
      const changes = await pass.apply(candidate, createContext(candidate, state, isUnchanged));
      if (changes > 0) done.push({ pass, changes });
    }
    if (done.length === 0) return;
    outputs = await runModel(candidate, state.feeds, state.options);
    const difference = compareOutputs(state.outputs, outputs);
    error = difference.maxRelativeError;
    failure = difference.mismatch;
    if (failure === undefined && error > TOLERANCE && error > (await toleranceOf(state)))
      failure = `Outputs differ by ${error.toExponential(1)}.`;
  } catch (caught) {
    if (!(caught instanceof PressError)) throw caught;
    if (caught.code === 'unsupported-opset') state.refusal = caught;
    failure = errorMessage(caught);
  }
  if (failure !== undefined && passes.length > 1) {
    for (const pass of passes) await applyAll(state, [pass]);
    return;
  }
  if (failure === undefined) {
    state.model = candidate;
    delete state.types;
    if (state.outputs.length > 0) state.outputs = outputs;
  }
  const kept = failure === undefined ? { kept: true } : { kept: false, reason: failure };
  const entries = done.length > 0 ? done : passes.map((pass) => ({ pass, changes: 0 }));
  for (const { pass, changes } of entries)
    state.records.push({ pass: pass.name, changes, maxRelativeError: error, ...kept });
}

/** How much outputs may move, measured on the model at the first rewrite that exceeds the usual tolerance. */
async function toleranceOf(state: State): Promise<number> {
  if (state.tolerance === undefined) {
    const optimization = computesInHalf(state.model) ? 'extended' : 'all';
    const optimised = await runModel(state.model, state.feeds, { ...state.options, optimization });
    const rounding = compareOutputs(state.outputs, optimised).maxRelativeError;
    state.tolerance = Math.max(TOLERANCE, Math.min(rounding * ROUNDING_FACTOR, MAX_TOLERANCE));
  }
  return state.tolerance;
}

/** What a pass may ask for. The first types that it asks for are those of `state.model` if `model` is its copy as yet. */
function createContext(model: Model, state: State, isUnchanged: boolean): PassContext {
  let isFirst = isUnchanged;
  return {
    types: async () => {
      const isKnown = isFirst;
      isFirst = false;
      return isKnown ? (state.types ??= await typesOf(model)) : typesOf(model);
    },
    evaluate: async (constants) => {
      const session = await createSession(constants, { optimization: 'disabled', threads: 1 });
      try {
        return await session.run({});
      } finally {
        await session.release();
      }
    },
    fedNames: new Set(state.feeds.flatMap((feed) => Object.keys(feed))),
  };
}

/** Passes do what they can without types where inference does not get through. */
async function typesOf(model: Model): Promise<ReadonlyMap<string, TensorInfo>> {
  try {
    return await inferTensorTypes(model);
  } catch (error) {
    if (error instanceof PressError) return new Map();
    throw error;
  }
}

function requireOpset(state: State, required: number): void {
  const found = opsetOf(state.model);
  if (found < required)
    throw state.refusal ?? unsupportedOpset(found, required, 'the raised model does not give the same outputs.');
}
