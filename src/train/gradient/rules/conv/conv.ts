import { input, range, reshape, sumAxes } from '../../emitters';
import type { GradientContext, GradientRule } from '../../types';
import { convAttributes, transposedGeometry, windowGeometry } from '../../../../onnx/windowGeometry';
import { inputGradient } from './inputGradient';
import { weightGradient } from './weightGradient';

/** Any number of spatial axes, grouped, strided, dilated, with pads of all kinds. */
export const convRule: GradientRule = (node, [gradient = ''], context) => {
  const [x, weight, bias] = [input(node, 0), input(node, 1), input(node, 2)];
  const shape = context.shape(x);
  const geometry = windowGeometry(node, shape.slice(2), context.shape(weight).slice(2));
  return [
    context.wanted(x) ? inputGradient(context, gradient, weight, geometry, shape) : undefined,
    context.wanted(weight) ? weightGradient(context, x, gradient, geometry) : undefined,
    context.wanted(bias) ? biasGradient(context, gradient) : undefined,
  ];
};

/** The gradient of a convolution's input run forwards: its own gradients are a convolution and its weight gradient. */
export const convTransposeRule: GradientRule = (node, [gradient = ''], context) => {
  const [x, weight, bias] = [input(node, 0), input(node, 1), input(node, 2)];
  const shape = context.shape(x);
  const outputs = context.shape(gradient).slice(2);
  const geometry = transposedGeometry(node, shape.slice(2), outputs, context.shape(weight).slice(2));
  return [
    context.wanted(x) ? context.emit('Conv', [gradient, weight], shape, convAttributes(geometry)) : undefined,
    context.wanted(weight) ? weightGradient(context, gradient, x, geometry) : undefined,
    context.wanted(bias) ? biasGradient(context, gradient) : undefined,
  ];
};

/** Sums over the spatial axes first, which lie together in memory. */
function biasGradient(context: GradientContext, gradient: string): string {
  const shape = context.shape(gradient);
  const perSample = sumAxes(context, gradient, range(2, shape.length));
  return reshape(context, sumAxes(context, perSample, [0]), [shape[1] ?? 1]);
}
