import { clone, create } from '@bufbuild/protobuf';
import { graphsOf, tensorsOf } from '../../src/onnx/model';
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  FunctionProtoSchema,
  GraphProtoSchema,
  NodeProtoSchema,
  StringStringEntryProtoSchema,
  TensorProto_DataLocation,
  TensorProto_DataType,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type TensorProto,
} from '../../src/onnx/onnx_pb';
import type { Random } from '../../src/util/random';

/** Makes a well-formed message of a model that is wrong. */
export type ModelMutation = (proto: ModelProto, random: Random) => void;

/** External data locations that must never be followed. */
const OUTSIDE = [
  '../secret.bin',
  '/etc/passwd',
  'a/../../secret.bin',
  '..\\secret.bin',
  'C:\\secret.bin',
  'link.bin',
  'weights.bin\0.txt',
  '//host/share',
  '.',
  '',
];
const ODD_DIMS = [-1n, 0n, 1n, 2n ** 31n, 2n ** 40n, 2n ** 62n, -(2n ** 63n), 3n];
const ODD_FLOATS = [NaN, Infinity, -Infinity, 3.4e38, 1e-45];
const OPERATORS = (
  'Conv Gemm MatMul Add Relu Reshape Concat Slice Gather Softmax Resize Transpose If Loop Scan LSTM Split Pad Clip Einsum ' +
  'ConstantOfShape Expand Tile Range QuantizeLinear Identity Constant NoSuchOperator MaxPool ConvTranspose'
).split(' ');

/** Mutations whose result must be refused: it has no meaning, or following it would leave the model's folder. */
export const MUST_REFUSE = new Set(['path traversal', 'recursive function', 'cycle', 'duplicate output']);

