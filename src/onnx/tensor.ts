import { create } from '@bufbuild/protobuf';
import { fromBfloat16, fromFloat16 } from '../util/float16';
import { dataTypeBytes, dataTypeName } from './dataType';
import { malformedModel, unsupportedModel } from './errors';
import type { Model, Weight } from './model';
import { TensorProto_DataType as Type, TensorProtoSchema, type TensorProto } from './onnx_pb';

/** The dimensions of a tensor as numbers. */
export function dimsOf(tensor: TensorProto): number[] {
  return tensor.dims.map(Number);
}

/** How many elements a tensor has; 1 for a scalar. Throws `malformed-model` for absurd dimensions. */
export function elementCount(tensor: TensorProto): number {
  const count = tensor.dims.reduce((product, dim) => product * Number(dim), 1);
  if (!Number.isSafeInteger(count) || tensor.dims.some((dim) => dim < 0n)) {
    throw malformedModel(`tensor "${tensor.name}" has the dimensions [${tensor.dims.join(', ')}]`);
  }
  return count;
}

/**
 * The payload of a tensor as little-endian bytes, wherever it is kept: raw_data, typed fields, lazily or externally.
 * Throws `malformed-model` when it has not the length that its dimensions need.
 */
export function tensorBytes(model: Model, tensor: TensorProto): Uint8Array {
  const weight = model.weights.get(tensor);
  const bytes = weight ? weight.read(0, weight.byteLength) : inlineBytes(tensor);
  const expected = dataTypeBytes(tensor.dataType, elementCount(tensor));
  if (bytes.length !== expected) {
    throw malformedModel(
      `tensor "${tensor.name}" has ${bytes.length} bytes of data where its dimensions need ${expected}`,
    );
  }
  return bytes;
}

/** The elements of a float, double, float16 or bfloat16 tensor as float32; may be a view of the tensor: read only. */
export function readFloats(model: Model, tensor: TensorProto): Float32Array {
  const bytes = tensorBytes(model, tensor);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  switch (tensor.dataType) {
    case Type.FLOAT: {
      const { buffer, byteOffset } = aligned(bytes, 4);
      return new Float32Array(buffer as ArrayBuffer, byteOffset, bytes.length / 4); // never over shared memory
    }
    case Type.DOUBLE:
      return Float32Array.from({ length: bytes.length / 8 }, (_, i) => view.getFloat64(i * 8, true));
    case Type.FLOAT16:
      return Float32Array.from({ length: bytes.length / 2 }, (_, i) => fromFloat16(view.getUint16(i * 2, true)));
    case Type.BFLOAT16:
      return Float32Array.from({ length: bytes.length / 2 }, (_, i) => fromBfloat16(view.getUint16(i * 2, true)));
    default:
      throw unsupportedModel(
        `Tensor "${tensor.name}" is of type ${dataTypeName(tensor.dataType)}`,
        'where floats are expected.',
      );
  }
}

/** The elements of an integer or bool tensor as numbers; int64 values beyond 2^53 lose precision. */
export function readInts(model: Model, tensor: TensorProto): number[] {
  const bytes = tensorBytes(model, tensor);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const read = (size: number, get: (offset: number) => number | bigint): number[] =>
    Array.from({ length: bytes.length / size }, (_, i) => Number(get(i * size)));
  switch (tensor.dataType) {
    case Type.INT64:
      return read(8, (at) => view.getBigInt64(at, true));
    case Type.UINT64:
      return read(8, (at) => view.getBigUint64(at, true));
    case Type.INT32:
      return read(4, (at) => view.getInt32(at, true));
    case Type.UINT32:
      return read(4, (at) => view.getUint32(at, true));
    case Type.INT16:
      return read(2, (at) => view.getInt16(at, true));
    case Type.UINT16:
      return read(2, (at) => view.getUint16(at, true));
    case Type.INT8:
      return read(1, (at) => view.getInt8(at));
    case Type.UINT8:
    case Type.BOOL:
      return read(1, (at) => view.getUint8(at));
    default:
      throw unsupportedModel(
        `Tensor "${tensor.name}" is of type ${dataTypeName(tensor.dataType)}`,
        'where integers are expected.',
      );
  }
}

