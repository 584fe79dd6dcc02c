import { add, asFloat, div, elementwise, input, mul, output, scalar, scale, sub, sumToShape } from '../emitters';
import type { GradientContext, GradientRule } from '../types';

/** A rule of two broadcast operands: the local products are summed back to each operand's shape. */
function binary(
  left: (gradient: string, a: string, b: string, context: GradientContext, out: string) => string,
  right: (gradient: string, a: string, b: string, context: GradientContext, out: string) => string,
): GradientRule {
  return (node, [gradient = ''], context) => {
    const a = input(node, 0);
    const b = input(node, 1);
    return [left, right].map((side, i) => {
      const name = input(node, i);
      if (!context.wanted(name)) return undefined;
      return sumToShape(context, side(gradient, a, b, context, output(node)), context.shape(name));
    });
  };
}

const negated = (gradient: string, context: GradientContext): string => elementwise(context, 'Neg', gradient);

export const addRule = binary(
  (gradient) => gradient,
  (gradient) => gradient,
);

/** The sum to the smaller shape comes before the negation. */
export const subRule: GradientRule = (node, [gradient = ''], context) =>
  [0, 1].map((i) => {
    const name = input(node, i);
    if (!context.wanted(name)) return undefined;
    const sum = sumToShape(context, gradient, context.shape(name));
    return i === 0 ? sum : negated(sum, context);
  });

export const mulRule = binary(
  (gradient, _a, b, context) => mul(context, gradient, b),
  (gradient, a, _b, context) => mul(context, gradient, a),
);

export const divRule = binary(
  (gradient, _a, b, context) => div(context, gradient, b),
  (gradient, _a, b, context, out) => negated(div(context, mul(context, gradient, out), b), context),
);

/** The exponent's gradient takes the logarithm of the base, and is zero where the base is zero. */
export const powRule: GradientRule = (node, [gradient = ''], context) => {
  const [base, exponent] = [input(node, 0), input(node, 1)];
  const result: (string | undefined)[] = [undefined, undefined];
  if (context.wanted(base)) {
    result[0] = sumToShape(context, mul(context, gradient, powSlope(base, exponent, context)), context.shape(base));
  }
  if (context.wanted(exponent)) {
    const isZero = context.emit('Equal', [base, scalar(context, 0)], context.shape(base));
    const log = elementwise(context, 'Log', elementwise(context, 'Where', isZero, scalar(context, 1), base));
    const slope = mul(context, mul(context, gradient, output(node)), log);
    result[1] = sumToShape(context, slope, context.shape(exponent));
  }
  return result;
};

/** `b * a^(b - 1)`; squares and square roots, which are most of what models have, without Pow. */
function powSlope(base: string, exponent: string, context: GradientContext): string {
  const value = context.constant(exponent);
  const constant = value?.data.length === 1 ? Number(value.data[0]) : undefined;
  if (constant === 2) return scale(context, base, 2);
  if (constant !== undefined) {
    const power = elementwise(context, 'Pow', base, scalar(context, constant - 1));
    return scale(context, power, constant);
  }
  const lower = sub(context, exponent, scalar(context, 1));
  return mul(context, exponent, elementwise(context, 'Pow', base, lower));
}

/** Min, Max: the gradient goes to every operand that attains the extreme, in equal parts where several do. */
export const extremeRule: GradientRule = (node, [gradient = ''], context) => {
  if (node.input.length === 1) return [gradient];
  const attained = node.input.map((name) => asFloat(context, elementwise(context, 'Equal', name, output(node))));
  const count = attained.reduce((sum, mask) => add(context, sum, mask));
  const share = div(context, gradient, count);
  return node.input.map((name, i) =>
    context.wanted(name) ? sumToShape(context, mul(context, share, attained[i] ?? ''), context.shape(name)) : undefined,
  );
};

/** Sum, and Mean, which divides by the number of operands. */
export const sumRule: GradientRule = (node, [gradient = ''], context) => {
  const share = node.opType === 'Mean' ? scale(context, gradient, 1 / node.input.length) : gradient;
  return node.input.map((name) => (context.wanted(name) ? sumToShape(context, share, context.shape(name)) : undefined));
};

export const whereRule: GradientRule = (node, [gradient = ''], context) => {
  const condition = input(node, 0);
  const zero = scalar(context, 0);
  return [undefined, [gradient, zero], [zero, gradient]].map((branches, i) => {
    const name = input(node, i);
    if (!branches || !context.wanted(name)) return undefined;
    const chosen = context.emit('Where', [condition, ...branches], context.shape(gradient));
    return sumToShape(context, chosen, context.shape(name));
  });
};
