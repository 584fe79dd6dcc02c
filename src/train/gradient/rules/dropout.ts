import { noGradient } from '../errors';
import { asFloat, input, mul, scale } from '../emitters';
import type { GradientRule } from '../types';

/** While training the gradient passes where the mask let the value pass, scaled like it; otherwise it just passes. */
export const dropoutRule: GradientRule = (node, [gradient = ''], context) => {
  const mode = input(node, 2);
  const isTraining = mode === '' ? 0 : context.constant(mode)?.data[0];
  if (isTraining === undefined) throw noGradient(node, 'a training mode that is computed');
  const ratio = input(node, 1) === '' ? 0.5 : context.constant(input(node, 1))?.data[0];
  if (Number(isTraining) === 0 || ratio === 0) return [gradient];
  if (ratio === undefined) throw noGradient(node, 'a ratio that is computed');
  const mask = context.output(node, 1, context.shape(gradient));
  return [scale(context, mul(context, gradient, asFloat(context, mask)), 1 / (1 - Number(ratio)))];
};
