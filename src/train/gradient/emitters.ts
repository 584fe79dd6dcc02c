import type { NodeProto } from '../../onnx/onnx_pb';
import { noGradient } from './errors';
import type { Attributes, GradientContext } from './types';

/** Product of dimensions. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, dim) => product * dim, 1);
}

/** The shape that ONNX broadcasting makes of two. */
export function broadcastShape(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const left = a[i - rank + a.length] ?? 1;
    const right = b[i - rank + b.length] ?? 1;
    return left === 1 ? right : left;
  });
}

/** An axis counted from the front. */
export function positiveAxis(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

/** `[from, from + 1, ..., to - 1]`. */
export function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
}

/** An elementwise operator with the broadcast shape of its operands. */
export function elementwise(context: GradientContext, op: string, ...operands: readonly string[]): string {
  const shape = operands.map((name) => context.shape(name)).reduce<readonly number[]>(broadcastShape, []);
  return context.emit(op, operands, shape);
}

export function add(context: GradientContext, a: string, b: string): string {
  return elementwise(context, 'Add', a, b);
}

export function sub(context: GradientContext, a: string, b: string): string {
  return elementwise(context, 'Sub', a, b);
}

export function mul(context: GradientContext, a: string, b: string): string {
  return elementwise(context, 'Mul', a, b);
}

export function div(context: GradientContext, a: string, b: string): string {
  return elementwise(context, 'Div', a, b);
}

/** A float32 scalar. */
export function scalar(context: GradientContext, value: number): string {
  return context.floats([value], []);
}

/** A tensor times a number. */
export function scale(context: GradientContext, tensor: string, factor: number): string {
  return factor === 1 ? tensor : mul(context, tensor, scalar(context, factor));
}

/** A boolean tensor as 0 and 1 in float32. */
export function asFloat(context: GradientContext, condition: string): string {
  return context.emit('Cast', [condition], context.shape(condition), { to: 1 });
}

/** The tensor itself when it has the shape already. */
export function reshape(context: GradientContext, tensor: string, shape: readonly number[]): string {
  const present = context.shape(tensor);
  if (present.length === shape.length && present.every((dim, i) => dim === shape[i])) return tensor;
  return context.emit('Reshape', [tensor, context.ints(shape)], shape);
}

export function transpose(context: GradientContext, tensor: string, perm: readonly number[]): string {
  const shape = context.shape(tensor);
  return context.emit(
    'Transpose',
    [tensor],
    perm.map((axis) => shape[axis] ?? 1),
    { perm },
  );
}

/** Swaps the last two axes. */
export function transposeMatrix(context: GradientContext, tensor: string): string {
  const rank = context.shape(tensor).length;
  return transpose(context, tensor, [...range(0, rank - 2), rank - 1, rank - 2]);
}

/** Sums over axes, which stay with the size 1. */
export function sumAxes(context: GradientContext, tensor: string, axes: readonly number[]): string {
  if (axes.length === 0) return tensor;
  const shape = context.shape(tensor).map((dim, axis) => (axes.includes(axis) ? 1 : dim));
  return context.emit('ReduceSum', [tensor, context.ints(axes)], shape, { keepdims: 1 });
}

/** Means over axes, which stay with the size 1. */
export function meanAxes(context: GradientContext, tensor: string, axes: readonly number[]): string {
  const shape = context.shape(tensor);
  const count = axes.reduce((product, axis) => product * (shape[axis] ?? 1), 1);
  return scale(context, sumAxes(context, tensor, axes), 1 / count);
}

/** The gradient of a tensor that was broadcast: summed over the axes along which it was repeated. */
export function sumToShape(context: GradientContext, gradient: string, shape: readonly number[]): string {
  const from = context.shape(gradient);
  const offset = from.length - shape.length;
  const axes = range(0, from.length).filter((i) => i < offset || (shape[i - offset] === 1 && from[i] !== 1));
  return reshape(context, sumAxes(context, gradient, axes), shape);
}

/** Repeats a tensor to a larger shape. */
export function expand(context: GradientContext, tensor: string, shape: readonly number[]): string {
  const present = context.shape(tensor);
  if (present.length === shape.length && present.every((dim, i) => dim === shape[i])) return tensor;
  return context.emit('Expand', [tensor, context.ints(shape)], shape);
}

