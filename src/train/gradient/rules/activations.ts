import { floatAttribute, stringAttribute } from '../../../onnx/attributes';
import {
  add,
  asFloat,
  elementwise,
  input,
  mul,
  output,
  range,
  reshape,
  scalar,
  scale,
  sub,
  sumAxes,
  sumToShape,
} from '../emitters';
import type { GradientContext, GradientRule } from '../types';

function greater(x: string, bound: number, context: GradientContext): string {
  return elementwise(context, 'Greater', x, scalar(context, bound));
}

/** LeakyRelu: `alpha` is the slope below zero. */
export const leakyReluRule: GradientRule = (node, [gradient = ''], context) => {
  const x = input(node, 0);
  const below = scale(context, gradient, floatAttribute(node, 'alpha', 0.01));
  return [context.emit('Where', [greater(x, 0, context), gradient, below], context.shape(x))];
};

/** Asks the output where it is positive, so that nobody needs the input and a convolution before it stays fused. */
export const reluRule: GradientRule = (node, [gradient = ''], context) => {
  const isPositive = greater(output(node), 0, context);
  return [context.emit('Where', [isPositive, gradient, scalar(context, 0)], context.shape(gradient))];
};

export const preluRule: GradientRule = (node, [gradient = ''], context) => {
  const [x, slope] = [input(node, 0), input(node, 1)];
  const shape = context.shape(x);
  const isAbove = greater(x, 0, context);
  const result: (string | undefined)[] = [undefined, undefined];
  if (context.wanted(x)) {
    result[0] = context.emit('Where', [isAbove, gradient, mul(context, gradient, slope)], shape);
  }
  if (context.wanted(slope)) {
    const below = elementwise(context, 'Min', x, scalar(context, 0));
    result[1] = sumToShape(context, mul(context, gradient, below), context.shape(slope));
  }
  return result;
};

/** Below zero the slope is the output plus alpha. */
export const eluRule: GradientRule = (node, [gradient = ''], context) => {
  const x = input(node, 0);
  const slope = add(context, output(node), scalar(context, floatAttribute(node, 'alpha', 1)));
  return [context.emit('Where', [greater(x, 0, context), gradient, mul(context, gradient, slope)], context.shape(x))];
};

/** `gamma * x` above zero, `gamma * alpha * (exp(x) - 1)` below. */
export const seluRule: GradientRule = (node, [gradient = ''], context) => {
  const x = input(node, 0);
  const alpha = floatAttribute(node, 'alpha', 1.67326319217681884765625);
  const gamma = floatAttribute(node, 'gamma', 1.05070102214813232421875);
  const below = mul(context, gradient, add(context, output(node), scalar(context, alpha * gamma)));
  const above = scale(context, gradient, gamma);
  return [context.emit('Where', [greater(x, 0, context), above, below], context.shape(x))];
};

/**
 * The bounds get what falls outside of them, so that a clipping range can be learned (PACT: Choi et al., 2018). Asks the
 * output, like Relu; a value on a bound counts as outside.
 */
export const clipRule: GradientRule = (node, [gradient = ''], context) => {
  const [x, min, max] = [input(node, 0), input(node, 1), input(node, 2)];
  const result: (string | undefined)[] = [undefined, undefined, undefined];
  const isBelow = min === '' ? undefined : elementwise(context, 'LessOrEqual', output(node), min);
  const isAbove = max === '' ? undefined : elementwise(context, 'GreaterOrEqual', output(node), max);
  const shape = context.shape(x);
  const zero = scalar(context, 0);
  if (context.wanted(x)) {
    let passed = gradient;
    for (const outside of [isBelow, isAbove]) {
      if (outside) passed = context.emit('Where', [outside, zero, passed], shape);
    }
    result[0] = passed;
  }
  [isBelow, isAbove].forEach((outside, i) => {
    const bound = input(node, i + 1);
    if (!outside || !context.wanted(bound)) return;
    const caught = mul(context, gradient, asFloat(context, outside));
    result[i + 1] = reshape(context, sumAxes(context, caught, range(0, shape.length)), context.shape(bound));
  });
  return result;
};

/** `max(0, min(1, alpha * x + beta))`. */
export const hardSigmoidRule: GradientRule = (node, [gradient = ''], context) => {
  const slope = scale(context, gradient, floatAttribute(node, 'alpha', 0.2));
  return [mul(context, slope, inside(output(node), context))];
};

/** 1 where a value between 0 and 1 is neither. */
function inside(y: string, context: GradientContext): string {
  const low = greater(y, 0, context);
  const high = elementwise(context, 'Less', y, scalar(context, 1));
  return asFloat(context, elementwise(context, 'And', low, high));
}

/** `x * h` with `h = hardSigmoid(x)` of alpha 1/6 and beta 1/2. */
export const hardSwishRule: GradientRule = (node, [gradient = ''], context) => {
  const x = input(node, 0);
  const gate = context.emit('HardSigmoid', [x], context.shape(x), { alpha: { float: 1 / 6 }, beta: { float: 0.5 } });
  const slope = add(context, gate, mul(context, scale(context, x, 1 / 6), inside(gate, context)));
  return [mul(context, gradient, slope)];
};

/** Gelu (opset 20), exact and approximated by tanh (Hendrycks and Gimpel, 2016). */
export const geluRule: GradientRule = (node, [gradient = ''], context) => {
  const x = input(node, 0);
  const isExact = stringAttribute(node, 'approximate', 'none') === 'none';
  return [mul(context, gradient, isExact ? exactGeluSlope(x, context) : tanhGeluSlope(x, context))];
};

/** `cdf(x) + x * pdf(x)` of the standard normal distribution. */
function exactGeluSlope(x: string, context: GradientContext): string {
  const erf = elementwise(context, 'Erf', scale(context, x, Math.SQRT1_2));
  const cdf = add(context, scale(context, erf, 0.5), scalar(context, 0.5));
  const bell = elementwise(context, 'Exp', scale(context, mul(context, x, x), -0.5));
  return add(context, cdf, mul(context, x, scale(context, bell, 1 / Math.sqrt(2 * Math.PI))));
}

const TANH_GELU_CUBIC = 0.044715;

function tanhGeluSlope(x: string, context: GradientContext): string {
  const square = mul(context, x, x);
  const one = scalar(context, 1);
  const factor = Math.sqrt(2 / Math.PI);
  const inner = mul(context, scale(context, x, factor), add(context, one, scale(context, square, TANH_GELU_CUBIC)));
  const t = elementwise(context, 'Tanh', inner);
  const innerSlope = add(context, scalar(context, factor), scale(context, square, 3 * factor * TANH_GELU_CUBIC));
  const steep = mul(context, sub(context, one, mul(context, t, t)), mul(context, x, innerSlope));
  return scale(context, add(context, add(context, one, t), steep), 0.5);
}

/** Mish: `x * tanh(softplus(x))`. */
export const mishRule: GradientRule = (node, [gradient = ''], context) => {
  const x = input(node, 0);
  const t = elementwise(context, 'Tanh', elementwise(context, 'Softplus', x));
  const gate = mul(context, x, elementwise(context, 'Sigmoid', x));
  const slope = add(context, t, mul(context, gate, sub(context, scalar(context, 1), mul(context, t, t))));
  return [mul(context, gradient, slope)];
};
