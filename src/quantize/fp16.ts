import type { Model } from '../onnx/model';
import type { TensorInfo } from '../onnx/tensorValue';
import type { QuantizeSettings } from '../protocol';
import { convertToHalf } from './fp16Compute';
import { storeHalfWeights } from './fp16Storage';
import type { QuantizeOutcome } from './outcome';
import type { QuantizeContext } from './quantizeContext';

/**
 * Halves a model with float16: by default its weights in the file alone, which costs no speed anywhere; with
 * `fp16Compute` the arithmetic too, for processors that have it (x86 has not: ONNX Runtime computes in float32 there,
 * and its CPU optimisations beyond `extended` can crash on such graphs, so check them at `extended`). Weights of
 * what stays float32 are then stored as float16. Needs no data. The model is changed in place; it must be normalised.
 */
export function quantizeFp16(
  model: Model,
  types: ReadonlyMap<string, TensorInfo>,
  settings: QuantizeSettings,
  context: QuantizeContext = {},
): QuantizeOutcome {
  if (!settings.fp16Compute) return storeHalfWeights(model, settings, context);
  const computed = convertToHalf(model, types, settings, context);
  const stored = storeHalfWeights(model, settings, context);
  const reached = new Set(stored.quantized.map((layer) => layer.node));
  return {
    quantized: [...computed.quantized, ...stored.quantized],
    kept: computed.kept.filter((layer) => !reached.has(layer.node)),
    ranges: [],
    mapping: [...computed.mapping, ...stored.mapping],
  };
}
