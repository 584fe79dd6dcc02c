import { create } from '@bufbuild/protobuf';
import { makeNode } from '../../src/onnx/attributes';
import type { Model } from '../../src/onnx/model';
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  FunctionProtoSchema,
  OperatorSetIdProtoSchema,
  StringStringEntryProtoSchema,
  TensorProto_DataLocation,
  type NodeProto,
} from '../../src/onnx/onnx_pb';
import { encodeModelBytes } from '../../src/onnx/writeModel';
import { buildGraph, buildModel, sampleValues } from '../../test/fixtures/buildModel';

/** A model that mutations start from: its bytes, and the external data file that it needs, if any. */
export interface BaseModel {
  readonly name: string;
  readonly model: Uint8Array;
  readonly data?: { readonly name: string; readonly bytes: Uint8Array };
}

/** Any 24 bytes do: these models are not hostile yet. */
const NONCE = new Uint8Array(24).fill(7);

/** Small models (2 to 300 KB) that together take every path through reader, passes and modes. */
export function baseModels(): BaseModel[] {
  return [
    toBase('convolutions', convolutions()),
    toBase('perceptron', perceptron()),
    toBase('branches', branches()),
    toBase('function', withFunction()),
    toBase('lstm', recurrent()),
    toBase('embedding', embedding()),
    external(),
  ];
}

function toBase(name: string, model: Model): BaseModel {
  return { name, model: encodeModelBytes(model, NONCE) };
}

function convolutions(): Model {
  const model = buildModel({
    inputs: { x: ['float32', ['batch', 3, 8, 8]] },
    outputs: { y: ['float32', ['batch', 5]] },
    initializers: {
      w1: { dims: [12, 3, 3, 3], values: sampleValues(324) },
      b1: { dims: [12], values: sampleValues(12, 2) },
      scale: { dims: [12], values: [1.1, 0.9] },
      shift: { dims: [12], values: [0.1] },
      mean: { dims: [12], values: [0.2] },
      variance: { dims: [12], values: [1.5] },
      w2: { dims: [12, 1, 3, 3], values: sampleValues(108, 3) },
      fc: { dims: [5, 12], values: sampleValues(60, 4) },
      fcBias: { dims: [5], values: [0.5] },
    },
    nodes: [
      makeNode('Conv', 'conv1', ['x', 'w1', 'b1'], ['c1'], { pads: [1, 1, 1, 1], kernel_shape: [3, 3] }),
      makeNode('BatchNormalization', 'bn', ['c1', 'scale', 'shift', 'mean', 'variance'], ['n1']),
      makeNode('Relu', 'relu', ['n1'], ['r1']),
      makeNode('Conv', 'conv2', ['r1', 'w2'], ['c2'], { pads: [1, 1, 1, 1], group: 12 }),
      makeNode('Add', 'residual', ['c2', 'r1'], ['a1']),
      makeNode('GlobalAveragePool', 'pool', ['a1'], ['p1']),
      makeNode('Flatten', 'flatten', ['p1'], ['f1']),
      makeNode('Gemm', 'fc', ['f1', 'fc', 'fcBias'], ['y'], { transB: 1 }),
    ],
  });
  model.proto.metadataProps = [create(StringStringEntryProtoSchema, { key: 'author', value: 'fuzz' })];
  return model;
}

function perceptron(): Model {
  return buildModel({
    inputs: { x: ['float32', [2, 96]] },
    outputs: { y: ['float32', [2, 4]] },
    initializers: {
      w1: { dims: [96, 112], values: sampleValues(10752) },
      b1: { dims: [112], values: sampleValues(112, 2) },
      w2: { dims: [112, 4], values: sampleValues(448, 3) },
      shape: { dims: [2], values: [2, 112], type: 'int64' },
    },
    nodes: [
      makeNode('MatMul', 'm1', ['x', 'w1'], ['h1']),
      makeNode('Add', 'a1', ['h1', 'b1'], ['h2']),
      makeNode('Sigmoid', 's1', ['h2'], ['h3']),
      makeNode('Mul', 'silu', ['h2', 'h3'], ['h4']),
      makeNode('Reshape', 'r1', ['h4', 'shape'], ['h5']),
      makeNode('MatMul', 'm2', ['h5', 'w2'], ['h6']),
      makeNode('Softmax', 'softmax', ['h6'], ['y'], { axis: 1 }),
    ],
  });
}

