import type { Model } from '../onnx/model';
import type { TensorInfo } from '../onnx/tensorValue';
import type { QuantizeSettings } from '../protocol';
import { convertToHalf } from './fp16Compute';
import { storeHalfWeights } from './fp16Storage';
import type { QuantizeOutcome } from './outcome';
import type { QuantizeContext } from './quantizeContext';

/**
 * Halves a model with float16: by default its weights in the file alone, which costs no speed anywhere; with
 * `fp16Compute` the arithmetic too, for processors that have it (x86 has not: ONNX Runtime computes in float32 there).
 * Needs no data. The model is changed in place; it must be normalised.
 */
export function quantizeFp16(
  model: Model,
  types: ReadonlyMap<string, TensorInfo>,
  settings: QuantizeSettings,
  context: QuantizeContext = {},
): QuantizeOutcome {
  return settings.fp16Compute
    ? convertToHalf(model, types, settings, context)
    : storeHalfWeights(model, settings, context);
}
