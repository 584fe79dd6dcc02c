import { mainGraph, type Model } from '../../onnx/model';
import { readFloats } from '../../onnx/tensor';
import type { WeightPart } from '../../train/step/stepGraph';

/**
 * Masks that hold the zeros of weights at zero: for each part that `isMasked` and that has zeros, 0 where the model has
 * a zero and 1 elsewhere, by name.
 */
export function zeroMasks(
  model: Model,
  weights: readonly WeightPart[],
  isMasked: (part: WeightPart) => boolean,
): ReadonlyMap<string, Float32Array> {
  const tensors = new Map(mainGraph(model).initializer.map((tensor) => [tensor.name, tensor]));
  const masks = new Map<string, Float32Array>();
  for (const part of weights.filter(isMasked)) {
    const tensor = tensors.get(part.name);
    const values = tensor && readFloats(model, tensor);
    if (values?.includes(0))
      masks.set(
        part.name,
        values.map((value) => (value === 0 ? 0 : 1)),
      );
  }
  return masks;
}
