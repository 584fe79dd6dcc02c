import {
  concat,
  matmul,
  mul,
  pad,
  range,
  reshape,
  sizeOf,
  slice,
  sumAxes,
  transpose,
  transposeMatrix,
  type SlicePart,
} from '../../emitters';
import type { GradientContext } from '../../types';
import { kernelOffsets, type Geometry } from '../../../../onnx/windowGeometry';

/**
 * The gradient of a convolution's weight, `[outputs, channels / group, ...kernel]`, from its input `[batch, channels,
 * ...sizes]` and the gradient of its output. A convolution with exchanged axes would do, but products of matrices are
 * two to three times faster in ONNX Runtime.
 */
export function weightGradient(context: GradientContext, x: string, gradient: string, geometry: Geometry): string {
  const padded = padInput(context, x, gradient, geometry);
  const outputs = context.shape(gradient)[1] ?? 1;
  const channels = context.shape(x)[1] ?? 1;
  const isDepthwise = geometry.group === channels && outputs === channels;
  return isDepthwise ? depthwise(context, padded, gradient, geometry) : byProducts(context, padded, gradient, geometry);
}

/** The input with zeros around, and cut where the last window ends. */
function padInput(context: GradientContext, x: string, gradient: string, geometry: Geometry): string {
  const sizes = context.shape(x).slice(2);
  const outputs = context.shape(gradient).slice(2);
  const ends = sizes.map((size, i) => {
    const [stride = 1, dilation = 1, extent = 1] = [geometry.strides[i], geometry.dilations[i], geometry.kernel[i]];
    return ((outputs[i] ?? 1) - 1) * stride + (extent - 1) * dilation + 1 - size - (geometry.begins[i] ?? 0);
  });
  // Cutting is what slices do anyway.
  return pad(context, x, [0, 0, ...geometry.begins], [0, 0, ...ends.map((end) => Math.max(end, 0))]);
}

/** What the windows see at one offset of the kernel, along spatial axis `i`, which is axis `axis` of the tensor. */
function windowPart(
  geometry: Geometry,
  outputs: readonly number[],
  i: number,
  offset: number,
  axis: number,
): SlicePart {
  const [stride = 1, dilation = 1] = [geometry.strides[i], geometry.dilations[i]];
  const start = offset * dilation;
  return { axis, start, end: start + ((outputs[i] ?? 1) - 1) * stride + 1, step: stride };
}

/** One channel meets one output: for each offset of the kernel the sum of a product. */
function depthwise(context: GradientContext, padded: string, gradient: string, geometry: Geometry): string {
  const [batch = 1, channels = 1, ...outputs] = context.shape(gradient);
  const flat = [batch, channels, sizeOf(outputs)];
  const sums = kernelOffsets(geometry.kernel).map((offset) => {
    const seen = slice(
      context,
      padded,
      offset.map((at, i) => windowPart(geometry, outputs, i, at, i + 2)),
    );
    const products = reshape(context, mul(context, seen, gradient), flat);
    return reshape(context, sumAxes(context, sumAxes(context, products, [2]), [0]), [channels, 1]);
  });
  return reshape(context, concat(context, sums, 1), [channels, 1, ...geometry.kernel]);
}

/** From this area on, shifting the gradient is faster than cutting windows out of the input: see {@link byProducts}. */
const SHIFT_AREA = 128;

/**
 * The windows along the last axis become channels, `rows`; what is left is a product with the gradient for every
 * sample, group and offset along the other axes, summed over the samples. The gradient is the right operand, since ONNX
 * Runtime packs that one. Measured for 3x3 and 64 images on one thread, in milliseconds, as windows of the rows and as
 * shifted gradients: 42 and 28 for 16 channels of 32x32, 23 and 18 for 32 of 16x16, 7 and 13 for 64 of 8x8. A
 * convolution with exchanged axes takes 43, 26 and 10.
 */
function byProducts(context: GradientContext, padded: string, gradient: string, geometry: Geometry): string {
  const { group, kernel } = geometry;
  const [batch = 1, channels = 1, ...sizes] = context.shape(padded);
  const outputs = context.shape(gradient).slice(2);
  const last = kernel.length - 1;
  const grouped = reshape(context, padded, [batch, group, channels / group, ...sizes]);
  const rows = concat(
    context,
    range(0, kernel[last] ?? 1).map((offset) =>
      slice(context, grouped, [windowPart(geometry, outputs, last, offset, last + 3)]),
    ),
    2,
  );
  const isShiftable = last > 0 && geometry.strides.slice(0, last).every((stride) => stride === 1);
  return isShiftable && sizeOf(outputs) >= SHIFT_AREA
    ? byShiftedGradients(context, rows, gradient, geometry)
    : byWindows(context, rows, gradient, geometry);
}

/** The windows of the rows at each offset meet the gradient. */
function byWindows(context: GradientContext, rows: string, gradient: string, geometry: Geometry): string {
  const { group, kernel } = geometry;
  const [batch = 1, filters = 1, ...outputs] = context.shape(gradient);
  const last = kernel.length - 1;
  const width = context.shape(rows)[2] ?? 1;
  const length = sizeOf(outputs);
  const right = transposeMatrix(context, reshape(context, gradient, [batch, group, filters / group, length]));
  const parts = kernelOffsets(kernel.slice(0, last)).map((offset) => {
    const seen = slice(
      context,
      rows,
      offset.map((at, i) => windowPart(geometry, outputs, i, at, i + 3)),
    );
    const product = matmul(context, reshape(context, seen, [batch, group, width, length]), right);
    return reshape(context, sumAxes(context, product, [0]), [group, width, filters / group]);
  });
  const columns = width / (kernel[last] ?? 1);
  const stacked = reshape(context, concat(context, parts, 1), [group, sizeOf(kernel), columns, filters / group]);
  return reshape(context, transpose(context, stacked, [0, 3, 2, 1]), [filters, columns, ...kernel]);
}

/** The rows meet the gradient moved to each offset, all in one product. Strides along the other axes are 1. */
function byShiftedGradients(context: GradientContext, rows: string, gradient: string, geometry: Geometry): string {
  const { group, kernel, dilations } = geometry;
  const [batch = 1, filters = 1, ...outputs] = context.shape(gradient);
  const [, , width = 1, ...extents] = context.shape(rows);
  const last = kernel.length - 1;
  const offsets = kernelOffsets(kernel.slice(0, last));
  const grouped = reshape(context, gradient, [batch, group, filters / group, ...outputs]);
  const shifted = offsets.map((offset) => {
    const begins = offset.map((at, i) => at * (dilations[i] ?? 1));
    const ends = begins.map((begin, i) => (extents[i] ?? 0) - begin - (outputs[i] ?? 0));
    return pad(context, grouped, [0, 0, 0, ...begins, 0], [0, 0, 0, ...ends, 0]);
  });
  const length = sizeOf(extents);
  const together = reshape(context, concat(context, shifted, 2), [
    batch,
    group,
    (offsets.length * filters) / group,
    length,
  ]);
  const left = reshape(context, rows, [batch, group, width, length]);
  const product = sumAxes(context, matmul(context, left, transposeMatrix(context, together)), [0]);
  const columns = width / (kernel[last] ?? 1);
  const split = reshape(context, product, [group, kernel[last] ?? 1, columns, offsets.length, filters / group]);
  return reshape(context, transpose(context, split, [0, 4, 2, 3, 1]), [filters, columns, ...kernel]);
}