function branches(): Model {
  const model = buildModel({
    inputs: { x: ['float32', [1, 16]], flag: ['bool', []] },
    outputs: { y: ['float32', [1, 16]] },
    initializers: { w: { dims: [16, 16], values: sampleValues(256) } },
    nodes: [makeNode('MatMul', 'm1', ['x', 'w'], ['h'])],
  });
  const branch = (name: string, seed: number) =>
    create(AttributeProtoSchema, {
      name,
      type: AttributeProto_AttributeType.GRAPH,
      g: buildGraph(model, {
        name,
        outputs: { [`${name}_out`]: ['float32', [1, 16]] },
        initializers: {
          [`${name}_w`]: { dims: [16, 32], values: sampleValues(512, seed) },
          [`${name}_v`]: { dims: [32, 16], values: sampleValues(512, seed + 1) },
        },
        nodes: [
          makeNode('MatMul', `${name}_m`, ['h', `${name}_w`], [`${name}_h`]),
          makeNode('MatMul', `${name}_n`, [`${name}_h`, `${name}_v`], [`${name}_out`]),
        ],
      }),
    });
  const choose = makeNode('If', 'choose', ['flag'], ['y']);
  choose.attribute.push(branch('then_branch', 5), branch('else_branch', 9));
  model.proto.graph?.node.push(choose);
  return model;
}

function withFunction(): Model {
  const body: NodeProto[] = [
    makeNode('MatMul', 'inner', ['a', 'b'], ['ab']),
    makeNode('Relu', 'innerRelu', ['ab'], ['c']),
  ];
  const block = create(FunctionProtoSchema, {
    name: 'Block',
    domain: 'local',
    input: ['a', 'b'],
    output: ['c'],
    node: body,
    opsetImport: [create(OperatorSetIdProtoSchema, { domain: '', version: 17n })],
  });
  return buildModel({
    domains: { local: 1 },
    inputs: { x: ['float32', [1, 96]] },
    outputs: { y: ['float32', [1, 100]] },
    initializers: {
      w1: { dims: [96, 96], values: sampleValues(9216) },
      w2: { dims: [96, 100], values: sampleValues(9600, 2) },
    },
    functions: [block],
    nodes: [
      makeNode('Block', 'block', ['x', 'w1'], ['h'], {}, 'local'),
      makeNode('MatMul', 'last', ['h', 'w2'], ['y']),
    ],
  });
}

function recurrent(): Model {
  return buildModel({
    inputs: { x: ['float32', [3, 1, 96]] },
    outputs: { y: ['float32', [3, 1, 1, 96]] },
    initializers: {
      w: { dims: [1, 384, 96], values: sampleValues(36864) },
      r: { dims: [1, 384, 96], values: sampleValues(36864, 2) },
      b: { dims: [1, 768], values: sampleValues(768, 3) },
    },
    nodes: [makeNode('LSTM', 'lstm', ['x', 'w', 'r', 'b'], ['y'], { hidden_size: 96 })],
  });
}

function embedding(): Model {
  return buildModel({
    inputs: { ids: ['int64', [1, 4]] },
    outputs: { y: ['float32', [1, 4, 16]] },
    initializers: {
      table: { dims: [256, 16], values: sampleValues(512) },
      w: { dims: [16, 16], values: sampleValues(256, 2) },
    },
    nodes: [
      makeNode('Gather', 'lookup', ['table', 'ids'], ['rows']),
      makeNode('MatMul', 'project', ['rows', 'w'], ['y']),
    ],
  });
}

function external(): BaseModel {
  const model = perceptron();
  const pieces: Uint8Array[] = [];
  let offset = 0;
  for (const [tensor, weight] of model.weights) {
    const bytes = weight.read(0, weight.byteLength);
    const place = { location: 'weights.bin', offset: String(offset), length: String(bytes.length) };
    tensor.externalData = Object.entries(place).map(([key, value]) =>
      create(StringStringEntryProtoSchema, { key, value }),
    );
    tensor.dataLocation = TensorProto_DataLocation.EXTERNAL;
    pieces.push(bytes);
    offset += bytes.length;
  }
  model.weights.clear();
  return {
    name: 'external',
    model: encodeModelBytes(model, NONCE),
    data: { name: 'weights.bin', bytes: Buffer.concat(pieces) },
  };
}
