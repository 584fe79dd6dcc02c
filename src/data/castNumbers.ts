import type { TensorData, TensorElementType } from '../onnx/tensorValue';
import { toFloat16 } from '../util/float16';

type NumericType = Exclude<TensorElementType, 'string'>;
type NumericData = Exclude<TensorData, readonly string[]>;

const RANGES: Readonly<Partial<Record<TensorElementType, readonly [number, number]>>> = {
  bool: [0, 1],
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-32768, 32767],
  uint16: [0, 65535],
  int32: [-2147483648, 2147483647],
  uint32: [0, 4294967295],
  int64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  uint64: [0, Number.MAX_SAFE_INTEGER],
};

/** The inclusive range of an integer or bool type (64-bit: what a double holds exactly); undefined for floats. */
export function integerRange(type: TensorElementType): readonly [number, number] | undefined {
  return RANGES[type];
}

/** Allocates zeroed data of a numeric element type. */
export function allocateData(type: NumericType, length: number): NumericData {
  switch (type) {
    case 'float32':
      return new Float32Array(length);
    case 'float64':
      return new Float64Array(length);
    case 'float16':
    case 'uint16':
      return new Uint16Array(length);
    case 'int8':
      return new Int8Array(length);
    case 'uint8':
    case 'bool':
      return new Uint8Array(length);
    case 'int16':
      return new Int16Array(length);
    case 'int32':
      return new Int32Array(length);
    case 'uint32':
      return new Uint32Array(length);
    case 'int64':
      return new BigInt64Array(length);
    case 'uint64':
      return new BigUint64Array(length);
  }
}

/**
 * Converts numbers to an element type; floats take the nearest value. Returns the first that an integer type cannot hold
 * (a fraction, or out of range) instead of rounding it silently.
 */
export function castExactly(
  values: ArrayLike<number | bigint>,
  type: NumericType,
): { data: NumericData } | { refused: number | bigint } {
  const data = allocateData(type, values.length);
  const range = integerRange(type);
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
      if (typeof value === 'number' && !Number.isSafeInteger(value)) return { refused: value };
      const wide = BigInt(value);
      data[i] = wide;
      if (data[i] !== wide) return { refused: value };
      continue;
    }
    const number = Number(value);
    if (range && !(Number.isInteger(number) && number >= range[0] && number <= range[1])) return { refused: value };
    data[i] = type === 'float16' ? toFloat16(number) : number;
  }
  return { data };
}

/** Rounds and clamps `value` to what an integer type holds; floats pass. */
export function saturate(value: number, type: NumericType): number {
  const range = integerRange(type);
  return range ? Math.min(range[1], Math.max(range[0], Math.round(value))) : value;
}