/** What a broken exporter or an attacker writes, by name. */
export const MODEL_MUTATIONS: Readonly<Record<string, ModelMutation>> = {
  cycle: (proto, random) => {
    const [one, other] = [pick(graphOf(proto).node, random), pick(graphOf(proto).node, random)];
    one.input[0] = other.output[0] ?? '';
    other.input[0] = one.output[0] ?? '';
  },
  'duplicate output': (proto, random) => {
    const nodes = graphOf(proto).node;
    const node = pick(nodes, random);
    nodes.push(clone(NodeProtoSchema, node));
  },
  'duplicate names': (proto, random) => {
    const graph = graphOf(proto);
    const name = pick(graph.node, random).name;
    for (const node of graph.node) node.name = name;
    const tensor = pickTensor(proto, random);
    if (tensor) tensor.name = graph.initializer[0]?.name ?? name;
  },
  'missing input': (proto, random) => {
    const node = pickNode(proto, random);
    node.input[random.int(Math.max(1, node.input.length))] = random.next() < 0.5 ? 'nowhere' : '';
  },
  'missing output': (proto, random) => pickNode(proto, random).output.pop(),
  'odd weight dims': (proto, random) => {
    const tensor = pickTensor(proto, random);
    if (tensor) tensor.dims[random.int(tensor.dims.length)] = pick(ODD_DIMS, random);
  },
  'other weight shape': (proto, random) => {
    const tensor = pickTensor(proto, random);
    if (!tensor) return;
    const count = tensor.dims.reduce((product, dim) => product * dim, 1n);
    const reversed = [...tensor.dims].reverse();
    tensor.dims = pick([reversed, [count], [1n, ...tensor.dims], [count, 1n], [...tensor.dims, 1n, 1n]], random);
  },
  'cleared field': (proto, random) => {
    const values = [...graphOf(proto).input, ...graphOf(proto).output, ...graphOf(proto).valueInfo];
    const message = pick(
      [pickNode(proto, random), pickTensor(proto, random) ?? proto, graphOf(proto), pick(values, random)],
      random,
    );
    const keys = Object.keys(message).filter((key) => !key.startsWith('$'));
    clearField(message as unknown as Record<string, unknown>, pick(keys, random)); // a message is a plain object
  },
  'repeated elements': (proto, random) => {
    const graph = graphOf(proto);
    const node = pickNode(proto, random);
    const list: unknown[] = pick(
      [node.input, node.output, node.attribute, graph.input, graph.output, graph.initializer],
      random,
    );
    list.push(...list);
  },
  'odd input dims': (proto, random) => {
    const value = pick([...graphOf(proto).input, ...graphOf(proto).output], random);
    if (value.type?.value.case !== 'tensorType') return;
    for (const dim of value.type.value.value.shape?.dim ?? []) {
      if (random.next() < 0.5) dim.value = { case: 'dimValue', value: pick(ODD_DIMS, random) };
    }
  },
  'bad data type': (proto, random) => {
    const tensor = pickTensor(proto, random);
    if (tensor) tensor.dataType = pick([0, 99, -1, ...Array.from({ length: 28 }, (_, i) => i)], random);
  },
  'bad input type': (proto, random) => {
    const type = pick([...graphOf(proto).input, ...graphOf(proto).output], random).type;
    if (type?.value.case === 'tensorType') type.value.value.elemType = random.int(30);
  },
  'odd weights': (proto, random) => {
    const tensor = pickTensor(proto, random);
    if (!tensor || tensor.rawData.length < 4) return;
    const raw = tensor.rawData.slice();
    const view = new DataView(raw.buffer, raw.byteOffset);
    const all = random.next() < 0.3;
    for (let at = 0; at + 4 <= raw.length; at += 4) {
      if (all || random.next() < 0.1) view.setFloat32(at, pick(ODD_FLOATS, random), true);
    }
    tensor.rawData = raw;
  },
  'payload length': (proto, random) => {
    const tensor = pickTensor(proto, random);
    if (tensor) tensor.rawData = tensor.rawData.slice(0, random.int(tensor.rawData.length + 1));
  },
  'path traversal': (proto, random) => {
    const tensor = pickTensor(proto, random);
    if (tensor) setExternal(tensor, pick(OUTSIDE, random), '0', String(tensor.rawData.length));
  },
  'external extent': (proto, random) => {
    const tensor = pickTensor(proto, random);
    if (!tensor) return;
    const odd = ['-1', '1e9', '99999999999999999999', 'abc', '', '9007199254740993'];
    const plain = ['0', '4', '4096', '43008', String(tensor.rawData.length)];
    setExternal(
      tensor,
      'weights.bin',
      pick([...plain, pick(odd, random)], random),
      pick([...plain, pick(odd, random)], random),
    );
  },
  'recursive function': (proto) => {
    const block = create(FunctionProtoSchema, {
      name: 'Block',
      domain: 'local',
      input: ['a', 'b'],
      output: ['c'],
      node: [create(NodeProtoSchema, { opType: 'Block', domain: 'local', input: ['a', 'b'], output: ['c'] })],
      opsetImport: proto.opsetImport,
    });
    proto.functions = [block];
  },
  'doubling functions': (proto) => {
    proto.functions = Array.from({ length: 40 }, (_, i) =>
      create(FunctionProtoSchema, {
        name: `F${i}`,
        domain: 'local',
        input: ['a'],
        output: ['c'],
        opsetImport: proto.opsetImport,
        node: ['b', 'c'].map((output, n) =>
          create(NodeProtoSchema, {
            opType: i === 39 ? 'Relu' : `F${i + 1}`,
            domain: i === 39 ? '' : 'local',
            input: [n === 0 ? 'a' : 'b'],
            output: [output],
          }),
        ),
      }),
    );
    graphOf(proto).node.push(
      create(NodeProtoSchema, {
        opType: 'F0',
        domain: 'local',
        input: [graphOf(proto).input[0]?.name ?? ''],
        output: ['unused'],
      }),
    );
  },
  'other operator': (proto, random) => {
    const node = pickNode(proto, random);
    node.opType = pick(OPERATORS, random);
    if (random.next() < 0.2) node.domain = pick(['com.microsoft', 'nowhere', 'ai.onnx.ml'], random);
  },
  'odd attribute': (proto, random) => {
    const node = pickNode(proto, random);
    const attribute = node.attribute[random.int(Math.max(1, node.attribute.length))];
    if (!attribute) return;
    attribute.i = pick(ODD_DIMS, random);
    attribute.ints = attribute.ints.map(() => pick(ODD_DIMS, random));
    if (random.next() < 0.3) attribute.type = random.int(16);
    if (random.next() < 0.2) attribute.name = '';
  },
  'removed attributes': (proto, random) => {
    pickNode(proto, random).attribute = [];
  },
  'shuffled nodes': (proto, random) => void random.shuffle(graphOf(proto).node),
  'swapped inputs': (proto, random) => void pickNode(proto, random).input.reverse(),
  'no outputs': (proto) => void (graphOf(proto).output = []),
  'no initializers': (proto) => void (graphOf(proto).initializer = []),
  'odd versions': (proto, random) => {
    proto.irVersion = pick([0n, 3n, 99n, -1n, 2n ** 62n], random);
    for (const opset of proto.opsetImport) opset.version = pick([0n, 1n, 6n, 25n, 999n, -5n], random);
  },
  'deep subgraphs': (proto, random) => {
    let graph = create(GraphProtoSchema, { name: 'leaf' });
    for (let depth = pick([5, 30, 90, 300], random); depth > 0; depth--) graph = wrap(graph);
    graphOf(proto).node.push(...graph.node);
  },
  'hostile names': (proto, random) => {
    const hostile = pick(['__proto__', 'constructor', '../../x', 'a\0b', 'x'.repeat(100_000), '\ud800', ''], random);
    const old = pickNode(proto, random).output[0] ?? '';
    for (const graph of allGraphs(proto)) {
      for (const node of graph.node) {
        node.input = node.input.map((name) => (name === old ? hostile : name));
        node.output = node.output.map((name) => (name === old ? hostile : name));
      }
      for (const value of graph.output) if (value.name === old) value.name = hostile;
    }
  },
};

