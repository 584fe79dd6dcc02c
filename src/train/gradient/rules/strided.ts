import { pad, reshape } from '../emitters';
import type { GradientContext } from '../types';

/** How a strided slice lies in an axis: element `i` came from `start + i * step`. */
export interface StridedAxis {
  readonly axis: number;
  readonly start: number;
  readonly step: number;
  /** Size of the axis that was sliced. */
  readonly size: number;
}

/** The gradient of a strided slice: puts the elements back to where they came from, with zeros between and around. */
export function scatterStrided(context: GradientContext, tensor: string, axes: readonly StridedAxis[]): string {
  const shape = [...context.shape(tensor)];
  const dilated = axes.filter(({ step }) => step !== 1);
  let spread = tensor;
  if (dilated.length > 0) {
    // Every dilated axis becomes two, [count, step], of which the second is padded with zeros.
    const steps = shape.map((_, axis) => dilated.find((entry) => entry.axis === axis)?.step);
    const split = shape.flatMap((dim, axis) => (steps[axis] === undefined ? [dim] : [dim, 1]));
    const ends = shape.flatMap((_, axis) => (steps[axis] === undefined ? [0] : [0, steps[axis] - 1]));
    const padded = pad(
      context,
      reshape(context, spread, split),
      ends.map(() => 0),
      ends,
    );
    for (const { axis, step } of dilated) shape[axis] = (shape[axis] ?? 1) * step;
    spread = reshape(context, padded, shape);
  }
  const begins = shape.map(() => 0);
  const ends = shape.map(() => 0);
  for (const { axis, start, size } of axes) {
    begins[axis] = start;
    ends[axis] = size - start - (shape[axis] ?? 0); // negative where zeros after the last element are too many
  }
  return pad(context, spread, begins, ends);
}
