import { intAttribute } from '../../../onnx/attributes';
import type { NodeProto } from '../../../onnx/onnx_pb';
import { obstacle, fromStart, SHAPE_UNKNOWN, type RuleContext, type RuleTable } from '../rule';
import { setRoles, tieBroadcast, tieSameShape } from './elementwise';

/** Operators that centre and scale. Where they take statistics over an axis, a missing unit changes these. */
export const NORMALIZATION: RuleTable = {
  BatchNormalization: perChannel,
  InstanceNormalization: perChannel,
  LayerNormalization: overLastAxes,
  RMSNormalization: overLastAxes,
  SimplifiedLayerNormalization: overLastAxes,
  GroupNormalization: groupNorm,
  LpNormalization: overOneAxis,
  MeanVarianceNormalization: overGivenAxes,
  LRN: acrossChannels,
};

function perChannel(node: NodeProto, context: RuleContext): string | undefined {
  const { axes } = context;
  const [input = '', ...parameters] = node.input;
  const output = node.output[0] ?? '';
  if (!axes.dims(input) || !axes.dims(output)) return SHAPE_UNKNOWN;
  if (node.output.slice(1).some((name) => name !== '')) return 'updates its statistics';
  tieSameShape(context, input, output);
  const channels = axes.axis(output, 1);
  parameters.forEach((name, i) => {
    axes.tieAxes(channels, axes.axis(name, 0));
    axes.setRole(axes.axis(name, 0), i < 2 ? 'makes' : 'carries', node); // scale and bias; mean and variance
  });
  if (node.opType === 'InstanceNormalization')
    axes
      .axesOf(input)
      .slice(2)
      .forEach((axis) => axes.markInexact(axis));
  return undefined;
}

function overLastAxes(node: NodeProto, context: RuleContext): string | undefined {
  const { axes } = context;
  const [input = '', scale = '', bias] = node.input;
  const [output = '', ...statistics] = node.output;
  const rank = axes.dims(input)?.length;
  if (rank === undefined || !axes.dims(output)) return SHAPE_UNKNOWN;
  tieSameShape(context, input, output);
  for (const parameter of [scale, bias]) {
    if (!parameter) continue;
    tieBroadcast(context, parameter, output);
    setRoles(context, node, parameter, 'makes');
  }
  const first = fromStart(intAttribute(node, 'axis', -1), rank);
  for (const axis of axes.axesOf(input).slice(first)) axes.markInexact(axis);
  for (const name of statistics) {
    if (name) for (let i = 0; i < first; i++) axes.tieAxes(axes.axis(input, i), axes.axis(name, i));
  }
  return undefined;
}

/** Channels of a group go together, so that the other groups keep their statistics. */
function groupNorm(node: NodeProto, context: RuleContext): string | undefined {
  const { axes } = context;
  const [input = '', scale = '', bias = ''] = node.input;
  const groups = intAttribute(node, 'num_groups', 1);
  const channels = axes.axis(input, 1);
  if (!channels || channels.length % groups !== 0) return SHAPE_UNKNOWN;
  tieSameShape(context, input, node.output[0] ?? '');
  const each = channels.length / groups;
  for (let c = 0; c < channels.length; c++) axes.tie(channels, c, channels, c - (c % each));
  for (const name of [scale, bias]) {
    const parameter = axes.axis(name, 0);
    axes.setRole(parameter, 'makes', node);
    // Before operator set 21 there is one value a group.
    if (parameter?.length === channels.length) axes.tieAxes(channels, parameter);
    else if (parameter?.length === groups) for (let g = 0; g < groups; g++) axes.tie(channels, g * each, parameter, g);
    else return SHAPE_UNKNOWN;
  }
  for (const axis of axes.axesOf(input).slice(2)) axes.markInexact(axis);
  return undefined;
}

function overOneAxis(node: NodeProto, context: RuleContext): string | undefined {
  const { axes } = context;
  const [input = '', output = ''] = [node.input[0], node.output[0]];
  const rank = axes.dims(input)?.length;
  if (rank === undefined) return SHAPE_UNKNOWN;
  tieSameShape(context, input, output);
  if (!context.vanishes(input)) axes.markInexact(axes.axis(input, fromStart(intAttribute(node, 'axis', -1), rank)));
  return undefined;
}

function overGivenAxes(node: NodeProto, context: RuleContext): string | undefined {
  const { axes } = context;
  const [input = '', output = ''] = [node.input[0], node.output[0]];
  if (!axes.dims(input)) return SHAPE_UNKNOWN;
  tieSameShape(context, input, output);
  axes.axesOf(input).forEach((axis) => axes.markInexact(axis));
  return undefined;
}

function acrossChannels(node: NodeProto, context: RuleContext): string | undefined {
  const { axes } = context;
  const [input = '', output = ''] = [node.input[0], node.output[0]];
  if (!axes.dims(input)) return SHAPE_UNKNOWN;
  axes.freeze(axes.axis(input, 1), obstacle(node, 'reads neighbouring channels'));
  tieSameShape(context, input, output);
  return undefined;
}
