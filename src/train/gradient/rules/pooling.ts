import { intAttribute, intsAttribute } from '../../../onnx/attributes';
import { noGradient } from '../errors';
import {
  add,
  asFloat,
  div,
  elementwise,
  expand,
  input,
  mul,
  output,
  range,
  reshape,
  scalar,
  scale,
  sizeOf,
  slice,
  sumAxes,
} from '../emitters';
import type { GradientContext, GradientRule } from '../types';
import { kernelOffsets, windowGeometry, type Geometry } from '../../../onnx/windowGeometry';
import { scatterStrided } from './strided';

export const globalAveragePoolRule: GradientRule = (node, [gradient = ''], context) => {
  const shape = context.shape(input(node, 0));
  return [expand(context, scale(context, gradient, 1 / sizeOf(shape.slice(2))), shape)];
};

/** Equal maxima share the gradient. */
export const globalMaxPoolRule: GradientRule = (node, [gradient = ''], context) => {
  const x = input(node, 0);
  const attained = asFloat(context, elementwise(context, 'Equal', x, output(node)));
  const count = sumAxes(context, attained, range(2, context.shape(x).length));
  return [mul(context, attained, div(context, gradient, count))];
};

/** Equal maxima of a window share its gradient; Indices, which would cost the forward pass its fast kernel, are not used. */
export const maxPoolRule: GradientRule = (node, [gradient = ''], context) => {
  const x = input(node, 0);
  const sizes = context.shape(x).slice(2);
  const outputs = context.shape(output(node)).slice(2);
  const geometry = windowGeometry(node, sizes, intsAttribute(node, 'kernel_shape') ?? []);
  return [
    areTiles(geometry, sizes, outputs)
      ? maxOfTiles(context, x, output(node), gradient, geometry)
      : maxOfWindows(context, x, output(node), gradient, geometry),
  ];
};

/** True when windows neither overlap nor leave anything out, as in pooling by two with the stride two. */
function areTiles(geometry: Geometry, sizes: readonly number[], outputs: readonly number[]): boolean {
  return geometry.kernel.every(
    (extent, i) =>
      geometry.strides[i] === extent &&
      geometry.dilations[i] === 1 &&
      geometry.begins[i] === 0 &&
      geometry.ends[i] === 0 &&
      sizes[i] === (outputs[i] ?? 0) * extent,
  );
}

function maxOfTiles(context: GradientContext, x: string, y: string, gradient: string, { kernel }: Geometry): string {
  const [batch = 1, channels = 1, ...outputs] = context.shape(y);
  const tiles = [batch * channels, ...outputs.flatMap((size, i) => [size, kernel[i] ?? 1])];
  const ones = [batch * channels, ...outputs.flatMap((size) => [size, 1])];
  const equal = elementwise(context, 'Equal', reshape(context, x, tiles), reshape(context, y, ones));
  const attained = asFloat(context, equal);
  const count = sumAxes(
    context,
    attained,
    kernel.map((_, i) => 2 * i + 2),
  );
  const share = div(context, reshape(context, gradient, ones), count);
  return reshape(context, mul(context, attained, share), context.shape(x));
}

/** Lower than every value, so that a pad is never the maximum. */
const LOWEST = -3.4028234663852886e38;

function maxOfWindows(context: GradientContext, x: string, y: string, gradient: string, geometry: Geometry): string {
  const sizes = context.shape(x).slice(2);
  const outputs = context.shape(y).slice(2);
  const padded = paddedSizes(geometry, sizes, outputs);
  const pads = [
    0,
    0,
    ...geometry.begins,
    0,
    0,
    ...padded.map((size, i) => size - (sizes[i] ?? 0) - (geometry.begins[i] ?? 0)),
  ];
  const whole = [...context.shape(x).slice(0, 2), ...padded];
  const wide = pads.every((count) => count === 0)
    ? x
    : context.emit('Pad', [x, context.ints(pads), scalar(context, LOWEST)], whole);
  const offsets = kernelOffsets(geometry.kernel).map((offset) =>
    offset.map((at, i) => {
      const [stride = 1, dilation = 1] = [geometry.strides[i], geometry.dilations[i]];
      return { axis: i + 2, start: at * dilation, step: stride, size: padded[i] ?? 0 };
    }),
  );
  const attained = offsets.map((axes) => {
    const parts = axes.map(({ axis, start, step }, i) => ({
      axis,
      start,
      step,
      end: start + ((outputs[i] ?? 1) - 1) * step + 1,
    }));
    return asFloat(context, elementwise(context, 'Equal', slice(context, wide, parts), y));
  });
  const count = attained.reduce((sum, mask) => add(context, sum, mask));
  const share = div(context, gradient, count);
  const spread = offsets.map((axes, i) => scatterStrided(context, mul(context, share, attained[i] ?? ''), axes));
  const sum = spread.length === 1 ? (spread[0] ?? '') : context.emit('Sum', spread, whole);
  return unpad(context, sum, geometry, sizes);
}

