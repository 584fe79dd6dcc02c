import { TensorProto_DataType as Type } from '../onnx/onnx_pb';
import type { Range } from './ranges';

/** The types that activations can have. */
export type ActivationType = 'uint8' | 'int8' | 'uint16' | 'int16';

/** Scale and zero point of an activation tensor: real = scale * (quantized - zeroPoint). */
export interface ActivationParameters {
  readonly scale: number;
  readonly zeroPoint: number;
  readonly type: ActivationType;
}

/** Least and greatest quantized value, and the ONNX type. */
export const ACTIVATION_TYPES: Readonly<
  Record<ActivationType, { readonly min: number; readonly max: number; readonly onnx: Type }>
> = {
  uint8: { min: 0, max: 255, onnx: Type.UINT8 },
  int8: { min: -128, max: 127, onnx: Type.INT8 },
  uint16: { min: 0, max: 65535, onnx: Type.UINT16 },
  int16: { min: -32768, max: 32767, onnx: Type.INT16 },
};

/** Scales below this would make divisions overflow; a tensor that small is constant. */
const SMALLEST_SCALE = 1e-30;

/** Asymmetric parameters that cover `range`, in which zero is represented exactly (Jacob et al., 2018). */
export function activationParameters(range: Range, type: ActivationType): ActivationParameters {
  const { min, max } = ACTIVATION_TYPES[type];
  const scale = Math.fround((range.high - range.low) / (max - min));
  if (!(scale > SMALLEST_SCALE)) return { scale: 1, zeroPoint: range.low < 0 ? max : min, type };
  const zeroPoint = Math.min(max, Math.max(min, Math.round(min - range.low / scale)));
  return { scale, zeroPoint, type };
}

/** Quantizes constant values as ONNX's QuantizeLinear does: float32 division, rounding half to even, saturating. */
export function quantizeValues(values: Float32Array, parameters: ActivationParameters): Int32Array {
  const { min, max } = ACTIVATION_TYPES[parameters.type];
  return Int32Array.from(values, (value) =>
    Math.min(max, Math.max(min, roundHalfToEven(Math.fround(value / parameters.scale)) + parameters.zeroPoint)),
  );
}

/** Rounds to the nearest integer, ties to the even one. */
export function roundHalfToEven(value: number): number {
  const rounded = Math.round(value);
  return Math.abs(value % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
