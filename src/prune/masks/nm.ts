import type { Mask } from './mask';
import { flatIndex, type WeightMatrix } from './weightMatrix';

/** Of every `m` weights in a row that are summed over, `n` stay. */
export interface NmPattern {
  readonly n: number;
  readonly m: number;
}

/** Why a weight cannot take a pattern, one English sentence; undefined when it can. */
export function nmObstacle({ columns }: WeightMatrix, { m }: NmPattern): string | undefined {
  if (columns % m === 0) return undefined;
  return `It sums over ${columns} inputs, which are not a multiple of ${m}.`;
}

/**
 * The mask that keeps the `n` largest of every `m` neighbours along the input dimension of each output; of equal ones the
 * first (Mishra et al., Accelerating Sparse Deep Neural Networks, 2021).
 */
export function nmMask(matrix: WeightMatrix, values: Float32Array, { n, m }: NmPattern): Mask {
  const mask = new Uint8Array(values.length);
  const order = Array.from({ length: m }, (_, i) => i);
  for (let row = 0; row < matrix.rows; row++) {
    for (let column = 0; column < matrix.columns; column += m) {
      const magnitudes = order.map((i) => Math.abs(values[flatIndex(matrix, row, column + i)] ?? 0));
      const largest = [...order].sort((a, b) => (magnitudes[b] ?? 0) - (magnitudes[a] ?? 0) || a - b).slice(0, n);
      for (const i of largest) mask[flatIndex(matrix, row, column + i)] = 1;
    }
  }
  return mask;
}
