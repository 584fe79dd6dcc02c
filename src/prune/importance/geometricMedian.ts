import { forEachOnAxis } from './axisNorms';

/**
 * For each unit the sum of the distances between its slice of a weight and those of all others: the smaller, the nearer to
 * the geometric median, and the better the others can stand in for it
 * (He et al., Filter Pruning via Geometric Median for Deep Convolutional Neural Networks Acceleration, 2019).
 * `elements` are the positions on the axis that belong to each unit.
 */
export function distancesToOthers(
  values: ArrayLike<number>,
  dims: readonly number[],
  axis: number,
  elements: readonly (readonly number[])[],
): Float64Array {
  const slices = slicesOf(values, dims, axis);
  const units = elements.map((positions) => positions.flatMap((position) => [slices[position] ?? new Float64Array(0)]));
  const sums = new Float64Array(units.length);
  for (let a = 0; a < units.length; a++) {
    for (let b = a + 1; b < units.length; b++) {
      const distance = distanceOf(units[a] ?? [], units[b] ?? []);
      sums[a] = (sums[a] ?? 0) + distance;
      sums[b] = (sums[b] ?? 0) + distance;
    }
  }
  return sums;
}

function slicesOf(values: ArrayLike<number>, dims: readonly number[], axis: number): Float64Array[] {
  const length = dims[axis] ?? 1;
  const slices = Array.from({ length }, () => new Float64Array(values.length / Math.max(1, length)));
  const filled = new Uint32Array(length);
  forEachOnAxis(values, dims, axis, (value, at) => {
    const position = filled[at] ?? 0;
    const slice = slices[at];
    if (slice) slice[position] = value;
    filled[at] = position + 1;
  });
  return slices;
}

function distanceOf(a: readonly Float64Array[], b: readonly Float64Array[]): number {
  let sum = 0;
  a.forEach((slice, s) => {
    const other = b[s];
    if (!other) return;
    for (let i = 0; i < slice.length; i++) sum += ((slice[i] as number) - (other[i] as number)) ** 2; // same length
  });
  return Math.sqrt(sum);
}
