import { intAttribute, intsAttribute } from '../../../onnx/attributes';
import type { NodeProto } from '../../../onnx/onnx_pb';
import {
  asFloat,
  constantInts,
  div,
  elementwise,
  expand,
  input,
  mul,
  output,
  positiveAxis,
  range,
  reshape,
  scale,
  sub,
  sumAxes,
} from '../emitters';
import type { GradientContext, GradientRule } from '../types';

/** A reduction seen by its rule: gradient and result with the reduced axes kept as ones. */
interface Reduction {
  readonly gradient: string;
  readonly x: string;
  readonly y: string;
  readonly axes: readonly number[];
  readonly context: GradientContext;
}

function reduction(rule: (parts: Reduction) => string): GradientRule {
  return (node, [gradient = ''], context) => {
    const x = input(node, 0);
    const shape = context.shape(x);
    const axes = reducedAxes(node, context, shape.length);
    const kept = shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
    const view = (name: string): string => reshape(context, name, kept);
    // The result is viewed only by rules that use it.
    return [
      rule({
        gradient: view(gradient),
        x,
        axes,
        context,
        get y() {
          return view(output(node));
        },
      }),
    ];
  };
}

function reducedAxes(node: NodeProto, context: GradientContext, rank: number): number[] {
  const given = intsAttribute(node, 'axes') ?? constantInts(context, node, 1, 'axes') ?? [];
  if (given.length > 0) return given.map((axis) => positiveAxis(axis, rank));
  return intAttribute(node, 'noop_with_empty_axes', 0) === 1 ? [] : range(0, rank);
}

/** Reductions by operator. The extremes share the gradient between equal elements. */
export const REDUCE_RULES: Readonly<Record<string, GradientRule>> = {
  ReduceSum: reduction(({ gradient, x, context }) => expand(context, gradient, context.shape(x))),
  ReduceMean: reduction(({ gradient, x, axes, context }) => {
    const shape = context.shape(x);
    const count = axes.reduce((product, axis) => product * (shape[axis] ?? 1), 1);
    return expand(context, scale(context, gradient, 1 / count), shape);
  }),
  ReduceMax: reduction(extreme),
  ReduceMin: reduction(extreme),
  ReduceL1: reduction(({ gradient, x, context }) => mul(context, gradient, elementwise(context, 'Sign', x))),
  ReduceL2: reduction(({ gradient, x, y, context }) => mul(context, div(context, gradient, y), x)),
  ReduceSumSquare: reduction(({ gradient, x, context }) => mul(context, scale(context, gradient, 2), x)),
  ReduceLogSum: reduction(({ gradient, x, y, context }) =>
    expand(context, div(context, gradient, elementwise(context, 'Exp', y)), context.shape(x)),
  ),
  ReduceLogSumExp: reduction(({ gradient, x, y, context }) =>
    mul(context, gradient, elementwise(context, 'Exp', sub(context, x, y))),
  ),
};

function extreme({ gradient, x, y, axes, context }: Reduction): string {
  const attained = asFloat(context, elementwise(context, 'Equal', x, y));
  return mul(context, attained, div(context, gradient, sumAxes(context, attained, axes)));
}
