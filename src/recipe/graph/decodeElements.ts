import { TensorProto_DataType as Type } from '../../onnx/onnx_pb';
import { fromFloat16 } from '../../util/float16';

/** Turns packed little-endian elements, from element `from` of `bytes` on, into numbers. */
export type Decoder = (bytes: Uint8Array, out: Float64Array, from: number) => void;

/** Built when the first half-precision weight is looked at: all 65,536 values, since decoding each is slow. */
let halfValues: Float32Array | undefined;

/**
 * How elements of a data type become numbers; undefined for strings, complex numbers and unknown types. 64-bit integers
 * beyond 2^53 are rounded. Formats of 8 bits and fewer as in the ONNX specification of tensor types (2024).
 */
export function decoderOf(type: number): Decoder | undefined {
  switch (type) {
    case Type.FLOAT:
      return (bytes, out, from) => out.set(new Float32Array(aligned(bytes)).subarray(from, from + out.length));
    case Type.DOUBLE:
      return (bytes, out, from) => out.set(new Float64Array(aligned(bytes)).subarray(from, from + out.length));
    case Type.FLOAT16:
      return lookUp(() => (halfValues ??= Float32Array.from({ length: 65536 }, (_, bits) => fromFloat16(bits))));
    case Type.BFLOAT16:
      return (bytes, out, from) => {
        const bits = new Uint16Array(aligned(bytes));
        const wide = Uint32Array.from({ length: out.length }, (_, i) => (bits[from + i] ?? 0) << 16);
        out.set(new Float32Array(wide.buffer));
      };
    case Type.INT64:
      return wide((buffer) => new BigInt64Array(buffer));
    case Type.UINT64:
      return wide((buffer) => new BigUint64Array(buffer));
    case Type.INT32:
      return (bytes, out, from) => out.set(new Int32Array(aligned(bytes)).subarray(from, from + out.length));
    case Type.UINT32:
      return (bytes, out, from) => out.set(new Uint32Array(aligned(bytes)).subarray(from, from + out.length));
    case Type.INT16:
      return (bytes, out, from) => out.set(new Int16Array(aligned(bytes)).subarray(from, from + out.length));
    case Type.UINT16:
      return (bytes, out, from) => out.set(new Uint16Array(aligned(bytes)).subarray(from, from + out.length));
    case Type.INT8:
      return (bytes, out, from) => out.set(new Int8Array(aligned(bytes)).subarray(from, from + out.length));
    case Type.UINT8:
    case Type.BOOL:
      return (bytes, out, from) => out.set(bytes.subarray(from, from + out.length));
    default: {
      const small = SMALL_TYPES[type];
      return small && packed(small.bits, tableOf(small));
    }
  }
}

/** A type of at most 8 bits, by what one bit pattern means. */
interface SmallType {
  readonly bits: number;
  readonly value: (pattern: number) => number;
}

const SMALL_TYPES: Readonly<Record<number, SmallType>> = {
  [Type.FLOAT8E4M3FN]: { bits: 8, value: (p) => ((p & 0x7f) === 0x7f ? NaN : smallFloat(p, 4, 3, 7)) },
  [Type.FLOAT8E4M3FNUZ]: { bits: 8, value: (p) => (p === 0x80 ? NaN : smallFloat(p, 4, 3, 8)) },
  [Type.FLOAT8E5M2]: {
    bits: 8,
    value: (p) =>
      (p & 0x7c) === 0x7c ? ((p & 3) === 0 ? (p & 0x80 ? -Infinity : Infinity) : NaN) : smallFloat(p, 5, 2, 15),
  },
  [Type.FLOAT8E5M2FNUZ]: { bits: 8, value: (p) => (p === 0x80 ? NaN : smallFloat(p, 5, 2, 16)) },
  [Type.FLOAT8E8M0]: { bits: 8, value: (p) => (p === 0xff ? NaN : 2 ** (p - 127)) },
  [Type.FLOAT4E2M1]: { bits: 4, value: (p) => smallFloat(p, 2, 1, 1) },
  [Type.UINT4]: { bits: 4, value: (p) => p },
  [Type.INT4]: { bits: 4, value: (p) => (p ^ 8) - 8 },
  [Type.UINT2]: { bits: 2, value: (p) => p },
  [Type.INT2]: { bits: 2, value: (p) => (p ^ 2) - 2 },
};

/** Sign, exponent and mantissa without special values; exponent 0 is subnormal. */
function smallFloat(pattern: number, exponentBits: number, mantissaBits: number, bias: number): number {
  const sign = (pattern >> (exponentBits + mantissaBits)) & 1 ? -1 : 1;
  const exponent = (pattern >> mantissaBits) & (2 ** exponentBits - 1);
  const mantissa = (pattern & (2 ** mantissaBits - 1)) / 2 ** mantissaBits;
  return sign * (exponent === 0 ? mantissa * 2 ** (1 - bias) : (1 + mantissa) * 2 ** (exponent - bias));
}

function tableOf({ bits, value }: SmallType): Float64Array {
  return Float64Array.from({ length: 2 ** bits }, (_, pattern) => value(pattern));
}

/** Elements of 8 bits and fewer; several in a byte start at its low bits. */
function packed(bits: number, table: Float64Array): Decoder {
  const perByte = 8 / bits;
  const mask = 2 ** bits - 1;
  return (bytes, out, from) => {
    for (let i = 0; i < out.length; i++) {
      const at = from + i;
      const pattern = ((bytes[Math.floor(at / perByte)] ?? 0) >> ((at % perByte) * bits)) & mask;
      out[i] = table[pattern] ?? NaN;
    }
  };
}

function lookUp(table: () => Float32Array): Decoder {
  return (bytes, out, from) => {
    const values = table();
    const bits = new Uint16Array(aligned(bytes));
    for (let i = 0; i < out.length; i++) out[i] = values[bits[from + i] ?? 0] ?? NaN;
  };
}

function wide(view: (buffer: ArrayBuffer) => BigInt64Array | BigUint64Array): Decoder {
  return (bytes, out, from) => {
    const integers = view(aligned(bytes));
    for (let i = 0; i < out.length; i++) out[i] = Number(integers[from + i] ?? 0n);
  };
}

/** The bytes as a buffer of their own, so that wider elements can be seen in it. */
function aligned(bytes: Uint8Array): ArrayBuffer {
  const isWhole = bytes.byteOffset === 0 && bytes.byteLength === bytes.buffer.byteLength;
  return (isWhole ? bytes.buffer : bytes.slice().buffer) as ArrayBuffer; // never over shared memory
}
