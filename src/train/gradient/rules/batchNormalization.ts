import { floatAttribute, intAttribute } from '../../../onnx/attributes';
import type { NodeProto } from '../../../onnx/onnx_pb';
import { add, elementwise, input, mul, range, reshape, scalar, scale, sizeOf, sub, sumAxes } from '../emitters';
import type { GradientContext, GradientRule } from '../types';

/** `[1, channels, 1, ...]`. */
export function channelView(shape: readonly number[]): number[] {
  return shape.map((dim, axis) => (axis === 1 ? dim : 1));
}

/** `1 / sqrt(variance + epsilon)`. */
export function inverseDeviation(context: GradientContext, variance: string, epsilon: number): string {
  const deviation = elementwise(context, 'Sqrt', add(context, variance, scalar(context, epsilon)));
  return elementwise(context, 'Reciprocal', deviation);
}

/** Sums over all axes but the channels, `[channels]`. */
function perChannel(context: GradientContext, tensor: string): string {
  const shape = context.shape(tensor);
  const axes = range(0, shape.length).filter((axis) => axis !== 1);
  return reshape(context, sumAxes(context, tensor, axes), [shape[1] ?? 1]);
}

/**
 * Mean and variance (of the population) of each channel of a batch, `[channels]`. The variance is the mean square less
 * the squared mean, never below zero, which reads the batch but does not write another one of its size.
 */
export function batchStatistics(context: GradientContext, x: string): { mean: string; variance: string } {
  const shape = context.shape(x);
  const channels = [shape[1] ?? 1];
  const share = (channels[0] ?? 1) / sizeOf(shape);
  const axes = range(0, shape.length).filter((axis) => axis !== 1);
  const squares = context.emit('ReduceSumSquare', [x, ...axesInput(context, axes)], channels, {
    keepdims: 0,
    ...(context.opset < AXES_INPUT_OPSET ? { axes } : {}),
  });
  const mean = scale(context, perChannel(context, x), share);
  const spread = sub(context, scale(context, squares, share), mul(context, mean, mean));
  return { mean, variance: elementwise(context, 'Max', spread, scalar(context, 0)) };
}

/** ReduceSumSquare takes its axes as an input since this operator set. */
const AXES_INPUT_OPSET = 18;

function axesInput(context: GradientContext, axes: readonly number[]): string[] {
  return context.opset < AXES_INPUT_OPSET ? [] : [context.ints(axes)];
}

/**
 * With `training_mode` by the statistics of the batch, which depend on the input; otherwise by given statistics, which
 * are inputs like any other.
 */
export const batchNormalizationRule: GradientRule = (node, [gradient = ''], context) =>
  intAttribute(node, 'training_mode', 0) === 1
    ? byBatchStatistics(node, gradient, context)
    : byGivenStatistics(node, gradient, context);

function byGivenStatistics(node: NodeProto, gradient: string, context: GradientContext): (string | undefined)[] {
  const [x, gamma, beta, mean, variance] = [0, 1, 2, 3, 4].map((i) => input(node, i)) as [
    string,
    string,
    string,
    string,
    string,
  ];
  const view = channelView(context.shape(x));
  const inverse = inverseDeviation(context, variance, floatAttribute(node, 'epsilon', 1e-5));
  const factor = mul(context, gamma, inverse);
  const total = [beta, mean].some((name) => context.wanted(name)) ? perChannel(context, gradient) : undefined;
  let gammaGradient: string | undefined;
  if ([gamma, variance].some((name) => context.wanted(name))) {
    const centered = sub(context, x, reshape(context, mean, view));
    gammaGradient = mul(context, perChannel(context, mul(context, gradient, centered)), inverse);
  }
  return [
    context.wanted(x) ? mul(context, gradient, reshape(context, factor, view)) : undefined,
    gammaGradient,
    total,
    total && context.wanted(mean) ? elementwise(context, 'Neg', mul(context, total, factor)) : undefined,
    gammaGradient && context.wanted(variance)
      ? scale(context, mul(context, gammaGradient, mul(context, factor, inverse)), -0.5)
      : undefined,
  ];
}

/**
 * `a * g + b * x + c` with one number a channel each (Ioffe and Szegedy, 2015, solved for the input): few passes over
 * the batch, since those are what it costs.
 */
function byBatchStatistics(node: NodeProto, gradient: string, context: GradientContext): (string | undefined)[] {
  const [x, gamma] = [input(node, 0), input(node, 1)];
  const shape = context.shape(x);
  const view = channelView(shape);
  const { mean, variance } = batchStatistics(context, x);
  const inverse = inverseDeviation(context, variance, floatAttribute(node, 'epsilon', 1e-5));
  const betaGradient = perChannel(context, gradient);
  const products = perChannel(context, mul(context, gradient, x));
  const gammaGradient = mul(context, inverse, sub(context, products, mul(context, mean, betaGradient)));
  if (!context.wanted(x)) return [undefined, gammaGradient, betaGradient];
  const share = (shape[1] ?? 1) / sizeOf(shape);
  const a = mul(context, gamma, inverse);
  const b = scale(context, mul(context, mul(context, a, inverse), gammaGradient), -share);
  const c = elementwise(
    context,
    'Neg',
    add(context, scale(context, mul(context, a, betaGradient), share), mul(context, b, mean)),
  );
  const fromGradient = mul(context, gradient, reshape(context, a, view));
  const fromInput = add(context, mul(context, x, reshape(context, b, view)), reshape(context, c, view));
  return [add(context, fromGradient, fromInput), gammaGradient, betaGradient];
}