/** A part of a tensor; `end` beyond the size means up to the end, steps are positive. */
export interface SlicePart {
  readonly axis: number;
  readonly start: number;
  readonly end: number;
  readonly step?: number;
}

export function slice(context: GradientContext, tensor: string, parts: readonly SlicePart[]): string {
  const shape = [...context.shape(tensor)];
  const needed = parts.filter(
    ({ axis, start, end, step }) => start !== 0 || end < (shape[axis] ?? 0) || (step ?? 1) !== 1,
  );
  if (needed.length === 0) return tensor;
  for (const { axis, start, end, step = 1 } of needed) {
    shape[axis] = Math.ceil((Math.min(end, shape[axis] ?? 0) - start) / step);
  }
  const pick = (field: (part: SlicePart) => number): string => context.ints(needed.map(field));
  const inputs = [tensor, pick((part) => part.start), pick((part) => part.end), pick((part) => part.axis)];
  if (needed.some(({ step }) => (step ?? 1) !== 1)) inputs.push(pick((part) => part.step ?? 1));
  return context.emit('Slice', inputs, shape);
}

/** Reverses the order along axes. */
export function flip(context: GradientContext, tensor: string, axes: readonly number[]): string {
  const shape = context.shape(tensor);
  const moved = axes.filter((axis) => shape[axis] !== 1);
  if (moved.length === 0) return tensor;
  const all = (value: number): string => context.ints(moved.map(() => value));
  // An end far below zero includes the first element when the step is -1.
  const inputs = [tensor, all(-1), all(-(2 ** 31)), context.ints(moved), all(-1)];
  return context.emit('Slice', inputs, shape);
}

/** Adds zeros (negative counts cut off) before and after each axis. */
export function pad(
  context: GradientContext,
  tensor: string,
  begins: readonly number[],
  ends: readonly number[],
): string {
  if ([...begins, ...ends].every((count) => count === 0)) return tensor;
  const shape = context.shape(tensor).map((dim, i) => dim + (begins[i] ?? 0) + (ends[i] ?? 0));
  return context.emit('Pad', [tensor, context.ints([...begins, ...ends])], shape);
}

export function concat(context: GradientContext, tensors: readonly string[], axis: number): string {
  const [first = ''] = tensors;
  if (tensors.length === 1) return first;
  const shape = [...context.shape(first)];
  shape[axis] = tensors.reduce((sum, name) => sum + (context.shape(name)[axis] ?? 0), 0);
  return context.emit('Concat', tensors, shape, { axis });
}

/** Matrix product with the broadcasting of MatMul; both operands have at least two axes. */
export function matmul(context: GradientContext, a: string, b: string): string {
  const left = context.shape(a);
  const right = context.shape(b);
  const batch = broadcastShape(left.slice(0, -2), right.slice(0, -2));
  return context.emit('MatMul', [a, b], [...batch, left.at(-2) ?? 1, right.at(-1) ?? 1]);
}

/** A product of two matrices of two axes, either of them transposed first. */
export function gemm(
  context: GradientContext,
  a: string,
  b: string,
  { transA = 0, transB = 0 }: { readonly transA?: 0 | 1; readonly transB?: 0 | 1 },
): string {
  const rows = context.shape(a)[transA] ?? 1;
  const columns = context.shape(b)[1 - transB] ?? 1;
  const attributes: Attributes = { ...(transA ? { transA } : {}), ...(transB ? { transB } : {}) };
  return context.emit('Gemm', [a, b], [rows, columns], attributes);
}

/** Integers of a constant input; undefined when the node has no such input. Throws `no-gradient` when not constant. */
export function constantInts(
  context: GradientContext,
  node: NodeProto,
  position: number,
  what: string,
): number[] | undefined {
  const name = node.input[position];
  if (!name) return undefined;
  const value = context.constant(name);
  if (!value) throw noGradient(node, `${what} that are computed`);
  return Array.from(value.data as BigInt64Array, Number); // the context gives integers as int64
}

/** The name of an input; empty when the node leaves it out. */
export function input(node: NodeProto, position: number): string {
  return node.input[position] ?? '';
}

/** The first output of a node. */
export function output(node: NodeProto): string {
  return node.output[0] ?? '';
}
