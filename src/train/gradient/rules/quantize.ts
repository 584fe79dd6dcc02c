import { intAttribute } from '../../../onnx/attributes';
import type { NodeProto } from '../../../onnx/onnx_pb';
import { noGradient } from '../errors';
import {
  add,
  asFloat,
  div,
  elementwise,
  input,
  mul,
  output,
  positiveAxis,
  reshape,
  scalar,
  sub,
  sumToShape,
} from '../emitters';
import type { GradientContext, GradientRule } from '../types';

/** Smallest and largest values of the types that can be trained through. */
const BOUNDS: Readonly<Record<string, readonly [number, number]>> = {
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-32768, 32767],
  uint16: [0, 65535],
};

/** Scale or zero point in a shape that broadcasts to the tensor: of one value, or of one for each index of the axis. */
function alongAxis(node: NodeProto, name: string, shape: readonly number[], context: GradientContext): string {
  const own = context.shape(name);
  if (intAttribute(node, 'block_size', 0) !== 0 || own.length > 1) throw noGradient(node, 'blocks');
  if (own.length === 0 || own[0] === 1) return name;
  const axis = positiveAxis(intAttribute(node, 'axis', 1), shape.length);
  return reshape(
    context,
    name,
    shape.map((dim, i) => (i === axis ? dim : 1)),
  );
}

/** The zero point as floats that broadcast; undefined when there is none, which means zero. */
function zeroPoint(node: NodeProto, shape: readonly number[], context: GradientContext): string | undefined {
  const name = input(node, 2);
  return name === '' ? undefined : asFloat(context, alongAxis(node, name, shape, context));
}

function perScale(gradient: string, scale: string, view: string, context: GradientContext): string {
  return reshape(context, sumToShape(context, gradient, context.shape(view)), context.shape(scale));
}

/**
 * The straight-through estimator: rounding counts as the identity, and nothing flows where the value was clipped.
 * Together with DequantizeLinear the gradient of the scale is that of Learned Step Size Quantization (Esser et al.,
 * 2020), `round(v) - v` inside and the bound outside; its factor `1 / sqrt(count * bound)` belongs to the learning rate.
 */
export const quantizeRule: GradientRule = (node, [gradient = ''], context) => {
  const [x, scale] = [input(node, 0), input(node, 1)];
  const bounds = BOUNDS[context.type(output(node))];
  if (!bounds) throw noGradient(node, `the type ${context.type(output(node))}`);
  const shape = context.shape(x);
  const step = alongAxis(node, scale, shape, context);
  const zero = zeroPoint(node, shape, context);
  const steps = div(context, x, step);
  const level = zero === undefined ? steps : add(context, steps, zero);
  const isAbove = elementwise(context, 'GreaterOrEqual', level, scalar(context, bounds[0]));
  const isBelow = elementwise(context, 'LessOrEqual', level, scalar(context, bounds[1]));
  const passes = asFloat(context, elementwise(context, 'And', isAbove, isBelow));
  const passed = div(context, mul(context, gradient, passes), step);
  return [
    context.wanted(x) ? passed : undefined,
    context.wanted(scale)
      ? perScale(elementwise(context, 'Neg', mul(context, passed, steps)), scale, step, context)
      : undefined,
  ];
};

/** `(q - zero point) * scale`; the gradient of the integers is in units of one step. */
export const dequantizeRule: GradientRule = (node, [gradient = ''], context) => {
  const [q, scale] = [input(node, 0), input(node, 1)];
  const shape = context.shape(q);
  const step = alongAxis(node, scale, shape, context);
  const result: (string | undefined)[] = [undefined, undefined];
  if (context.wanted(q)) result[0] = mul(context, gradient, step);
  if (context.wanted(scale)) {
    const zero = zeroPoint(node, shape, context);
    const levels = asFloat(context, q);
    const steps = zero === undefined ? levels : sub(context, levels, zero);
    result[1] = perScale(mul(context, gradient, steps), scale, step, context);
  }
  return result;
};
