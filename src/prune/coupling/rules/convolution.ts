import { intAttribute } from '../../../onnx/attributes';
import type { NodeProto } from '../../../onnx/onnx_pb';
import type { Axis } from '../axisTable';
import { contract } from '../contract';
import { obstacle, SHAPE_UNKNOWN, type RuleContext, type RuleTable } from '../rule';

const POOLING = 'MaxPool AveragePool LpPool GlobalAveragePool GlobalMaxPool GlobalLpPool'.split(' ');

/** Operators that slide over the spatial axes of [batch, channels, ...spatial]. */
export const CONVOLUTION: RuleTable = {
  Conv: (node, context) => convolve(node, context, { inAxis: 1, outAxis: 0 }),
  ConvTranspose: (node, context) => convolve(node, context, { inAxis: 0, outAxis: 1 }),
  ...Object.fromEntries(POOLING.map((opType) => [opType, pool])),
};

/**
 * Weights are [M, C/g, ...] for Conv and [C, M/g, ...] for ConvTranspose: the axis of whole length and the one that is
 * per group change sides.
 */
function convolve(
  node: NodeProto,
  context: RuleContext,
  layout: { readonly inAxis: 0 | 1; readonly outAxis: 0 | 1 },
): string | undefined {
  const { axes } = context;
  const [input = '', weight = '', bias] = node.input;
  const output = node.output[0] ?? '';
  const groups = intAttribute(node, 'group', 1);
  const [inChannels, outChannels] = [axes.axis(input, 1), axes.axis(output, 1)];
  const [inWeights, outWeights] = [axes.axis(weight, layout.inAxis), axes.axis(weight, layout.outAxis)];
  if (!inChannels || !outChannels || !inWeights || !outWeights) return SHAPE_UNKNOWN;
  if (inChannels.length % groups !== 0 || outChannels.length % groups !== 0)
    return 'has channels that no group divides';
  axes.tieAxes(axes.axis(input, 0), axes.axis(output, 0));
  freezeSpatial(node, context, [input, weight, output]);
  if (bias) {
    axes.tieAxes(outChannels, axes.axis(bias, 0));
    axes.setRole(axes.axis(bias, 0), 'makes', node);
  }
  axes.setRole(outWeights, 'makes', node);
  if (groups === 1) {
    axes.tieAxes(inChannels, inWeights);
    axes.tieAxes(outChannels, outWeights);
    axes.setRole(inWeights, 'reads', node);
    contract(context, [input, inChannels], [weight, inWeights]);
  } else if (inChannels.length === groups) {
    // Depthwise: a group is a channel with all that is made of it, and goes as a whole.
    tieGroups(context, inChannels, outChannels, groups);
    if (layout.outAxis === 0) axes.tieAxes(outChannels, outWeights);
    else {
      axes.tieAxes(inChannels, inWeights);
      axes.setRole(inWeights, 'makes', node);
      axes.freeze(outWeights, obstacle(node, 'makes several channels of each input channel'));
    }
  } else {
    tieInGroups(context, inChannels, inWeights, groups);
    tieInGroups(context, outChannels, outWeights, groups);
    axes.setRole(inWeights, 'reads', node);
    contract(context, [input, inChannels], [weight, inWeights]);
  }
  return undefined;
}

/** Channel `c` goes with all output channels of its group. */
function tieGroups({ axes }: RuleContext, inChannels: Axis, outChannels: Axis, groups: number): void {
  const made = outChannels.length / groups;
  for (let channel = 0; channel < outChannels.length; channel++) {
    axes.tie(inChannels, Math.floor(channel / made), outChannels, channel);
  }
}

/**
 * Groups keep the same number of channels only if the same positions go in each. `weights` has all channels, or those of
 * one group.
 */
function tieInGroups({ axes }: RuleContext, channels: Axis, weights: Axis, groups: number): void {
  const each = channels.length / groups;
  for (let channel = 0; channel < channels.length; channel++) {
    axes.tie(channels, channel, channels, channel % each);
    if (channel < weights.length) axes.tie(channels, channel, weights, channel);
  }
}

function pool(node: NodeProto, context: RuleContext): string | undefined {
  const { axes } = context;
  const [input = '', output = ''] = [node.input[0], node.output[0]];
  if (!axes.dims(input) || !axes.dims(output)) return SHAPE_UNKNOWN;
  if (node.output[1]) return 'gives positions that count all channels';
  for (const position of [0, 1]) axes.tieAxes(axes.axis(input, position), axes.axis(output, position));
  freezeSpatial(node, context, [input, output]);
  return undefined;
}

function freezeSpatial(node: NodeProto, { axes }: RuleContext, tensors: readonly string[]): void {
  const reason = obstacle(node, 'slides over it');
  for (const name of tensors) for (const axis of axes.axesOf(name).slice(2)) axes.freeze(axis, reason);
}
