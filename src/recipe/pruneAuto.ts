import { measureLatencyPair } from '../evaluate/latency';
import { cloneModel, type Model } from '../onnx/model';
import type { TensorInfo, TensorMap } from '../onnx/tensorValue';
import type { PruneParams, PruneSettings } from '../protocol';
import type { Coupling } from '../prune/coupling/types';
import { scoreUnits, type UnitScores } from '../prune/importance/scoreUnits';
import { removeUnits } from '../prune/removal/removeUnits';
import { allocateAmounts, type GroupCurve } from '../prune/selection/allocateAmounts';
import { modelMacs, prunedTypes } from '../prune/selection/prunedMacs';
import { keptUnits, selectUnits } from '../prune/selection/selectUnits';
import { createSession, type Session } from '../runtime/session';
import type { CompressionJob } from './compressionJob';
import { countWeights } from './modelFacts';
import type { ChannelPolicy } from './pruneChannels';
import { measurePruneSensitivity, TRIED_AMOUNTS } from './pruneSensitivity';
import type { QuantizeSamples } from './quantizeSamples';

/** A budget of latency is searched with so many models, each timed for so long. */
const LATENCY_STEPS = 6;
const LATENCY_SECONDS = 1;

/** What amounts by group are found for. */
export interface AutoInput {
  readonly job: Pick<CompressionJob<PruneParams>, 'params' | 'context'>;
  readonly samples: QuantizeSamples;
  readonly before: Session;
  readonly feeds: TensorMap;
  readonly model: Model;
  readonly types: ReadonlyMap<string, TensorInfo>;
  readonly coupling: Coupling;
}

/** Settings with amounts by group, for the counts that pay and a share of what is to be removed. */
export type AutoPlan = (policy: Pick<ChannelPolicy, 'multiples' | 'strength'>) => Promise<PruneSettings>;

/**
 * Measures how sensitive each group is, and returns what finds amounts by group that bring the model's MACs, bytes or
 * latency down to the budget of the settings at the least loss.
 */
export async function planAmounts(input: AutoInput): Promise<AutoPlan> {
  const { job, model, coupling } = input;
  const { settings, seed = 0 } = job.params;
  const { auto: _auto, targetMacs, targetSize, targetLatency, ...rest } = settings;
  // What the samples or gradients say is left to the pruning itself: here it is about how many, not which.
  const scores = scoreUnits({ model, coupling, importance: settings.importance === 'l1' ? 'l1' : 'l2', seed });
  const losses = await measurePruneSensitivity({ ...input, scores });
  const cost = costOf(input, scores);
  const none = targetLatency === undefined ? await cost(new Map()) : 1;
  const keptShare = targetMacs ?? targetSize ?? targetLatency ?? 1;
  const saving =
    targetLatency === undefined ? cost : (amounts: ReadonlyMap<string, number>) => macsOf(input, scores, amounts);
  const whole = await saving(new Map());
  const curves: GroupCurve[] = [];
  for (const { name, units, protection } of coupling.groups) {
    const own = losses.get(name);
    if (protection !== undefined || !own) continue;
    const half = whole - (await saving(new Map([[name, 0.5]])));
    curves.push({ name, units, amounts: TRIED_AMOUNTS, losses: own, saving: 2 * half });
  }
  return async ({ multiples, strength }) => {
    const amounts = await allocateAmounts(curves, none * (1 - (1 - keptShare) * strength), {
      cost,
      ...(targetLatency === undefined ? {} : { steps: LATENCY_STEPS }),
      round: (name, amount) => {
        const units = curves.find((curve) => curve.name === name)?.units ?? 1;
        const limits = { multiple: multiples.get(name) ?? 1, minimum: settings.minChannels ?? 1 };
        return 1 - keptUnits(units, Math.round(units * (1 - amount)), limits) / units;
      },
    });
    return { ...rest, amount: 0, layers: Object.fromEntries([...amounts].filter(([, amount]) => amount > 0)) };
  };
}

/** What the budget counts of a model with such shares gone. */
function costOf(
  input: AutoInput,
  scores: UnitScores,
): (amounts: ReadonlyMap<string, number>) => number | Promise<number> {
  const { targetSize, targetLatency } = input.job.params.settings;
  if (targetLatency !== undefined) return (amounts) => latencyShare(input, prunedModel(input, scores, amounts));
  if (targetSize !== undefined) return (amounts) => countWeights(prunedModel(input, scores, amounts)).weightBytes;
  return (amounts) => macsOf(input, scores, amounts);
}

function removalOf({ coupling }: AutoInput, scores: UnitScores, amounts: ReadonlyMap<string, number>) {
  const own = { amount: 0, scope: 'local', minChannels: 1, amounts: Object.fromEntries(amounts) } as const;
  return selectUnits(coupling.groups, scores, own);
}

function macsOf(input: AutoInput, scores: UnitScores, amounts: ReadonlyMap<string, number>): number {
  return modelMacs(input.model, prunedTypes(input.types, input.coupling, removalOf(input, scores, amounts)));
}

function prunedModel(input: AutoInput, scores: UnitScores, amounts: ReadonlyMap<string, number>): Model {
  const pruned = cloneModel(input.model);
  removeUnits(pruned, input.types, input.coupling, removalOf(input, scores, amounts));
  return pruned;
}

/** The latency of a model over that of the original, both timed in turn. */
async function latencyShare({ job, before, feeds }: AutoInput, model: Model): Promise<number> {
  const { params, context } = job;
  const { threads = 0 } = params;
  const session = await createSession(model, { threads });
  try {
    const maxSeconds = Math.min(LATENCY_SECONDS, context.latencySeconds ?? LATENCY_SECONDS);
    const { speedup } = await measureLatencyPair(before, session, feeds, {
      threads,
      maxSeconds,
      signal: context.signal,
    });
    return 1 / speedup.median;
  } finally {
    await session.release();
  }
}
