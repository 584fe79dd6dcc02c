import { add, div, elementwise, input, mul, output, scalar, scale, sub } from '../emitters';
import type { GradientContext, GradientRule } from '../types';

/** The gradient of an elementwise function of one tensor, from its input `x` and its output `y`. */
function unary(slope: (gradient: string, x: string, y: string, context: GradientContext) => string): GradientRule {
  return (node, [gradient = ''], context) => [slope(gradient, input(node, 0), output(node), context)];
}

const apply = (context: GradientContext, op: string, x: string): string => elementwise(context, op, x);

/** 2 / sqrt(pi), the slope of erf at zero. */
const ERF_SLOPE = 2 / Math.sqrt(Math.PI);

/** Elementwise functions without attributes, by operator. */
export const UNARY_RULES: Readonly<Record<string, GradientRule>> = {
  Neg: unary((gradient, _x, _y, context) => apply(context, 'Neg', gradient)),
  Sqrt: unary((gradient, _x, y, context) => div(context, scale(context, gradient, 0.5), y)),
  Exp: unary((gradient, _x, y, context) => mul(context, gradient, y)),
  Log: unary((gradient, x, _y, context) => div(context, gradient, x)),
  Abs: unary((gradient, x, _y, context) => mul(context, gradient, apply(context, 'Sign', x))),
  Reciprocal: unary((gradient, _x, y, context) => apply(context, 'Neg', mul(context, gradient, mul(context, y, y)))),
  Erf: unary((gradient, x, _y, context) => {
    const exponent = apply(context, 'Neg', mul(context, x, x));
    return mul(context, gradient, scale(context, apply(context, 'Exp', exponent), ERF_SLOPE));
  }),
  Sin: unary((gradient, x, _y, context) => mul(context, gradient, apply(context, 'Cos', x))),
  Cos: unary((gradient, x, _y, context) => apply(context, 'Neg', mul(context, gradient, apply(context, 'Sin', x)))),
  Tan: unary((gradient, _x, y, context) =>
    mul(context, gradient, add(context, scalar(context, 1), mul(context, y, y))),
  ),
  Atan: unary((gradient, x, _y, context) =>
    div(context, gradient, add(context, scalar(context, 1), mul(context, x, x))),
  ),
  Sinh: unary((gradient, x, _y, context) => mul(context, gradient, apply(context, 'Cosh', x))),
  Cosh: unary((gradient, x, _y, context) => mul(context, gradient, apply(context, 'Sinh', x))),
  Sigmoid: unary((gradient, _x, y, context) => {
    const slope = mul(context, y, sub(context, scalar(context, 1), y));
    return mul(context, gradient, slope);
  }),
  Tanh: unary((gradient, _x, y, context) =>
    mul(context, gradient, sub(context, scalar(context, 1), mul(context, y, y))),
  ),
  Softplus: unary((gradient, x, _y, context) => mul(context, gradient, apply(context, 'Sigmoid', x))),
  Softsign: unary((gradient, x, _y, context) => {
    const base = add(context, scalar(context, 1), apply(context, 'Abs', x));
    return div(context, gradient, mul(context, base, base));
  }),
  // Rounding is a staircase; fake quantization written with it is trained with the straight-through estimator.
  Round: unary((gradient) => gradient),
};

/** Staircases: nothing flows back. */
export const zeroRule: GradientRule = (node) => node.input.map(() => undefined);
