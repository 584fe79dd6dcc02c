import { intAttribute, intsAttribute, stringAttribute } from '../../../onnx/attributes';
import type { NodeProto } from '../../../onnx/onnx_pb';
import { constantInts, fromStart, obstacle, SHAPE_UNKNOWN, type RuleContext, type RuleTable } from '../rule';
import { setRoles } from './elementwise';

/** Operators that move axes, or trade channels for space. */
export const LAYOUT: RuleTable = {
  Transpose: transpose,
  Squeeze: (node, context) => alignUnitAxes(node, context, 0),
  Unsqueeze: (node, context) => alignUnitAxes(node, context, 1),
  DepthToSpace: depthToSpace,
  SpaceToDepth: spaceToDepth,
};

function transpose(node: NodeProto, context: RuleContext): string | undefined {
  const { axes } = context;
  const [input = '', output = ''] = [node.input[0], node.output[0]];
  const rank = axes.dims(input)?.length;
  if (rank === undefined) return SHAPE_UNKNOWN;
  const perm = intsAttribute(node, 'perm') ?? Array.from({ length: rank }, (_, i) => rank - 1 - i);
  perm.forEach((from, to) => axes.tieAxes(axes.axis(input, from), axes.axis(output, to)));
  setRoles(context, node, input, 'makes');
  return undefined;
}

/** Squeeze takes axes out of its input, Unsqueeze puts them into its output; the others stay in order. */
function alignUnitAxes(node: NodeProto, context: RuleContext, longer: 0 | 1): string | undefined {
  const { axes } = context;
  const tensors = [node.input[0] ?? '', node.output[0] ?? ''] as const;
  const [long, short] = longer === 0 ? tensors : ([tensors[1], tensors[0]] as const);
  const dims = axes.dims(long);
  if (!dims || !axes.dims(short)) return SHAPE_UNKNOWN;
  const given = intsAttribute(node, 'axes') ?? constantInts(context, node.input[1]);
  if (!given && node.input[1]) return 'computes its axes';
  const removed = new Set(
    given?.map((axis) => fromStart(axis, dims.length)) ?? dims.flatMap((dim, i) => (dim === 1 ? [i] : [])),
  );
  let to = 0;
  for (let from = 0; from < dims.length; from++) {
    if (!removed.has(from)) axes.tieAxes(axes.axis(long, from), axes.axis(short, to++));
  }
  setRoles(context, node, tensors[0], 'makes');
  return undefined;
}

/** [N, C*b*b, H, W] to [N, C, H*b, W*b]: the b*b input channels of an output channel go together. */
function depthToSpace(node: NodeProto, context: RuleContext): string | undefined {
  const isDepthFirst = stringAttribute(node, 'mode', 'DCR') === 'DCR';
  return tradeChannels(node, context, 0, (deep, shallow, area) =>
    isDepthFirst ? deep % shallow : Math.floor(deep / area),
  );
}

/** [N, C, H*b, W*b] to [N, C*b*b, H, W], where the channel counts fastest. */
function spaceToDepth(node: NodeProto, context: RuleContext): string | undefined {
  return tradeChannels(node, context, 1, (deep, shallow) => deep % shallow);
}

function tradeChannels(
  node: NodeProto,
  context: RuleContext,
  deepSide: 0 | 1,
  shallowOf: (deep: number, shallowCount: number, area: number) => number,
): string | undefined {
  const { axes } = context;
  const [input = '', output = ''] = [node.input[0], node.output[0]];
  const [deepTensor, shallowTensor] = deepSide === 0 ? [input, output] : [output, input];
  const [deep, shallow] = [axes.axis(deepTensor, 1), axes.axis(shallowTensor, 1)];
  if (!deep || !shallow) return SHAPE_UNKNOWN;
  const area = intAttribute(node, 'blocksize', 1) ** 2;
  for (let c = 0; c < deep.length; c++) axes.tie(deep, c, shallow, shallowOf(c, shallow.length, area));
  axes.tieAxes(axes.axis(input, 0), axes.axis(output, 0));
  const reason = obstacle(node, 'trades it for channels');
  for (const name of [input, output]) for (const axis of axes.axesOf(name).slice(2)) axes.freeze(axis, reason);
  return undefined;
}
