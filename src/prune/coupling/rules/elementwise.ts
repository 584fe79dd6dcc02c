import { intAttribute } from '../../../onnx/attributes';
import type { NodeProto } from '../../../onnx/onnx_pb';
import { readFloats } from '../../../onnx/tensor';
import type { Axis, Role } from '../axisTable';
import { SHAPE_UNKNOWN, type RuleContext, type RuleTable } from '../rule';

const UNARY = (
  'Relu LeakyRelu Elu Selu Celu Sigmoid HardSigmoid HardSwish Tanh Softplus Softsign ThresholdedRelu Mish Gelu Erf ' +
  'Abs Neg Exp Log Sqrt Reciprocal Floor Ceil Round Sign Sin Cos Tan Asin Acos Atan Sinh Cosh Not Identity Cast ' +
  'Dropout Clip IsNaN IsInf'
).split(' ');

const BROADCAST = (
  'Add Sub Mul Div Pow Mod Max Min Mean Sum Where Equal Less LessOrEqual Greater GreaterOrEqual And Or Xor PRelu ' +
  'BitShift BitwiseAnd BitwiseOr BitwiseXor'
).split(' ');

/** Operands whose zero makes the output of a unit zero or leaves a term out. */
const MAKERS: Readonly<Record<string, readonly number[] | 'all'>> = {
  Add: 'all',
  Sub: 'all',
  Mul: 'all',
  Sum: 'all',
  Div: [0],
  Where: [1, 2],
};

/** Operators that work on every element by itself, with broadcasting. */
export const ELEMENTWISE: RuleTable = {
  ...Object.fromEntries(UNARY.map((opType) => [opType, unary])),
  ...Object.fromEntries(BROADCAST.map((opType) => [opType, broadcast])),
};

/** Ties two tensors of the same shape axis by axis. */
export function tieSameShape({ axes }: RuleContext, a: string, b: string): void {
  const [from, to] = [axes.axesOf(a), axes.axesOf(b)];
  for (let i = 0; i < Math.max(from.length, to.length); i++) axes.tieAxes(from[i], to[i]);
}

/**
 * Ties an operand to a result of at least its rank, axes aligned at the end; axes of length 1 that are stretched are
 * left alone. An operand axis of unknown length freezes what it meets.
 */
export function tieBroadcast({ axes }: RuleContext, operand: string, result: string, operandSkip = 0): void {
  const [from, to] = [axes.axesOf(operand), axes.axesOf(result)];
  const end = from.length - operandSkip;
  for (let i = 0; i < end; i++) {
    const target = to[i + to.length - from.length];
    if (from[i]?.length !== 1) axes.tieAxes(from[i], target);
  }
}

/** Gives all axes of a weight the same role. */
export function setRoles({ axes }: RuleContext, node: NodeProto, weight: string | undefined, role: Role): void {
  if (weight) for (const axis of axes.axesOf(weight)) axes.setRole(axis, role, node);
}

function unary(node: NodeProto, context: RuleContext): string | undefined {
  const { axes } = context;
  const [input, output] = [node.input[0], node.output[0]];
  if (!input || !output || !axes.dims(input) || !axes.dims(output)) return SHAPE_UNKNOWN;
  tieSameShape(context, input, output);
  const second = node.output[1];
  if (second) tieSameShape(context, input, second);
  setRoles(context, node, input, 'makes');
  if (node.opType === 'Log' || node.opType === 'Reciprocal')
    axes.axesOf(input).forEach((axis) => axes.markInexact(axis));
  return undefined;
}

function broadcast(node: NodeProto, context: RuleContext): string | undefined {
  const { axes } = context;
  const output = node.output[0] ?? '';
  if (!axes.dims(output) || node.input.some((name) => !axes.dims(name))) return SHAPE_UNKNOWN;
  if (node.opType === 'PRelu' && intAttribute(node, 'axis', 0) !== 0) return 'has an axis of its own';
  const makers = MAKERS[node.opType] ?? [];
  node.input.forEach((name, i) => {
    tieBroadcast(context, name, output);
    setRoles(context, node, name, makers === 'all' || makers.includes(i) ? 'makes' : 'carries');
  });
  // A masked unit is zero there, so that it becomes infinite or no number at all, which no weight of zero takes away.
  for (const axis of unsafeAxes(node, context)) axes.markInexact(axis);
  return undefined;
}

function unsafeAxes(node: NodeProto, context: RuleContext): (Axis | undefined)[] {
  const { axes, index } = context;
  const second = node.input[1] ?? '';
  const isWeight = index.constants.has(second);
  if ((node.opType === 'Div' || node.opType === 'Mod') && !isWeight) return axes.axesOf(second);
  if (node.opType === 'Pow' && !hasPositivePower(second, context)) return axes.axesOf(node.input[0] ?? '');
  return [];
}

function hasPositivePower(name: string, { model, index }: RuleContext): boolean {
  const tensor = index.constants.get(name);
  return tensor?.dataType === 1 && readFloats(model, tensor).every((power) => power > 0);
}
