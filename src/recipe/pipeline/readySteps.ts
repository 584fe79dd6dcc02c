import type { ReadyFacts } from './readyFacts';
import type { ReadyStep } from './readyTargets';

/** With fewer residual branches than this, each is too large a part of the network to be missed without a word. */
const MIN_BRANCHES = 8;

/** A quarter is little enough to be recovered, and leaves the deepest networks deep. */
const DEPTH: ReadyStep = {
  reason:
    'Residual branches that the outputs miss least go first: latency falls as much as multiply-accumulates do, which channels alone do not reach. Take more as long as the step after this one recovers it.',
  settings: { kind: 'prune', method: 'depth', amount: 0.25 },
};

/**
 * Fewer channels before anything else that is stored, since they are faster everywhere and need no kernel of their own. A
 * fifth is little enough for most networks to recover from.
 */
const CHANNELS: ReadyStep = {
  reason:
    'Whole channels go, which every machine is faster without; masks of zeros would only be smaller when packed. Take more as long as the step after this one recovers it, or leave both out where accuracy has nothing to give.',
  settings: { kind: 'prune', method: 'channel', amount: 0.2 },
};

/**
 * The steps before quantizing: what is pruned, and recovered while weights are still floating point. Pruning folds
 * BatchNormalization, so convolutions train with normalisation that is put in again.
 */
export function readySteps({ branches, hasConvolutions }: ReadyFacts): ReadyStep[] {
  const normalises = hasConvolutions
    ? ' The normalisation that pruning folded is put in while it trains, and folded again.'
    : '';
  const recover: ReadyStep = {
    reason: `What pruning cost is recovered before quantizing, while gradients are exact: the original teaches, so data without labels does too.${normalises}`,
    settings: { kind: 'distil', epochs: 10, ...(hasConvolutions ? { batchNorm: 'insert' } : {}) },
  };
  return [...(branches >= MIN_BRANCHES ? [DEPTH, recover] : []), CHANNELS, recover];
}
