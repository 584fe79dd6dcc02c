import { meanShift, type MeanShiftInput } from '../onnx/meanShift';
import type { WeightInt8 } from './weightQuantization';

/** What the correction of one layer needs. */
export interface BiasCorrectionInput extends Omit<MeanShiftInput, 'error'> {
  readonly weights: Float32Array;
  readonly quantized: WeightInt8;
}

/** What to add to a layer's bias so that rounding its weights does not shift the mean of its outputs. */
export function biasCorrection({ weights, quantized, ...layer }: BiasCorrectionInput): Float64Array {
  const { data, scales } = quantized;
  return meanShift({
    ...layer,
    error: (index, channel) =>
      (weights[index] as number) - (data[index] as number) * (scales[scales.length === 1 ? 0 : channel] as number),
  });
}
