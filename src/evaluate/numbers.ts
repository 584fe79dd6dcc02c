import type { TensorValue } from '../onnx/tensorValue';
import { fromFloat16 } from '../util/float16';

/** Numbers that arithmetic works on as they are. */
export type PlainNumbers =
  Float32Array | Float64Array | Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array;

const FLOAT_TYPES: readonly string[] = ['float32', 'float64', 'float16'];

/** True for element types that hold fractions. */
export function isFloatType(type: string): boolean {
  return FLOAT_TYPES.includes(type);
}

/**
 * The elements of a tensor as plain numbers: half floats are widened, 64-bit integers rounded to the nearest double.
 * Not a copy where none is needed. Undefined for strings.
 */
export function plainNumbers(value: TensorValue): PlainNumbers | undefined {
  const { data } = value;
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) return Float64Array.from(data, Number);
  if (value.type === 'float16') {
    // Runtimes that have Float16Array may return one; its elements are numbers already.
    const isBits = data instanceof Uint16Array;
    return Float32Array.from(data as ArrayLike<number>, (element) => (isBits ? fromFloat16(element) : element));
  }
  return ArrayBuffer.isView(data) ? data : undefined;
}
