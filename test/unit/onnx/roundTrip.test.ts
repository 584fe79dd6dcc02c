import { describe, expect, it } from 'vitest';
import { dataTypeBytes } from '../../../src/onnx/dataType';
import { tensorsOf } from '../../../src/onnx/model';
import { readModelBytes } from '../../../src/onnx/readModel';
import { encodeModelBytes } from '../../../src/onnx/writeModel';
import { TensorProto_DataType as Type } from '../../../src/onnx/onnx_pb';
import { toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from '../../../src/onnx/onnx_pb';
import { tensorBytes } from '../../../src/onnx/tensor';
import { buildModel, sampleValues } from '../../fixtures/buildModel';
import { makeNode } from '../../../src/onnx/attributes';
import { blockField, concat, floats, modelBytes, numberField, varint } from '../../fixtures/wireMessage';

const NONCE = Uint8Array.from({ length: 24 }, (_, i) => 200 - i);
const read = (bytes: Uint8Array, lazyBytes?: number) =>
  readModelBytes(bytes, { nonce: NONCE, ...(lazyBytes === undefined ? {} : { lazyBytes }) });
const roundTrip = (bytes: Uint8Array, lazyBytes?: number): Uint8Array =>
  encodeModelBytes(read(bytes, lazyBytes), Uint8Array.from(NONCE).reverse());

/** A field number that the ONNX specification does not use in any message. */
const UNKNOWN = 3000;
const unknown = (text: string): Uint8Array => blockField(UNKNOWN, text);
/** A tensor of 300 floats, more than stays in the structure. */
const largeTensor = (name: string, ...more: Uint8Array[]): Uint8Array[] => [
  numberField(1, 300),
  numberField(2, Type.FLOAT),
  blockField(8, name),
  blockField(9, floats(...sampleValues(300))),
  ...more,
];
const node = (op: string, ...more: Uint8Array[]): Uint8Array =>
  blockField(1, blockField(2, `${op}_out`), blockField(4, op), ...more);

describe('reading and writing a model', () => {
  it('keeps unknown fields of every message, in place after the known ones', () => {
    const attribute = blockField(
      5,
      blockField(1, 'value'),
      blockField(5, ...largeTensor('', unknown('tensor'))),
      numberField(20, 4),
      unknown('attribute'),
    );
    const bytes = modelBytes(
      [
        node('Constant', attribute, unknown('node')),
        blockField(2, 'g'),
        blockField(5, ...largeTensor('w', unknown('initializer'))),
        blockField(11, blockField(1, 'x'), blockField(2, unknown('type')), unknown('value')),
        unknown('graph'),
      ],
      blockField(14, blockField(1, 'key'), blockField(2, 'value'), unknown('metadata')),
      unknown('model'),
      numberField(UNKNOWN + 1, 2n ** 63n),
      concat(varint((UNKNOWN + 2) * 8 + 5), floats(1.5)),
      concat(varint((UNKNOWN + 3) * 8 + 1), floats(1, 2)),
    );
    expect(roundTrip(bytes)).toEqual(bytes);
  });

  it.each([3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14])('keeps a model of IR version %i', (irVersion) => {
    const model = buildModel({
      irVersion,
      inputs: { x: ['float32', [1, 32]] },
      outputs: { y: ['float32', [1, 32]] },
      initializers: { w: { dims: [32, 32], values: sampleValues(1024) }, small: { dims: [2], values: [1, 2] } },
      nodes: [makeNode('MatMul', 'm', ['x', 'w'], ['y'])],
    });
    const bytes = encodeModelBytes(model, NONCE);
    const again = read(bytes);
    expect(again.proto.irVersion).toBe(BigInt(irVersion));
    expect(encodeModelBytes(again, NONCE)).toEqual(bytes);
  });

  it.each(
    Object.entries(Type).filter(
      (entry): entry is [string, Type] => typeof entry[1] === 'number' && dataTypeBytes(entry[1], 1000) > 0,
    ),
  )('keeps raw data of type %s', (_, type) => {
    const length = dataTypeBytes(type, 2400);
    const payload = Uint8Array.from({ length }, (_unused, i) => (i * 37) & 0xff);
    const bytes = modelBytes([
      blockField(2, 'g'),
      blockField(5, numberField(1, 2400), numberField(2, type), blockField(8, 'w'), blockField(9, payload)),
    ]);
    const model = read(bytes);
    const [tensor] = [...tensorsOf(model.proto)];
    expect(tensorBytes(model, tensor!)).toEqual(payload);
    expect(model.weights.get(tensor!)?.byteLength).toBe(length < 1024 ? undefined : length);
    expect(encodeModelBytes(model, NONCE)).toEqual(bytes);
  });

  it('keeps strings that are not UTF-8 and strings with a byte order mark', () => {
    const odd = Uint8Array.from([0xff, 0x41, 0xc3, 0x28, 0xef, 0xbb, 0xbf, 0xed, 0xa0, 0x80, 0xf5]);
    const bytes = modelBytes([
      blockField(1, blockField(1, odd), blockField(2, 'y'), blockField(3, odd), blockField(4, 'Relu')),
      blockField(2, odd),
      blockField(
        5,
        numberField(1, 2),
        numberField(2, Type.STRING),
        blockField(6, odd),
        blockField(6, 'b'),
        blockField(8, 's'),
      ),
    ]);
    expect(roundTrip(bytes)).toEqual(bytes);
  });

  it('keeps packed, split and single float_data with its values', () => {
    const values = sampleValues(600).map(Math.fround);
    const half = floats(...values.slice(0, 300));
    const rest = floats(...values.slice(300));
    const single = values.map((value) => concat(varint(4 * 8 + 5), floats(value)));
    const tensor = (...data: Uint8Array[]) =>
      modelBytes([
        blockField(2, 'g'),
        blockField(5, numberField(1, 600), numberField(2, Type.FLOAT), ...data, blockField(8, 'w')),
      ]);
    const packed = tensor(blockField(4, half, rest));
    expect(roundTrip(packed)).toEqual(packed);
    for (const bytes of [packed, tensor(blockField(4, half), blockField(4, rest)), tensor(...single)]) {
      const model = read(bytes);
      const [first] = [...tensorsOf(model.proto)];
      expect(tensorBytes(model, first!)).toEqual(concat(half, rest));
      // However it was split, it is one block afterwards.
      expect(roundTrip(bytes)).toEqual(packed);
    }
  });

  it('keeps weights of functions, branches of branches, sparse tensors and training graphs', () => {
    const sparse = blockField(
      15,
      blockField(1, ...largeTensor('sparse')),
      blockField(2, numberField(1, 300), numberField(2, Type.INT64), blockField(9, new Uint8Array(2400).fill(1))),
      numberField(3, 1000),
    );
    const branch = (name: string, inner: Uint8Array[]): Uint8Array =>
      blockField(5, blockField(1, name), blockField(6, ...inner), numberField(20, 5));
    const innermost = [blockField(2, 'c'), blockField(5, ...largeTensor('deep'))];
    const outer = [
      node('Scan', branch('body', innermost)),
      blockField(2, 'b'),
      blockField(5, ...largeTensor('middle')),
    ];
    const constant = blockField(
      7,
      blockField(2, 'k'),
      blockField(4, 'Constant'),
      blockField(5, blockField(1, 'value'), blockField(5, ...largeTensor('')), numberField(20, 4)),
    );
    const bytes = modelBytes(
      [node('If', branch('then_branch', outer)), node('Loop', branch('body', innermost)), blockField(2, 'g'), sparse],
      blockField(
        20,
        blockField(1, blockField(5, ...largeTensor('init'))),
        blockField(2, blockField(5, ...largeTensor('algorithm'))),
      ),
      blockField(25, blockField(1, 'F'), blockField(5, 'k'), constant, blockField(10, 'local')),
    );
    const model = read(bytes);
    expect(model.weights.size).toBe(8);
    expect(encodeModelBytes(model, NONCE)).toEqual(bytes);
  });

  it('keeps metadata_props and quantization_annotation', () => {
    const entry = (key: string): Uint8Array => blockField(14, blockField(1, key), blockField(2, 'v'));
    const annotation = blockField(
      14,
      blockField(1, 'x'),
      blockField(2, blockField(1, 'SCALE_TENSOR'), blockField(2, 's')),
    );
    const bytes = modelBytes(
      [blockField(2, 'g'), annotation, blockField(16, blockField(1, 'a'), blockField(2, 'b'))],
      entry('one'),
      entry('two'),
    );
    const model = read(bytes);
    expect(model.proto.graph?.quantizationAnnotation[0]?.quantParameterTensorNames[0]?.value).toBe('s');
    expect(encodeModelBytes(model, NONCE)).toEqual(bytes);
  });

  it('does not take a payload for a stand-in of another reading', () => {
    const forged = concat(NONCE, new Uint8Array(8));
    const bytes = modelBytes([
      blockField(2, 'g'),
      blockField(5, ...largeTensor('w')),
      blockField(5, numberField(1, 8), numberField(2, Type.FLOAT), blockField(8, 'forged'), blockField(9, forged)),
    ]);
    const other = Uint8Array.from(NONCE, (value) => value ^ 0x55);
    const model = readModelBytes(bytes, { nonce: other });
    expect(model.weights.size).toBe(1);
    expect(encodeModelBytes(model, other)).toEqual(bytes);
  });

  it('leaves the message unchanged when it is encoded', () => {
    const bytes = modelBytes([
      blockField(2, 'g'),
      blockField(5, ...largeTensor('w')),
      blockField(5, ...largeTensor('v')),
    ]);
    const model = read(bytes);
    const before = toBinary(ModelProtoSchema, model.proto);
    encodeModelBytes(model, NONCE);
    expect(toBinary(ModelProtoSchema, model.proto)).toEqual(before);
    expect(model.weights.size).toBe(2);
  });
});
