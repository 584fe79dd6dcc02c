import { intAttribute, stringAttribute } from '../../../onnx/attributes';
import { noGradient } from '../errors';
import { concat, constantInts, expand, flip, input, pad, positiveAxis, range, scalar, slice } from '../emitters';
import type { GradientContext, GradientRule } from '../types';
import { applyToAxis } from './axisMatrix';
import { scatterStrided, type StridedAxis } from './strided';

/** Zeros where nothing was taken. Starts, ends, axes and steps must be constants. */
export const sliceRule: GradientRule = (node, [gradient = ''], context) => {
  const shape = context.shape(input(node, 0));
  const starts = constantInts(context, node, 1, 'starts') ?? [];
  const axes = constantInts(context, node, 3, 'axes') ?? range(0, starts.length);
  const steps = constantInts(context, node, 4, 'steps') ?? starts.map(() => 1);
  const reversed: number[] = [];
  const strided = starts.map((given, i): StridedAxis => {
    const axis = positiveAxis(axes[i] ?? 0, shape.length);
    const size = shape[axis] ?? 0;
    const step = steps[i] ?? 1;
    const start = given < 0 ? given + size : given;
    if (step > 0) return { axis, step, size, start: Math.min(Math.max(start, 0), size) };
    // Taken backwards: the last element taken is the first of the reversed gradient.
    reversed.push(axis);
    const count = context.shape(gradient)[axis] ?? 0;
    return { axis, step: -step, size, start: Math.min(Math.max(start, 0), size - 1) + (count - 1) * step };
  });
  return [scatterStrided(context, flip(context, gradient, reversed), strided)];
};

/** Parts from which nothing flows back count as zeros. */
export const splitRule: GradientRule = (node, gradients, context) => {
  const axis = positiveAxis(intAttribute(node, 'axis', 0), context.shape(input(node, 0)).length);
  const parts = node.output.map((name, i) => gradients[i] ?? expand(context, scalar(context, 0), context.shape(name)));
  return [concat(context, parts, axis)];
};

export const concatRule: GradientRule = (node, [gradient = ''], context) => {
  const axis = positiveAxis(intAttribute(node, 'axis', 0), context.shape(gradient).length);
  let start = 0;
  return node.input.map((name) => {
    const end = start + (context.shape(name)[axis] ?? 0);
    const part = context.wanted(name) ? slice(context, gradient, [{ axis, start, end }]) : undefined;
    start = end;
    return part;
  });
};

/** Constant pads are cut off; reflected and repeated ones flow back to the elements that they repeat. */
export const padRule: GradientRule = (node, [gradient = ''], context) => {
  const shape = context.shape(input(node, 0));
  const pads = constantInts(context, node, 1, 'pads') ?? [];
  const axes = (constantInts(context, node, 3, 'axes') ?? range(0, shape.length)).map((axis) =>
    positiveAxis(axis, shape.length),
  );
  const begins = shape.map((_, axis) => pads[axes.indexOf(axis)] ?? 0);
  const ends = shape.map((_, axis) => (axes.includes(axis) ? (pads[axes.indexOf(axis) + axes.length] ?? 0) : 0));
  const mode = stringAttribute(node, 'mode', 'constant');
  if (mode === 'constant') {
    const cut = (counts: readonly number[]): number[] => counts.map((count) => -count);
    return [pad(context, gradient, cut(begins), cut(ends))];
  }
  return [
    shape.reduce((current, size, axis) => {
      const [before = 0, after = 0] = [begins[axis], ends[axis]];
      if (before === 0 && after === 0) return current;
      const rows = range(-before, size + after).map((at) => [{ at: padSource(at, size, mode), weight: 1 }]);
      return applyToAxis(context, current, axis, rows, size);
    }, gradient),
  ];
};

/** Which element a position outside of an axis repeats. */
function padSource(at: number, size: number, mode: string): number {
  if (mode === 'edge') return Math.min(Math.max(at, 0), size - 1);
  if (mode === 'wrap') return ((at % size) + size) % size;
  const period = Math.max(1, 2 * (size - 1));
  const folded = ((at % period) + period) % period;
  return folded < size ? folded : period - folded;
}

/** ScatterND and ScatterElements add since this operator set. */
const SCATTER_ADD_OPSET = 16;

function requireScatterAdd(node: Parameters<GradientRule>[0], context: GradientContext): void {
  if (context.opset < SCATTER_ADD_OPSET) throw noGradient(node, `an operator set below ${SCATTER_ADD_OPSET}`);
}

function zeros(context: GradientContext, shape: readonly number[]): string {
  return expand(context, scalar(context, 0), shape);
}

/** Adds each gradient to the element that it was gathered from. */
export const gatherElementsRule: GradientRule = (node, [gradient = ''], context) => {
  requireScatterAdd(node, context);
  const shape = context.shape(input(node, 0));
  const attributes = { axis: intAttribute(node, 'axis', 0), reduction: 'add' };
  return [context.emit('ScatterElements', [zeros(context, shape), input(node, 1), gradient], shape, attributes)];
};

/** Only without batch dimensions. */
export const gatherNdRule: GradientRule = (node, [gradient = ''], context) => {
  requireScatterAdd(node, context);
  if (intAttribute(node, 'batch_dims', 0) !== 0) throw noGradient(node, 'batch dimensions');
  const shape = context.shape(input(node, 0));
  return [context.emit('ScatterND', [zeros(context, shape), input(node, 1), gradient], shape, { reduction: 'add' })];
};
