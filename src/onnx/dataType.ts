import { TensorProto_DataType as Type } from './onnx_pb';
import type { TensorElementType } from './tensorValue';

const BITS: Readonly<Record<number, number>> = {
  [Type.FLOAT]: 32,
  [Type.UINT8]: 8,
  [Type.INT8]: 8,
  [Type.UINT16]: 16,
  [Type.INT16]: 16,
  [Type.INT32]: 32,
  [Type.INT64]: 64,
  [Type.BOOL]: 8,
  [Type.FLOAT16]: 16,
  [Type.DOUBLE]: 64,
  [Type.UINT32]: 32,
  [Type.UINT64]: 64,
  [Type.COMPLEX64]: 64,
  [Type.COMPLEX128]: 128,
  [Type.BFLOAT16]: 16,
  [Type.FLOAT8E4M3FN]: 8,
  [Type.FLOAT8E4M3FNUZ]: 8,
  [Type.FLOAT8E5M2]: 8,
  [Type.FLOAT8E5M2FNUZ]: 8,
  [Type.UINT4]: 4,
  [Type.INT4]: 4,
  [Type.FLOAT4E2M1]: 4,
  [Type.FLOAT8E8M0]: 8,
  [Type.UINT2]: 2,
  [Type.INT2]: 2,
  [Type.FLOAT6E2M3]: 6,
  [Type.FLOAT6E3M2]: 6,
};

const ELEMENT_TYPES: Readonly<Record<number, TensorElementType>> = {
  [Type.FLOAT]: 'float32',
  [Type.DOUBLE]: 'float64',
  [Type.FLOAT16]: 'float16',
  [Type.INT8]: 'int8',
  [Type.UINT8]: 'uint8',
  [Type.INT16]: 'int16',
  [Type.UINT16]: 'uint16',
  [Type.INT32]: 'int32',
  [Type.UINT32]: 'uint32',
  [Type.INT64]: 'int64',
  [Type.UINT64]: 'uint64',
  [Type.BOOL]: 'bool',
  [Type.STRING]: 'string',
};

/** Bits of one element; undefined for strings and for types this version does not know. */
export function dataTypeBits(type: number): number | undefined {
  return BITS[type];
}

/** Bytes of `count` packed elements; 0 for strings and unknown types. */
export function dataTypeBytes(type: number, count: number): number {
  return Math.ceil((count * (BITS[type] ?? 0)) / 8);
}

/** The specification's name of a type in lower case (`float`, `int4`, `float8e4m3fn`), or `type 99`. */
export function dataTypeName(type: number): string {
  return Type[type]?.toLowerCase() ?? `type ${type}`;
}

/** The run-time element type, or undefined where the JavaScript API has none. */
export function elementTypeOf(type: number): TensorElementType | undefined {
  return ELEMENT_TYPES[type];
}

/** The ONNX data type of a run-time element type. */
export function dataTypeOf(type: TensorElementType): Type {
  const found = Object.entries(ELEMENT_TYPES).find(([, name]) => name === type);
  return Number(found?.[0]) as Type; // every TensorElementType is in the table
}