/** Sizes with pads, and with what windows need beyond them when the last one is rounded up. */
function paddedSizes(geometry: Geometry, sizes: readonly number[], outputs: readonly number[]): number[] {
  return sizes.map((size, i) => {
    const span = ((geometry.kernel[i] ?? 1) - 1) * (geometry.dilations[i] ?? 1) + 1;
    const end = ((outputs[i] ?? 1) - 1) * (geometry.strides[i] ?? 1) + span;
    return Math.max(end, size + (geometry.begins[i] ?? 0) + (geometry.ends[i] ?? 0));
  });
}

function unpad(context: GradientContext, tensor: string, geometry: Geometry, sizes: readonly number[]): string {
  return slice(
    context,
    tensor,
    sizes.map((size, i) => {
      const start = geometry.begins[i] ?? 0;
      return { axis: i + 2, start, end: start + size };
    }),
  );
}

/** Each element gets the sum of the shares of all windows that see it: an average pool of the spread gradient. */
export const averagePoolRule: GradientRule = (node, [gradient = ''], context) => {
  const shape = context.shape(input(node, 0));
  const sizes = shape.slice(2);
  const outputs = context.shape(gradient).slice(2);
  const geometry = windowGeometry(node, sizes, intsAttribute(node, 'kernel_shape') ?? []);
  if (geometry.dilations.some((dilation) => dilation !== 1)) throw noGradient(node, 'dilations');
  const arePadsCounted = intAttribute(node, 'count_include_pad', 0) === 1;
  const share = div(context, gradient, windowCounts(context, geometry, sizes, outputs, arePadsCounted));
  if (areTiles(geometry, sizes, outputs)) return [repeatTiles(context, share, geometry, shape)];
  const padded = paddedSizes(geometry, sizes, outputs);
  const axes = outputs.map((_, i) => ({
    axis: i + 2,
    // Zeros before, so that the first window that sees an element ends at it.
    start: (geometry.kernel[i] ?? 1) - 1,
    step: geometry.strides[i] ?? 1,
    size: (padded[i] ?? 0) + (geometry.kernel[i] ?? 1) - 1,
  }));
  const spread = scatterStrided(context, share, axes);
  const mean = context.emit('AveragePool', [spread], [...shape.slice(0, 2), ...padded], {
    kernel_shape: geometry.kernel,
    strides: geometry.kernel.map(() => 1),
  });
  return [unpad(context, scale(context, mean, sizeOf(geometry.kernel)), geometry, sizes)];
};

function repeatTiles(context: GradientContext, share: string, { kernel }: Geometry, shape: readonly number[]): string {
  const [batch = 1, channels = 1, ...outputs] = context.shape(share);
  const ones = [batch * channels, ...outputs.flatMap((size) => [size, 1])];
  const tiles = [batch * channels, ...outputs.flatMap((size, i) => [size, kernel[i] ?? 1])];
  return reshape(context, expand(context, reshape(context, share, ones), tiles), shape);
}

/** By how many elements each window divides: one number, or one for each position where pads are not counted. */
function windowCounts(
  context: GradientContext,
  geometry: Geometry,
  sizes: readonly number[],
  outputs: readonly number[],
  arePadsCounted: boolean,
): string {
  const perAxis = outputs.map((count, i) => {
    const [begin = 0, end = 0, size = 0] = [geometry.begins[i], geometry.ends[i], sizes[i]];
    const [first, last] = arePadsCounted ? [-begin, size + end] : [0, size];
    return range(0, count).map((position) => {
      const start = position * (geometry.strides[i] ?? 1) - begin;
      return Math.min(start + (geometry.kernel[i] ?? 1), last) - Math.max(start, first);
    });
  });
  const counts = perAxis.reduce<number[]>((all, axis) => all.flatMap((a) => axis.map((b) => a * b)), [1]);
  const [first = 1] = counts;
  if (counts.every((count) => count === first)) return scalar(context, first);
  return context.floats(counts, outputs);
}
