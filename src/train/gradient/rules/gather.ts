import { intAttribute } from '../../../onnx/attributes';
import { expand, gemm, input, pad, positiveAxis, range, reshape, scalar, sizeOf, transpose } from '../emitters';
import type { GradientContext, GradientRule } from '../types';

/** ScatterND adds since this operator set; before, a product with one-hot rows does the same. */
const SCATTER_ADD_OPSET = 16;

/** Adds each row of the gradient to the row that it was gathered from: embeddings, and picking one token. */
export const gatherRule: GradientRule = (node, [gradient = ''], context) => {
  const shape = context.shape(input(node, 0));
  const axis = positiveAxis(intAttribute(node, 'axis', 0), shape.length);
  const indices = input(node, 1);
  const size = shape[axis] ?? 1;
  const constant = context.constant(indices);
  if (constant?.data.length === 1) return [putBack(context, gradient, shape, axis, Number(constant.data[0]))];

  // The gathered axes come first, as one, so that rows are scattered.
  const rank = context.shape(gradient).length;
  const gathered = range(axis, rank - (shape.length - 1 - axis));
  const others = range(0, rank).filter((i) => !gathered.includes(i));
  const front = transpose(context, gradient, [...gathered, ...others]);
  const rest = shape.filter((_, i) => i !== axis);
  const count = sizeOf(context.shape(indices));
  const rows = reshape(context, front, [count, sizeOf(rest)]);
  const flat = reshape(context, indices, [count, 1]);
  const sums =
    context.opset >= SCATTER_ADD_OPSET ? scatterRows(context, flat, rows, size) : oneHotRows(context, flat, rows, size);
  const placed = reshape(context, sums, [size, ...rest]);
  return [transpose(context, placed, [...range(1, axis + 1), 0, ...range(axis + 1, shape.length)])];
};

function putBack(
  context: GradientContext,
  gradient: string,
  shape: readonly number[],
  axis: number,
  index: number,
): string {
  const at = positiveAxis(index, shape[axis] ?? 1);
  const row = reshape(
    context,
    gradient,
    shape.map((dim, i) => (i === axis ? 1 : dim)),
  );
  return pad(
    context,
    row,
    shape.map((_, i) => (i === axis ? at : 0)),
    shape.map((dim, i) => (i === axis ? dim - 1 - at : 0)),
  );
}

function scatterRows(context: GradientContext, indices: string, rows: string, size: number): string {
  const shape = [size, context.shape(rows)[1] ?? 1];
  const empty = expand(context, scalar(context, 0), shape);
  return context.emit('ScatterND', [empty, indices, rows], shape, { reduction: 'add' });
}

function oneHotRows(context: GradientContext, indices: string, rows: string, size: number): string {
  const count = context.shape(rows)[0] ?? 1;
  const flat = reshape(context, indices, [count]);
  const hot = context.emit('OneHot', [flat, context.ints([size]), context.floats([0, 1], [2])], [count, size]);
  return gemm(context, hot, rows, { transA: 1 });
}
