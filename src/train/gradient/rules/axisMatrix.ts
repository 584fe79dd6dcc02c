import { matmul, transpose } from '../emitters';
import type { GradientContext } from '../types';

/** From which elements of an axis an output element is made. */
export type AxisSources = readonly { readonly at: number; readonly weight: number }[];

/**
 * The gradient of a linear map along one axis. `rows` says for each output position which inputs it weighs; `size` is
 * the size of the axis before the map. It is a product with the transposed matrix of the map.
 */
export function applyToAxis(
  context: GradientContext,
  gradient: string,
  axis: number,
  rows: readonly AxisSources[],
  size: number,
): string {
  const matrix = new Float32Array(rows.length * size);
  rows.forEach((sources, row) => {
    for (const { at, weight } of sources) matrix[row * size + at] = (matrix[row * size + at] ?? 0) + weight;
  });
  const factor = context.floats(matrix, [rows.length, size]);
  const rank = context.shape(gradient).length;
  if (axis === rank - 1) return matmul(context, gradient, factor);
  const perm = Array.from({ length: rank }, (_, i) => i);
  [perm[axis], perm[rank - 1]] = [rank - 1, axis];
  return transpose(context, matmul(context, transpose(context, gradient, perm), factor), perm);
}
