import type { TensorMap } from '../../onnx/tensorValue';

/** A part of a batch. */
export interface Shard {
  readonly inputs: TensorMap;
  readonly target?: Float32Array;
}

/** What a step of one shard gives. */
export interface ShardGradients {
  readonly loss: number;
  /** How many samples were right; 0 where there are no classes. */
  readonly correct: number;
  /** In the order of the weight vector. */
  readonly gradients: Float32Array;
  /** The running statistics after this shard; empty where none are trained. */
  readonly statistics: Float32Array;
}

/** What measuring a shard gives, sample by sample. */
export interface ShardMetrics {
  readonly losses: Float32Array;
  /** 1 for right samples; absent where there are no classes. */
  readonly correct?: Float32Array;
}

/** The vectors that shards are computed with. */
export interface ModelState {
  readonly weights: Float32Array;
  readonly statistics: Float32Array;
}

/** Whatever computes shards: processes of this machine, or of others. Results come in the order of the shards. */
export interface StepRunner {
  step(shards: readonly Shard[], state: ModelState): Promise<readonly ShardGradients[]>;
  evaluate(shards: readonly Shard[], state: ModelState): Promise<readonly ShardMetrics[]>;
}
