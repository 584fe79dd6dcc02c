import { intAttribute } from '../../../onnx/attributes';
import { elementwise, input, mul, output, positiveAxis, sub, sumAxes } from '../emitters';
import type { GradientRule } from '../types';

/** `y * (g - sum(g * y))` along the axis. */
export const softmaxRule: GradientRule = (node, [gradient = ''], context) => {
  const y = output(node);
  const axis = positiveAxis(intAttribute(node, 'axis', -1), context.shape(input(node, 0)).length);
  const total = sumAxes(context, mul(context, gradient, y), [axis]);
  return [mul(context, y, sub(context, gradient, total))];
};

/** `g - softmax * sum(g)` along the axis. */
export const logSoftmaxRule: GradientRule = (node, [gradient = ''], context) => {
  const axis = positiveAxis(intAttribute(node, 'axis', -1), context.shape(input(node, 0)).length);
  const softmax = elementwise(context, 'Exp', output(node));
  return [sub(context, gradient, mul(context, softmax, sumAxes(context, gradient, [axis])))];
};
