/** Calls `visit` for every element of a row-major tensor with its position on an axis. */
export function forEachOnAxis(
  values: ArrayLike<number>,
  dims: readonly number[],
  axis: number,
  visit: (value: number, position: number) => void,
): void {
  const length = dims[axis] ?? 1;
  const inner = dims.slice(axis + 1).reduce((product, dim) => product * dim, 1);
  for (let i = 0; i < values.length; i++) visit(values[i] ?? 0, Math.floor(i / inner) % length);
}

/** The sum of magnitudes (L1) or of squares (L2) of the slices of a tensor along an axis, one a position. */
export function axisSums(
  values: ArrayLike<number>,
  dims: readonly number[],
  axis: number,
  norm: 'l1' | 'l2',
): Float64Array {
  const sums = new Float64Array(dims[axis] ?? 1);
  forEachOnAxis(values, dims, axis, (value, at) => {
    sums[at] = (sums[at] ?? 0) + (norm === 'l1' ? Math.abs(value) : value * value);
  });
  return sums;
}
