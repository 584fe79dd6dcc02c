import { intAttribute } from '../../../onnx/attributes';
import type { NodeProto } from '../../../onnx/onnx_pb';
import { contract } from '../contract';
import { SHAPE_UNKNOWN, type RuleContext, type RuleTable } from '../rule';
import { setRoles, tieBroadcast } from './elementwise';

/** Products of matrices. */
export const LINEAR: RuleTable = { Gemm: gemm, MatMul: matMul };

function gemm(node: NodeProto, context: RuleContext): string | undefined {
  const [a = '', b = '', c] = node.input;
  const output = node.output[0] ?? '';
  if (!context.axes.dims(a) || !context.axes.dims(b) || !context.axes.dims(output)) return SHAPE_UNKNOWN;
  const contracted = [intAttribute(node, 'transA', 0) === 1 ? 0 : 1, intAttribute(node, 'transB', 0) === 1 ? 1 : 0];
  multiply(
    node,
    context,
    [a, contracted[0] ?? 1, 1 - (contracted[0] ?? 1)],
    [b, contracted[1] ?? 0, 1 - (contracted[1] ?? 0)],
  );
  if (c) {
    tieBroadcast(context, c, output);
    setRoles(context, node, c, 'makes');
  }
  return undefined;
}

function matMul(node: NodeProto, context: RuleContext): string | undefined {
  const { axes } = context;
  const [a = '', b = ''] = node.input;
  const output = node.output[0] ?? '';
  const [rankA, rankB] = [axes.dims(a)?.length, axes.dims(b)?.length];
  if (rankA === undefined || rankB === undefined || !axes.dims(output)) return SHAPE_UNKNOWN;
  // A vector has no axis of its own in the output.
  const left = [a, rankA - 1, rankA === 1 ? undefined : rankA - 2] as const;
  const right = [b, Math.max(0, rankB - 2), rankB === 1 ? undefined : rankB - 1] as const;
  multiply(node, context, left, right);
  const kept = (rankA === 1 ? 0 : 1) + (rankB === 1 ? 0 : 1);
  tieBatch(context, [a, 2], [output, kept]);
  tieBatch(context, [b, 2], [output, kept]);
  return undefined;
}

/** Each operand is a tensor, the axis that is summed over, and the axis that stays. */
type Operand = readonly [tensor: string, contracted: number, kept: number | undefined];

function multiply(node: NodeProto, context: RuleContext, left: Operand, right: Operand): void {
  const { axes } = context;
  const output = node.output[0] ?? '';
  const [sumLeft, sumRight] = [axes.axis(left[0], left[1]), axes.axis(right[0], right[1])];
  axes.tieAxes(sumLeft, sumRight);
  if (sumLeft && sumRight) contract(context, [left[0], sumLeft], [right[0], sumRight]);
  axes.setRole(sumLeft, 'reads', node);
  axes.setRole(sumRight, 'reads', node);
  const rank = axes.dims(output)?.length ?? 0;
  const place = [rank - 1 - (right[2] === undefined ? 0 : 1), rank - 1];
  [left, right].forEach(([tensor, , kept], i) => {
    if (kept === undefined) return;
    const axis = axes.axis(tensor, kept);
    axes.tieAxes(axis, axes.axis(output, place[i] ?? 0));
    axes.setRole(axis, 'makes', node);
  });
}

/** Axes before the matrix are broadcast. */
function tieBatch(
  { axes }: RuleContext,
  [operand, matrix]: readonly [string, number],
  [output, kept]: readonly [string, number],
): void {
  const from = axes.axesOf(operand).slice(0, -matrix);
  const to = axes.axesOf(output);
  from.forEach((axis, i) => {
    if (axis?.length !== 1) axes.tieAxes(axis, to[to.length - kept - from.length + i]);
  });
}