/** Leaves a field of a message as if it had never been set. */
function clearField(message: Record<string, unknown>, key: string): void {
  const value = message[key];
  if (Array.isArray(value)) message[key] = [];
  else if (typeof value === 'string') message[key] = '';
  else if (value instanceof Uint8Array) message[key] = new Uint8Array(0);
  else if (typeof value === 'number') message[key] = 0;
  else if (typeof value === 'object') message[key] = undefined;
}

function wrap(graph: GraphProto): GraphProto {
  const attribute = create(AttributeProtoSchema, {
    name: 'then_branch',
    type: AttributeProto_AttributeType.GRAPH,
    g: graph,
  });
  return create(GraphProtoSchema, {
    name: 'level',
    node: [create(NodeProtoSchema, { opType: 'If', attribute: [attribute] })],
  });
}

function setExternal(tensor: TensorProto, location: string, offset: string, length: string): void {
  tensor.dataLocation = TensorProto_DataLocation.EXTERNAL;
  tensor.dataType = TensorProto_DataType.FLOAT;
  tensor.rawData = new Uint8Array(0);
  tensor.externalData = Object.entries({ location, offset, length }).map(([key, value]) =>
    create(StringStringEntryProtoSchema, { key, value }),
  );
}

function graphOf(proto: ModelProto): GraphProto {
  return proto.graph as GraphProto; // base models have one
}

function allGraphs(proto: ModelProto): GraphProto[] {
  return [...graphsOf(graphOf(proto))];
}

function pickNode(proto: ModelProto, random: Random): NodeProto {
  return pick(
    [...allGraphs(proto).flatMap((graph) => graph.node), ...proto.functions.flatMap((fn) => fn.node)],
    random,
  );
}

function pickTensor(proto: ModelProto, random: Random): TensorProto | undefined {
  const tensors = [...tensorsOf(proto)];
  return tensors[random.int(Math.max(1, tensors.length))];
}

function pick<T>(items: readonly T[], random: Random): T {
  return items[random.int(items.length)] as T; // callers pass what is not empty
}