/** Creates a tensor over `bytes` (little-endian, row-major); large payloads become weights of `model`. */
export function addTensor(
  model: Model,
  name: string,
  type: Type,
  dims: readonly number[],
  bytes: Uint8Array,
): TensorProto {
  const tensor = create(TensorProtoSchema, { name, dataType: type, dims: dims.map(BigInt) });
  setTensorBytes(model, tensor, bytes);
  return tensor;
}

/** Like {@link addTensor} for a payload that is computed only when it is read. */
export function addLazyTensor(
  model: Model,
  name: string,
  type: Type,
  dims: readonly number[],
  weight: Weight,
): TensorProto {
  const tensor = create(TensorProtoSchema, { name, dataType: type, dims: dims.map(BigInt) });
  model.weights.set(tensor, weight);
  return tensor;
}

/** Creates a float32 tensor. */
export function addFloatTensor(
  model: Model,
  name: string,
  dims: readonly number[],
  values: ArrayLike<number>,
): TensorProto {
  return addTensor(model, name, Type.FLOAT, dims, bytesOf(Float32Array.from(values)));
}

/** Creates an int64 tensor, for shapes and axes. */
export function addInt64Tensor(
  model: Model,
  name: string,
  dims: readonly number[],
  values: readonly number[],
): TensorProto {
  return addTensor(model, name, Type.INT64, dims, bytesOf(BigInt64Array.from(values.map(BigInt))));
}

/** Replaces the payload of a tensor. */
export function setTensorBytes(model: Model, tensor: TensorProto, bytes: Uint8Array): void {
  Object.assign(tensor, {
    floatData: [],
    int32Data: [],
    int64Data: [],
    doubleData: [],
    uint64Data: [],
    stringData: [],
    externalData: [],
  });
  delete (tensor as Partial<TensorProto>).dataLocation; // proto2: absent means the own property is missing
  tensor.rawData = new Uint8Array(0);
  if (bytes.length < 1024) {
    model.weights.delete(tensor);
    tensor.rawData = bytes;
  } else {
    model.weights.set(tensor, {
      byteLength: bytes.length,
      read: (offset, length) => bytes.subarray(offset, offset + length),
    });
  }
}

/** The bytes under a typed array. */
export function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

function aligned(bytes: Uint8Array, size: number): Uint8Array {
  return bytes.byteOffset % size === 0 ? bytes : bytes.slice();
}

function inlineBytes(tensor: TensorProto): Uint8Array {
  if (tensor.rawData.length > 0) return tensor.rawData;
  if (tensor.floatData.length > 0) return bytesOf(Float32Array.from(tensor.floatData));
  if (tensor.doubleData.length > 0) return bytesOf(Float64Array.from(tensor.doubleData));
  if (tensor.int64Data.length > 0) return bytesOf(BigInt64Array.from(tensor.int64Data));
  if (tensor.uint64Data.length > 0) {
    return tensor.dataType === Type.UINT32
      ? bytesOf(Uint32Array.from(tensor.uint64Data, Number))
      : bytesOf(BigUint64Array.from(tensor.uint64Data));
  }
  if (tensor.int32Data.length > 0) return int32DataBytes(tensor);
  return new Uint8Array(0);
}

/** int32_data holds every integer type of up to 32 bits, and the bits of float16 and of packed 4-bit types. */
function int32DataBytes(tensor: TensorProto): Uint8Array {
  switch (tensor.dataType) {
    case Type.INT32:
      return bytesOf(Int32Array.from(tensor.int32Data));
    case Type.INT16:
    case Type.UINT16:
    case Type.FLOAT16:
    case Type.BFLOAT16:
      return bytesOf(Uint16Array.from(tensor.int32Data));
    default:
      return Uint8Array.from(tensor.int32Data);
  }
}
