import { create } from '@bufbuild/protobuf';
import type { Model, Weight } from '../onnx/model';
import { TensorProto_DataType as Type, TensorProtoSchema, type TensorProto } from '../onnx/onnx_pb';
import { addLazyTensor, bytesOf, elementCount, setTensorBytes, tensorBytes } from '../onnx/tensor';
import { toFloat16 } from '../util/float16';

/** The largest finite half. */
export const LARGEST_HALF = 65504;
/** The smallest positive half. */
const SMALLEST_HALF = 2 ** -24;
/** Values from here on round to infinity. */
const OVERFLOW = 65520;
/** Relative squared error of rounding to halves that is still harmless (60 dB); well-scaled weights have about 73 dB. */
const HARMLESS_ERROR = 1e-6;
/** Elements that are converted at a time. */
const CHUNK = 1 << 18;

/** Why a float32 tensor does not survive as float16, as one sentence; undefined when it does. */
export function whyNotHalf(model: Model, tensor: TensorProto): string | undefined {
  let signal = 0;
  let error = 0;
  for (const values of floatChunks(model, tensor)) {
    for (const value of values) {
      const magnitude = Math.abs(value);
      if (magnitude >= OVERFLOW && magnitude !== Infinity) {
        return `Its weight holds ${value.toPrecision(3)}, beyond the ${LARGEST_HALF} of float16.`;
      }
      if (!(magnitude < OVERFLOW)) continue; // infinity and NaN are halves too
      // A half has 11 significant bits, and below 2^-14 a fixed step of 2^-24.
      const step = magnitude < 2 ** -14 ? SMALLEST_HALF : 2 ** (Math.floor(Math.log2(magnitude)) - 10);
      const difference = value - Math.round(value / step) * step;
      signal += value * value;
      error += difference * difference;
    }
  }
  return error > signal * HARMLESS_ERROR ? 'Its weight is so small that float16 would lose its precision.' : undefined;
}

/**
 * Creates a float16 copy of a float32 tensor, converted as it is read. With `clamp`, what float16 cannot hold becomes
 * the nearest value that it can: infinite and huge values (masks) +-65504, and a tiny lone constant (an epsilon) not 0.
 */
export function addHalfTensor(model: Model, source: TensorProto, name: string, clamp = false): TensorProto {
  const dims = source.dims.map(Number);
  const weight = model.weights.get(source);
  const lone = clamp && elementCount(source) === 1;
  const convert = (bytes: Uint8Array): Uint8Array => bytesOf(toHalves(asFloats(bytes), clamp, lone));
  if (weight) return addLazyTensor(model, name, Type.FLOAT16, dims, halfWeight(weight, convert));
  const tensor = create(TensorProtoSchema, { name, dataType: Type.FLOAT16, dims: source.dims });
  setTensorBytes(model, tensor, convert(tensorBytes(model, source)));
  return tensor;
}

function halfWeight(source: Weight, convert: (bytes: Uint8Array) => Uint8Array): Weight {
  return {
    byteLength: source.byteLength / 2,
    read(offset, length) {
      const first = offset - (offset % 2);
      const last = offset + length + ((offset + length) % 2);
      const halves = convert(source.read(first * 2, (last - first) * 2));
      return halves.subarray(offset - first, offset - first + length);
    },
  };
}

function toHalves(values: Float32Array, clamp: boolean, lone: boolean): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const word = bits[i] as number; // i stays below the length
    const exponent = ((word >>> 23) & 0xff) - 112;
    if (exponent > 0 && exponent < 30) {
      const mantissa = word & 0x7fffff;
      const rounded = (mantissa + 0xfff + ((mantissa >>> 13) & 1)) >>> 13; // nearest, ties to even; may carry
      halves[i] = ((word >>> 16) & 0x8000) | ((exponent << 10) + rounded);
    } else halves[i] = toFloat16(clamp ? clampToHalf(values[i] as number, lone) : (values[i] as number));
  }
  return halves;
}

function clampToHalf(value: number, lone: boolean): number {
  if (value > LARGEST_HALF) return LARGEST_HALF;
  if (value < -LARGEST_HALF) return -LARGEST_HALF;
  if (lone && value !== 0 && Math.abs(value) < SMALLEST_HALF) return Math.sign(value) * SMALLEST_HALF;
  return value;
}

function* floatChunks(model: Model, tensor: TensorProto): Generator<Float32Array> {
  const weight = model.weights.get(tensor);
  if (!weight) return yield asFloats(tensorBytes(model, tensor));
  for (let offset = 0; offset < weight.byteLength; offset += CHUNK * 4) {
    yield asFloats(weight.read(offset, Math.min(CHUNK * 4, weight.byteLength - offset)));
  }
}

function asFloats(bytes: Uint8Array): Float32Array {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  return new Float32Array(aligned.buffer as ArrayBuffer, aligned.byteOffset, aligned.length >> 2);
}
