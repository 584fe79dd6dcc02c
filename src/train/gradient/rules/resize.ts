import { floatAttribute, intAttribute, stringAttribute } from '../../../onnx/attributes';
import type { NodeProto } from '../../../onnx/onnx_pb';
import { noGradient } from '../errors';
import { input, range, reshape, sumAxes } from '../emitters';
import type { GradientContext, GradientRule } from '../types';
import { applyToAxis, type AxisSources } from './axisMatrix';

/** How an axis is resized. */
interface AxisResize {
  readonly from: number;
  readonly to: number;
  readonly scale: number;
}

/** Nearest, linear and cubic interpolation are linear maps along each axis; the gradient is their transpose. */
export const resizeRule: GradientRule = (node, [gradient = ''], context) => {
  const shape = context.shape(input(node, 0));
  const target = context.shape(node.output[0] ?? '');
  const scales = axisScales(node, shape, target, context);
  if (intAttribute(node, 'antialias', 0) !== 0) throw noGradient(node, 'antialias');
  return [
    shape.reduce((current, from, axis) => {
      const to = target[axis] ?? from;
      if (from === to && scales[axis] === 1) return current;
      const rows = axisRows(node, { from, to, scale: scales[axis] ?? to / from });
      return repeats(rows, from)
        ? sumRepeats(context, current, axis, from)
        : applyToAxis(context, current, axis, rows, from);
    }, gradient),
  ];
};

function axisScales(
  node: NodeProto,
  shape: readonly number[],
  target: readonly number[],
  context: GradientContext,
): number[] {
  if (node.attribute.some(({ name }) => name === 'axes')) throw noGradient(node, 'axes');
  const name = input(node, 2);
  const given = name === '' ? undefined : context.constant(name);
  if (given && given.data.length === shape.length) return Array.from(given.data as Float32Array);
  return shape.map((from, axis) => (target[axis] ?? from) / from);
}

/** True when every input element is repeated equally often, as by nearest with whole factors. */
function repeats(rows: readonly AxisSources[], from: number): boolean {
  const factor = rows.length / from;
  return (
    Number.isInteger(factor) &&
    rows.every((sources, i) => sources.length === 1 && sources[0]?.at === Math.floor(i / factor))
  );
}

function sumRepeats(context: GradientContext, gradient: string, axis: number, from: number): string {
  const shape = [...context.shape(gradient)];
  const factor = (shape[axis] ?? from) / from;
  const split = reshape(context, gradient, [...shape.slice(0, axis), from, factor, ...shape.slice(axis + 1)]);
  return reshape(
    context,
    sumAxes(context, split, [axis + 1]),
    shape.map((dim, i) => (i === axis ? from : dim)),
  );
}

function axisRows(node: NodeProto, resize: AxisResize): AxisSources[] {
  const mode = stringAttribute(node, 'mode', 'nearest');
  return range(0, resize.to).map((position) => {
    const at = sourcePosition(node, position, resize);
    if (mode === 'nearest') return [{ at: clamp(nearest(node, at), resize.from), weight: 1 }];
    return mode === 'linear' ? linear(at, resize.from) : cubic(node, at, resize.from);
  });
}

/** The coordinate in the input that an output position stands for (ONNX Resize, operator set 19). */
function sourcePosition(node: NodeProto, position: number, { from, to, scale }: AxisResize): number {
  const mode = stringAttribute(node, 'coordinate_transformation_mode', 'half_pixel');
  switch (mode) {
    case 'half_pixel':
      return (position + 0.5) / scale - 0.5;
    case 'pytorch_half_pixel':
      return to > 1 ? (position + 0.5) / scale - 0.5 : 0;
    case 'align_corners':
      return to > 1 ? (position * (from - 1)) / (to - 1) : 0;
    case 'asymmetric':
      return position / scale;
    default:
      throw noGradient(node, `the coordinates ${mode}`);
  }
}

function nearest(node: NodeProto, at: number): number {
  switch (stringAttribute(node, 'nearest_mode', 'round_prefer_floor')) {
    case 'floor':
      return Math.floor(at);
    case 'ceil':
      return Math.ceil(at);
    case 'round_prefer_ceil':
      return Math.floor(at + 0.5);
    default:
      return Math.ceil(at - 0.5);
  }
}

function clamp(at: number, size: number): number {
  return Math.min(Math.max(at, 0), size - 1);
}

function linear(at: number, size: number): AxisSources {
  const inside = clamp(at, size);
  const low = Math.floor(inside);
  const share = inside - low;
  return [
    { at: low, weight: 1 - share },
    { at: clamp(low + 1, size), weight: share },
  ];
}

/** Four neighbours by Keys' kernel; positions outside repeat the border. */
function cubic(node: NodeProto, at: number, size: number): AxisSources {
  if (intAttribute(node, 'exclude_outside', 0) !== 0) throw noGradient(node, 'exclude_outside');
  const a = floatAttribute(node, 'cubic_coeff_a', -0.75);
  const low = Math.floor(at);
  return range(low - 1, low + 3).map((neighbour) => {
    const d = Math.abs(at - neighbour);
    const weight = d <= 1 ? (a + 2) * d ** 3 - (a + 3) * d ** 2 + 1 : a * d ** 3 - 5 * a * d ** 2 + 8 * a * d - 4 * a;
    return { at: clamp(neighbour, size), weight };
  });
}
