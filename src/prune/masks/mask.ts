import type { WeightMatrix } from './weightMatrix';

/** Which elements of a weight stay: one byte an element in the order of the tensor, 1 to keep and 0 to remove. */
export type Mask = Uint8Array;

/** A weight with its values, as the mask methods take it. */
export interface MaskedLayer {
  readonly matrix: WeightMatrix;
  readonly values: Float32Array;
  /** The share to remove here instead of the overall one, 0..1. */
  readonly amount?: number;
}

/** How blocks of weights are weighed against each other: sum of magnitudes, or of squares. */
export type MaskNorm = 'l1' | 'l2';

/** How much to remove, and whether layers compete with each other for it. */
export interface MaskAmount {
  /** 0..1. */
  readonly amount: number;
  readonly scope: 'global' | 'local';
}
