import { intAttribute, intsAttribute } from '../../../onnx/attributes';
import type { NodeProto } from '../../../onnx/onnx_pb';
import { constantInts, fromStart, obstacle, SHAPE_UNKNOWN, type Rule, type RuleContext, type RuleTable } from '../rule';
import { tieSameShape } from './elementwise';

/** Reductions to which a zero adds nothing. */
const SUMS = new Set(['ReduceSum', 'ReduceL1', 'ReduceL2', 'ReduceSumSquare']);
const OTHERS = ['ReduceMean', 'ReduceMax', 'ReduceMin', 'ReduceProd', 'ReduceLogSum', 'ReduceLogSumExp'];

/** Operators that look along an axis. */
export const REDUCTION: RuleTable = {
  ...Object.fromEntries([...SUMS, ...OTHERS].map((opType) => [opType, reduce])),
  ArgMax: pick,
  ArgMin: pick,
  Softmax: along('weighs all elements of it against each other', -1),
  LogSoftmax: along('weighs all elements of it against each other', -1),
  Hardmax: along('weighs all elements of it against each other', -1),
  CumSum: (node, context) => {
    const axis = constantInts(context, node.input[1])?.[0];
    return axis === undefined ? 'computes its axis' : along('sums along it', axis)(node, context);
  },
};

function reduce(node: NodeProto, context: RuleContext): string | undefined {
  const { axes } = context;
  const input = node.input[0] ?? '';
  const rank = axes.dims(input)?.length;
  if (rank === undefined) return SHAPE_UNKNOWN;
  const given = intsAttribute(node, 'axes') ?? constantInts(context, node.input[1]);
  if (!given && node.input[1]) return 'computes its axes';
  const isNoop = intAttribute(node, 'noop_with_empty_axes', 0) === 1;
  const all = isNoop ? [] : Array.from({ length: rank }, (_, i) => i);
  const reduced = new Set((given && given.length > 0 ? given : all).map((i) => fromStart(i, rank)));
  const isExact = SUMS.has(node.opType) && context.vanishes(input);
  tieKept(node, context, rank, reduced);
  if (!isExact) for (const i of reduced) axes.markInexact(axes.axis(input, i));
  return undefined;
}

/** The number of an element is what the output means. */
function pick(node: NodeProto, context: RuleContext): string | undefined {
  const { axes } = context;
  const input = node.input[0] ?? '';
  const rank = axes.dims(input)?.length;
  if (rank === undefined) return SHAPE_UNKNOWN;
  const axis = fromStart(intAttribute(node, 'axis', 0), rank);
  axes.freeze(axes.axis(input, axis), obstacle(node, 'numbers its elements'));
  tieKept(node, context, rank, new Set([axis]));
  return undefined;
}

function tieKept(node: NodeProto, { axes }: RuleContext, rank: number, reduced: ReadonlySet<number>): void {
  const [input = '', output = ''] = [node.input[0], node.output[0]];
  const keeps = intAttribute(node, 'keepdims', 1) === 1;
  let to = 0;
  for (let from = 0; from < rank; from++) {
    if (!reduced.has(from)) axes.tieAxes(axes.axis(input, from), axes.axis(output, to++));
    else if (keeps) to++;
  }
}

function along(what: string, fallback: number): Rule {
  return (node, context) => {
    const { axes } = context;
    const [input = '', output = ''] = [node.input[0], node.output[0]];
    const rank = axes.dims(input)?.length;
    if (rank === undefined || !axes.dims(output)) return SHAPE_UNKNOWN;
    const axis = axes.axis(input, fromStart(intAttribute(node, 'axis', fallback), rank));
    axes.freeze(axis, obstacle(node, what));
    tieSameShape(context, input, output);
    return undefined;
  };
}
