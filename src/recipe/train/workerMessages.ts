import type { ShardPlan } from '../../train/step/shardComputer';
import type { ModelState, Shard, ShardGradients, ShardMetrics } from '../../train/step/stepRunner';
import type { ErrorDetails, PressErrorCode } from '../../util/pressError';

/** What a worker is asked to do; it answers each with one {@link WorkerAnswer} of the same id. */
export type WorkerRequest = { readonly id: number } & (
  | { readonly kind: 'load'; readonly plan: ShardPlan }
  | { readonly kind: 'step' | 'evaluate'; readonly shards: readonly Shard[]; readonly state: ModelState }
);

/** What a worker says: the results of its shards in their order, or why there are none. */
export type WorkerAnswer = { readonly id: number } & (
  | { readonly results: readonly (ShardGradients | ShardMetrics)[] }
  | { readonly error: { readonly code: PressErrorCode; readonly message: string; readonly details: ErrorDetails } }
);
