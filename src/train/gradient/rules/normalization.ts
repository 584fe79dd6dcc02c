import { floatAttribute, intAttribute } from '../../../onnx/attributes';
import type { NodeProto } from '../../../onnx/onnx_pb';
import { input, meanAxes, mul, positiveAxis, range, reshape, sub, sumToShape } from '../emitters';
import type { GradientContext, GradientRule } from '../types';
import { channelView, inverseDeviation } from './batchNormalization';

/** A tensor with zero mean and unit variance over some axes, and the inverse deviation that it was multiplied by. */
interface Normalized {
  readonly values: string;
  readonly inverse: string;
  readonly axes: readonly number[];
}

function normalize(context: GradientContext, x: string, axes: readonly number[], epsilon: number): Normalized {
  const centered = sub(context, x, meanAxes(context, x, axes));
  const variance = meanAxes(context, mul(context, centered, centered), axes);
  const inverse = inverseDeviation(context, variance, epsilon);
  return { values: mul(context, centered, inverse), inverse, axes };
}

/** The gradient of what was normalized: `inverse * (g - mean(g) - values * mean(g * values))`. */
function throughNormalization(context: GradientContext, gradient: string, normalized: Normalized): string {
  const { values, inverse, axes } = normalized;
  const along = meanAxes(context, mul(context, gradient, values), axes);
  const free = sub(context, sub(context, gradient, meanAxes(context, gradient, axes)), mul(context, values, along));
  return mul(context, free, inverse);
}

/** The gradients of input, scale and bias; `view` is the shape in which scale and bias are broadcast. */
function affineGradients(
  node: NodeProto,
  gradient: string,
  normalized: Normalized,
  view: readonly number[],
  context: GradientContext,
): (string | undefined)[] {
  const [x, gamma, beta] = [input(node, 0), input(node, 1), input(node, 2)];
  const summed = (tensor: string, name: string): string =>
    reshape(context, sumToShape(context, tensor, view), context.shape(name));
  return [
    context.wanted(x)
      ? throughNormalization(context, mul(context, gradient, reshape(context, gamma, view)), normalized)
      : undefined,
    context.wanted(gamma) ? summed(mul(context, gradient, normalized.values), gamma) : undefined,
    context.wanted(beta) ? summed(gradient, beta) : undefined,
  ];
}

/** Uses the mean and the inverse deviation that the operator itself computes. */
export const layerNormalizationRule: GradientRule = (node, [gradient = ''], context) => {
  const x = input(node, 0);
  const shape = context.shape(x);
  const axis = positiveAxis(intAttribute(node, 'axis', -1), shape.length);
  const reduced = shape.map((dim, i) => (i < axis ? dim : 1));
  const mean = context.output(node, 1, reduced);
  const inverse = context.output(node, 2, reduced);
  const values = mul(context, sub(context, x, mean), inverse);
  const normalized = { values, inverse, axes: range(axis, shape.length) };
  return affineGradients(node, gradient, normalized, context.shape(input(node, 1)), context);
};

/** Statistics of each sample and channel. */
export const instanceNormalizationRule: GradientRule = (node, [gradient = ''], context) => {
  const shape = context.shape(input(node, 0));
  const axes = range(2, shape.length);
  const normalized = normalize(context, input(node, 0), axes, floatAttribute(node, 'epsilon', 1e-5));
  return affineGradients(node, gradient, normalized, channelView(shape), context);
};

/** Scale and bias are of each channel since operator set 21, and of each group before. */
export const groupNormalizationRule: GradientRule = (node, [gradient = ''], context) => {
  const shape = context.shape(input(node, 0));
  const [batch = 1, channels = 1, ...spatial] = shape;
  const groups = intAttribute(node, 'num_groups', 1);
  const perGroup = channels / groups;
  const grouped = [batch, groups, perGroup, ...spatial];
  const view = [1, groups, context.shape(input(node, 1))[0] === groups && perGroup > 1 ? 1 : perGroup];
  const x = reshape(context, input(node, 0), grouped);
  const normalized = normalize(context, x, range(2, grouped.length), floatAttribute(node, 'epsilon', 1e-5));
  const full = [...view, ...spatial.map(() => 1)];
  const [dx, ...others] = affineGradients(node, reshape(context, gradient, grouped), normalized, full, context);
  return [dx === undefined ? undefined : reshape(context, dx, shape), ...others];
};
