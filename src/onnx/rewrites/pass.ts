import type { Model } from '../model';
import type { TensorInfo, TensorMap } from '../tensorValue';

/** What one rewrite did. */
export interface RewriteRecord {
  readonly pass: string;
  readonly changes: number;
  /** False when the rewrite was undone because the model then differed or no longer loaded. */
  readonly kept: boolean;
  /** Largest difference of any output, relative to that output's largest magnitude; 0 when bit-equal. */
  readonly maxRelativeError: number;
  /** Why it was undone: one English sentence. */
  readonly reason?: string;
}

/** What a rewrite may ask for; made anew for every pass. */
export interface PassContext {
  /** Types and shapes of the tensors of the main graph; empty when they cannot be inferred. */
  types(): Promise<ReadonlyMap<string, TensorInfo>>;
  /** Runs a model that has no inputs. */
  evaluate(model: Model): Promise<TensorMap>;
  /** Names that a run feeds; initializers among them are meant to be overridden. */
  readonly fedNames: ReadonlySet<string>;
}

/** A rewrite of a model in place. */
export interface Pass {
  readonly name: string;
  /**
   * True when the result must be bit-equal, so that several such passes can share one check. The others are checked
   * one by one, against a tolerance.
   */
  readonly exact: boolean;
  /** Rewrites and returns the number of changes. */
  apply(model: Model, context: PassContext): number | Promise<number>;
}
