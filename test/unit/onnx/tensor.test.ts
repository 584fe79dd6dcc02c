import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { dataTypeBytes } from '../../../src/onnx/dataType';
import { TensorProtoSchema, TensorProto_DataType as Type } from '../../../src/onnx/onnx_pb';
import { addTensor, bytesOf, elementCount, readFloats, readInts, tensorBytes } from '../../../src/onnx/tensor';
import { buildModel } from '../../fixtures/buildModel';

const model = buildModel({ nodes: [] });
const raw = (type: Type, count: number, array: ArrayBufferView) => addTensor(model, 't', type, [count], bytesOf(array));

describe('tensor payloads', () => {
  it.each([
    ['float', raw(Type.FLOAT, 3, Float32Array.of(1.5, -2, 1e30)), [1.5, -2, Math.fround(1e30)]],
    ['double', raw(Type.DOUBLE, 2, Float64Array.of(0.25, -1e300)), [0.25, -Infinity]],
    ['float16', raw(Type.FLOAT16, 4, Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7c00)), [1, -2, 2 ** -24, Infinity]],
    ['bfloat16', raw(Type.BFLOAT16, 2, Uint16Array.of(0x3f80, 0xc040)), [1, -3]],
  ])('reads %s as floats', (_, tensor, expected) => {
    expect([...readFloats(model, tensor)]).toEqual(expected);
  });

  it.each([
    ['int64', raw(Type.INT64, 2, BigInt64Array.of(-1n, 2n ** 40n)), [-1, 2 ** 40]],
    ['uint64', raw(Type.UINT64, 1, BigUint64Array.of(2n ** 50n)), [2 ** 50]],
    ['int32', raw(Type.INT32, 2, Int32Array.of(-5, 5)), [-5, 5]],
    ['uint32', raw(Type.UINT32, 1, Uint32Array.of(4e9)), [4e9]],
    ['int16', raw(Type.INT16, 1, Int16Array.of(-300)), [-300]],
    ['uint16', raw(Type.UINT16, 1, Uint16Array.of(65535)), [65535]],
    ['int8', raw(Type.INT8, 1, Int8Array.of(-128)), [-128]],
    ['uint8', raw(Type.UINT8, 1, Uint8Array.of(255)), [255]],
    ['bool', raw(Type.BOOL, 2, Uint8Array.of(1, 0)), [1, 0]],
  ])('reads %s as integers', (_, tensor, expected) => {
    expect(readInts(model, tensor)).toEqual(expected);
  });

  it.each([
    ['float_data', { dataType: Type.FLOAT, floatData: [1, 2] }, Float32Array.of(1, 2)],
    ['double_data', { dataType: Type.DOUBLE, doubleData: [1, 2] }, Float64Array.of(1, 2)],
    ['int64_data', { dataType: Type.INT64, int64Data: [1n, -2n] }, BigInt64Array.of(1n, -2n)],
    ['uint64_data of uint64', { dataType: Type.UINT64, uint64Data: [1n, 2n] }, BigUint64Array.of(1n, 2n)],
    ['uint64_data of uint32', { dataType: Type.UINT32, uint64Data: [1n, 2n] }, Uint32Array.of(1, 2)],
    ['int32_data of int32', { dataType: Type.INT32, int32Data: [1, -2] }, Int32Array.of(1, -2)],
    ['int32_data of int16', { dataType: Type.INT16, int32Data: [1, -2] }, Int16Array.of(1, -2)],
    ['int32_data of float16', { dataType: Type.FLOAT16, int32Data: [0x3c00, 0xbc00] }, Uint16Array.of(0x3c00, 0xbc00)],
    ['int32_data of int8', { dataType: Type.INT8, int32Data: [1, -2] }, Int8Array.of(1, -2)],
    ['int32_data of bool', { dataType: Type.BOOL, int32Data: [1, 0] }, Uint8Array.of(1, 0)],
  ])('takes the bytes from %s', (_, fields, expected) => {
    const tensor = create(TensorProtoSchema, { name: 't', dims: [2n], ...fields });
    expect(tensorBytes(model, tensor)).toEqual(bytesOf(expected));
  });

  it('counts the bytes of packed elements, rounded up', () => {
    const sizes = [Type.INT4, Type.UINT4, Type.FLOAT4E2M1, Type.INT2, Type.FLOAT8E4M3FN, Type.STRING].map((type) =>
      dataTypeBytes(type, 5),
    );
    expect(sizes).toEqual([3, 3, 3, 2, 5, 0]);
  });

  it('has one element without dimensions and none when a dimension is 0', () => {
    expect([[], [0n, 4n], [2n, 3n]].map((dims) => elementCount(create(TensorProtoSchema, { dims })))).toEqual([
      1, 0, 6,
    ]);
  });

  it.each([[[-1n]], [[-2n, -2n]], [[2n ** 40n, 2n ** 40n]], [[2n ** 62n]]])('refuses the dimensions %s', (dims) => {
    expect(() => elementCount(create(TensorProtoSchema, { name: 'w', dims }))).toThrow(/tensor "w" has the dimensions/);
  });

  it('refuses a payload that its dimensions do not fit, and the wrong kind of elements', () => {
    expect(() => readFloats(model, raw(Type.FLOAT, 3, Float32Array.of(1, 2)))).toThrow(
      /8 bytes of data where its dimensions need 12/,
    );
    expect(() => readFloats(model, raw(Type.INT8, 1, Int8Array.of(1)))).toThrow(/int8 where floats are expected/);
    expect(() => readInts(model, raw(Type.FLOAT, 1, Float32Array.of(1)))).toThrow(/float where integers are expected/);
  });

  it('reads floats at any alignment', () => {
    const buffer = new Uint8Array(9);
    buffer.set(bytesOf(Float32Array.of(7, 8)), 1);
    expect([...readFloats(model, addTensor(model, 't', Type.FLOAT, [2], buffer.subarray(1)))]).toEqual([7, 8]);
  });
});
