import { intAttribute, intsAttribute, stringAttribute } from '../../../onnx/attributes';
import { noGradient } from '../errors';
import { constantInts, input, range, reshape, sumAxes, sumToShape, transpose } from '../emitters';
import type { GradientRule } from '../types';

/** Reshape, Flatten, Squeeze, Unsqueeze, Identity: the same values in the input's shape. */
export const reshapeRule: GradientRule = (node, [gradient = ''], context) => [
  reshape(context, gradient, context.shape(input(node, 0))),
];

/** Floats of other widths have no rules, since gradients are float32. */
export const castRule: GradientRule = (node, [gradient = ''], context) => {
  const types = [context.type(input(node, 0)), context.type(node.output[0] ?? '')];
  if (types.some((type) => type !== 'float32')) throw noGradient(node, `the types ${types.join(' and ')}`);
  return [gradient];
};

export const transposeRule: GradientRule = (node, [gradient = ''], context) => {
  const rank = context.shape(gradient).length;
  const perm = intsAttribute(node, 'perm') ?? range(0, rank).reverse();
  return [
    transpose(
      context,
      gradient,
      range(0, rank).map((axis) => perm.indexOf(axis)),
    ),
  ];
};

export const expandRule: GradientRule = (node, [gradient = ''], context) => [
  sumToShape(context, gradient, context.shape(input(node, 0))),
];

/** Repeats lie before each axis; they are summed. */
export const tileRule: GradientRule = (node, [gradient = ''], context) => {
  const shape = context.shape(input(node, 0));
  const repeats = constantInts(context, node, 1, 'repeats') ?? [];
  const split = reshape(
    context,
    gradient,
    shape.flatMap((dim, axis) => [repeats[axis] ?? 1, dim]),
  );
  const repeated = range(0, shape.length).filter((axis) => repeats[axis] !== 1);
  const axes = repeated.map((axis) => 2 * axis);
  return [reshape(context, sumAxes(context, split, axes), shape)];
};

export const spaceToDepthRule: GradientRule = (node, [gradient = ''], context) => [
  context.emit('DepthToSpace', [gradient], context.shape(input(node, 0)), {
    blocksize: intAttribute(node, 'blocksize', 1),
    mode: 'DCR',
  }),
];

/** The mode CRD keeps the channels before the block, DCR after it. */
export const depthToSpaceRule: GradientRule = (node, [gradient = ''], context) => {
  const shape = context.shape(input(node, 0));
  const blocksize = intAttribute(node, 'blocksize', 1);
  if (stringAttribute(node, 'mode', 'DCR') === 'DCR') {
    return [context.emit('SpaceToDepth', [gradient], shape, { blocksize })];
  }
  const [batch = 1, channels = 1, height = 1, width = 1] = shape;
  const outer = channels / blocksize ** 2;
  const blocks = reshape(context, gradient, [batch, outer, height, blocksize, width, blocksize]);
  return [reshape(context, transpose(context, blocks, [0, 1, 3, 5, 2, 4]), shape)];
};

/** The sum runs the other way. */
export const cumSumRule: GradientRule = (node, [gradient = ''], context) => [
  context.emit('CumSum', [gradient, input(node, 1)], context.shape(gradient), {
    exclusive: intAttribute(node, 'exclusive', 0),
    reverse: 1 - intAttribute(node, 'reverse', 0),
  }),
];
