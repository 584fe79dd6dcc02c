import { describe, expect, it } from 'vitest';
import { memorySource, type ByteSource } from '../../../src/util/byteSource';
import { PressError } from '../../../src/util/pressError';
import { readModel, readModelBytes } from '../../../src/onnx/readModel';
import { TensorProto_DataType as Type } from '../../../src/onnx/onnx_pb';
import { blockField, concat, floats, modelBytes, numberField, varint } from '../../fixtures/wireMessage';

const nonce = new Uint8Array(24).fill(3);
const read = (bytes: Uint8Array) => readModelBytes(bytes, { nonce });
const codeOf = (bytes: Uint8Array): string => {
  try {
    read(bytes);
  } catch (error) {
    if (error instanceof PressError) return error.code;
    throw error;
  }
  return 'read';
};
const whole = modelBytes([
  blockField(1, blockField(1, 'w'), blockField(2, 'y'), blockField(3, 'node'), blockField(4, 'Relu')),
  blockField(2, 'g'),
  blockField(
    5,
    numberField(1, 300),
    numberField(2, Type.FLOAT),
    blockField(8, 'w'),
    blockField(9, floats(...new Array<number>(300).fill(1))),
  ),
]);

describe('reading what is no model', () => {
  it('refuses every truncation of a model, unless it ends between two fields of the model', () => {
    const afterGraph = whole.length - blockField(8, numberField(2, 17)).length;
    const outcomes = new Map<string, number[]>();
    for (let length = 0; length < whole.length; length++) {
      const code = codeOf(whole.slice(0, length));
      outcomes.set(code, [...(outcomes.get(code) ?? []), length]);
    }
    expect([...outcomes.keys()]).toEqual(['malformed-model']);
    expect(outcomes.get('malformed-model')).toHaveLength(whole.length);
    expect(() => read(whole.slice(0, afterGraph))).toThrow(/names no operator set/);
  });

  it.each([
    ['a length beyond the file', concat(varint(7 * 8 + 2), varint(2 ** 40), 'x'), /longer than the file/],
    ['a length of 2^63', concat(varint(7 * 8 + 2), varint(2n ** 63n), 'x'), /byte 0|longer/],
    ['a number that never ends', new Uint8Array(64).fill(0xff), /malformed|number|whole/],
    ['field number 0', concat(varint(2), varint(1), 'x'), /field number 0/],
    ['field number 2^29', concat(varint(2 ** 29 * 8), varint(1)), /field number 536870912/],
    ['wire type 7', concat(varint(7 * 8 + 7), 'xx'), /wire type 7/],
    ['a group that is not closed', concat(varint(100 * 8 + 3), numberField(1, 1)), /./],
    ['a graph that is a number', concat(numberField(1, 8), numberField(7, 3)), /wire type 0/],
    ['no graph', concat(numberField(1, 8), blockField(8, numberField(2, 17))), /no graph/],
    ['an empty file', new Uint8Array(0), /empty/],
    ['text', new TextEncoder().encode('<!DOCTYPE html><html></html>'), /./],
  ])('refuses %s as malformed', (_, bytes, message) => {
    expect(codeOf(bytes)).toBe('malformed-model');
    expect(() => read(bytes)).toThrow(message);
  });

  it('refuses nesting that would exhaust the stack, and reads what real models nest', () => {
    const nested = (depth: number): Uint8Array => {
      let graph = blockField(2, 'leaf');
      for (let level = 0; level < depth; level++) {
        graph = blockField(1, blockField(4, 'If'), blockField(5, blockField(1, 'then_branch'), blockField(6, graph)));
      }
      return modelBytes([graph]);
    };
    expect(codeOf(nested(30))).toBe('read');
    for (const depth of [40, 200, 1000])
      expect(['malformed-model', 'unsupported-model']).toContain(codeOf(nested(depth)));
  });

  it('refuses groups nested without end', () => {
    expect(codeOf(concat(...new Array<Uint8Array>(100_000).fill(varint(100 * 8 + 3))))).toBe('malformed-model');
  });

  it('refuses millions of tiny nodes before they fill the memory', () => {
    const empty = blockField(1);
    const nodes = new Uint8Array(empty.length * 2_100_000);
    for (let at = 0; at < nodes.length; at += empty.length) nodes.set(empty, at);
    expect(codeOf(modelBytes([nodes]))).toBe('unsupported-model');
  });

  it('reads structure only: the payload of a weight stays in the file until it is asked for', () => {
    const bytes = modelBytes([
      blockField(2, 'g'),
      blockField(
        5,
        numberField(1, 250_000),
        numberField(2, Type.FLOAT),
        blockField(8, 'w'),
        blockField(9, new Uint8Array(1_000_000)),
      ),
    ]);
    const inner = memorySource(bytes);
    let touched = 0;
    const source: ByteSource = {
      size: inner.size,
      read(offset, length) {
        touched += length;
        return inner.read(offset, length);
      },
    };
    const model = readModel(source, { nonce });
    expect(touched).toBeLessThan(300_000);
    const [weight] = model.weights.values();
    expect(weight?.read(999_990, 10)).toEqual(new Uint8Array(10));
    expect(weight?.byteLength).toBe(1_000_000);
  });
});
