import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { checkLocation, externalWeight } from '../../../src/onnx/externalData';
import {
  StringStringEntryProtoSchema,
  TensorProtoSchema,
  TensorProto_DataType as Type,
} from '../../../src/onnx/onnx_pb';
import { memorySource } from '../../../src/util/byteSource';

const BYTES = Uint8Array.from({ length: 64 }, (_, i) => i);

function weightOf(entries: Readonly<Record<string, string>>) {
  const tensor = create(TensorProtoSchema, {
    name: 'w',
    dataType: Type.FLOAT,
    dims: [4n],
    externalData: Object.entries(entries).map(([key, value]) => create(StringStringEntryProtoSchema, { key, value })),
  });
  return externalWeight(tensor, () => memorySource(BYTES));
}

describe('external data', () => {
  it.each([
    ['weights.bin', 'weights.bin'],
    ['./weights.bin', 'weights.bin'],
    ['sub/folder/w.bin', 'sub/folder/w.bin'],
    ['sub\\w.bin', 'sub/w.bin'],
    ['a..b/..c', 'a..b/..c'],
  ])('takes the location %j', (location, plain) => {
    expect(checkLocation(location)).toBe(plain);
  });

  it.each([
    '../x',
    'a/../x',
    'a/..',
    '..',
    '..\\x',
    '/etc/passwd',
    '\\x',
    '\\\\host\\share',
    '//host/share',
    'C:\\x',
    'c:x',
    'w\0.bin',
    '',
  ])('refuses the location %j', (location) => {
    expect(() => checkLocation(location)).toThrow(expect.objectContaining({ code: 'external-data' }));
    expect(() => weightOf({ location }).read(0, 0)).toThrow(expect.objectContaining({ code: 'external-data' }));
  });

  it('reads the range that offset and length name', () => {
    const weight = weightOf({ location: 'w', offset: '8', length: '16' });
    expect([weight.byteLength, weight.read(4, 2)]).toEqual([16, BYTES.slice(12, 14)]);
  });

  it('takes offset 0 and the length from the dimensions when neither is given', () => {
    const weight = weightOf({ location: 'w' });
    expect(weight.read(0, weight.byteLength)).toEqual(BYTES.slice(0, 16));
  });

  it.each([
    { offset: '56', length: '16' },
    { offset: '0', length: '65' },
    { offset: '9007199254740991', length: '1' },
  ])('says that a file is too short for %j', (extent) => {
    expect(() => weightOf({ location: 'w', ...extent }).read(0, 1)).toThrow(/too short/);
  });

  it.each(['-1', '1e9', 'abc', '', '0x10', '1.5', '9007199254740992', ' 8'])(
    'refuses %j as an offset or a length',
    (text) => {
      for (const key of ['offset', 'length']) {
        expect(() => weightOf({ location: 'w', [key]: text }).read(0, 0)).toThrow(/not a number/);
      }
    },
  );

  it('cannot be read where no file can be opened', () => {
    const tensor = create(TensorProtoSchema, {
      externalData: [create(StringStringEntryProtoSchema, { key: 'location', value: 'w' })],
    });
    expect(() => externalWeight(tensor, undefined).read(0, 0)).toThrow(
      expect.objectContaining({ code: 'external-data' }),
    );
  });
});
