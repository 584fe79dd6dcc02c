import { create } from '@bufbuild/protobuf';
import { intAttribute } from '../attributes';
import { dataTypeBits, dataTypeBytes, dataTypeOf } from '../dataType';
import { indexGraph, isStandard, type GraphIndex } from '../graphIndex';
import { mainGraph, subgraphsOf, type Model } from '../model';
import { GraphProtoSchema, ModelProtoSchema, ValueInfoProtoSchema, type NodeProto, type TensorProto } from '../onnx_pb';
import { addInt64Tensor, addTensor, bytesOf, elementCount } from '../tensor';
import type { TensorInfo, TensorValue } from '../tensorValue';
import { dropUnused, isOperator, removeNodes } from './editGraph';
import type { Pass, PassContext } from './pass';

/** Results up to this size are always folded; the file hardly grows by them. */
const SMALL_BYTES = 1 << 20;
/** A larger result is folded when it is at most so many times its inputs: a transposed weight, but no expanded scalar. */
const MAX_GROWTH = 2;
/** Constants that are handed to one evaluation, which bounds the memory that it needs. */
const BATCH_BYTES = 64 << 20;
/** ONNX Runtime takes time that grows faster than the outputs of a model: 80 s for 10,000, 10 s for forty times 256. */
const BATCH_TENSORS = 256;
/** Folding a shape can make the next one known; three rounds settle all models seen. */
const MAX_ROUNDS = 3;

/** Operators whose result must not be frozen: random ones, and the quantized form of a weight. */
const NEVER_FOLDED = new Set(
  (
    'RandomNormal RandomNormalLike RandomUniform RandomUniformLike Multinomial Bernoulli Dropout ' +
    'QuantizeLinear DequantizeLinear DynamicQuantizeLinear'
  ).split(' '),
);

/**
 * Replaces nodes whose inputs are all constants by their results, as ONNX Runtime computes them: shape arithmetic, and
 * `Transpose`, `Reshape`, `Cast` or `Mul` of a weight, which then becomes visible as a weight. `Shape` of a tensor of
 * fixed dimensions counts as constant.
 */
export const foldConstants: Pass = {
  name: 'constants folded',
  exact: true,
  async apply(model, context) {
    const graph = mainGraph(model);
    const nodeCount = graph.node.length;
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const types = await context.types();
      const shapes = foldShapes(model, types);
      const folded = await foldOnce(model, context, shapes === 0 ? types : await context.types());
      if (shapes + folded === 0) break;
      dropUnused(model);
    }
    return nodeCount - graph.node.length;
  },
};

/** `Shape` of fixed dimensions becomes a constant. */
function foldShapes(model: Model, types: ReadonlyMap<string, TensorInfo>): number {
  const graph = mainGraph(model);
  const folded = new Set<NodeProto>();
  const outputs = new Set(graph.output.map((value) => value.name));
  for (const node of graph.node) {
    const info = types.get(node.input[0] ?? '');
    const output = node.output[0];
    if (!isOperator(node, 'Shape') || !output || outputs.has(output) || !info || info.dims.length === 0) continue;
    const dims = info.dims.slice(intAttribute(node, 'start', 0), intAttribute(node, 'end', info.dims.length));
    if (!dims.every((dim) => typeof dim === 'number')) continue;
    graph.initializer.push(addInt64Tensor(model, output, [dims.length], dims));
    folded.add(node);
  }
  removeNodes(graph, folded);
  return folded.size;
}

async function foldOnce(model: Model, context: PassContext, types: ReadonlyMap<string, TensorInfo>): Promise<number> {
  const index = indexGraph(model);
  const foldable = new Map<string, NodeProto>();
  for (const node of index.graph.node) {
    if (!isFoldable(node, index, foldable) || !node.output.every((name) => isWorthwhile(name, node, index, types)))
      continue;
    for (const name of node.output) if (name !== '') foldable.set(name, node);
  }
  if (foldable.size === 0) return 0;
  const nodes = new Set(foldable.values());
  const needed = [...foldable.keys()].filter(
    (name) => index.captured.has(name) || (index.consumers.get(name) ?? []).some((consumer) => !nodes.has(consumer)),
  );
  const wanted = new Set(needed);
  const computed = new Map<string, TensorProto>();
  for (const batch of batches(needed, index, foldable)) {
    const results = await context.evaluate(extract(model, index, foldable, batch));
    for (const name of batch) {
      const tensor = asTensor(model, name, results[name]);
      if (tensor) computed.set(name, tensor);
    }
  }
  // A node goes only when all that is needed of it was computed; what it alone needed is unused then, and dropped.
  const done = new Set([...nodes].filter((node) => node.output.some((name) => computed.has(name))));
  for (const node of done) if (node.output.some((name) => wanted.has(name) && !computed.has(name))) done.delete(node);
  for (const node of done) {
    for (const name of node.output) {
      const tensor = computed.get(name);
      if (tensor) index.graph.initializer.push(tensor);
    }
  }
  removeNodes(index.graph, done);
  return done.size;
}

function isFoldable(node: NodeProto, index: GraphIndex, foldable: ReadonlyMap<string, NodeProto>): boolean {
  return (
    isStandard(node) &&
    !NEVER_FOLDED.has(node.opType) &&
    subgraphsOf(node).length === 0 &&
    node.input.length > 0 &&
    node.output.every((name) => !index.outputs.has(name)) &&
    node.input.every((name) => name === '' || constantOf(index, name) !== undefined || foldable.has(name))
  );
}

/** An initializer that cannot be overridden. */
function constantOf(index: GraphIndex, name: string): TensorProto | undefined {
  return index.inputs.has(name) ? undefined : index.initializers.get(name);
}

/** True when the result is of a size that is known and does not blow up the file. */
function isWorthwhile(
  name: string,
  node: NodeProto,
  index: GraphIndex,
  types: ReadonlyMap<string, TensorInfo>,
): boolean {
  if (name === '') return true;
  const size = sizeOf(types.get(name));
  if (size === undefined) return false;
  if (size <= SMALL_BYTES) return true;
  const inputs = node.input.reduce((sum, input) => {
    const tensor = constantOf(index, input);
    return sum + (tensor ? dataTypeBytes(tensor.dataType, elementCount(tensor)) : (sizeOf(types.get(input)) ?? 0));
  }, 0);
  return size <= inputs * MAX_GROWTH;
}

function sizeOf(info: TensorInfo | undefined): number | undefined {
  if (!info || info.type === 'unknown' || info.type === 'string') return undefined;
  let count = 1;
  for (const dim of info.dims) {
    if (typeof dim !== 'number') return undefined;
    count *= dim;
  }
  return dataTypeBytes(dataTypeOf(info.type), count);
}

/** Splits the wanted tensors into batches of {@link BATCH_TENSORS} with constants of {@link BATCH_BYTES} behind them. */
function batches(
  wanted: readonly string[],
  index: GraphIndex,
  foldable: ReadonlyMap<string, NodeProto>,
): readonly string[][] {
  const result: string[][] = [];
  let bytes = Infinity;
  for (const name of wanted) {
    const { constants } = ancestors([name], index, foldable);
    const size = [...constants].reduce((sum, { dataType, dims }) => {
      const count = dims.reduce((product, dim) => product * Number(dim), 1);
      return sum + dataTypeBytes(dataType, count);
    }, 0);
    if (bytes + size > BATCH_BYTES || result.at(-1)?.length === BATCH_TENSORS) {
      result.push([]);
      bytes = 0;
    }
    result.at(-1)?.push(name);
    bytes += size;
  }
  return result;
}

/** The nodes and constants that the tensors depend on; nodes in graph order. */
function ancestors(
  names: readonly string[],
  index: GraphIndex,
  foldable: ReadonlyMap<string, NodeProto>,
): { nodes: Set<NodeProto>; constants: Set<TensorProto> } {
  const nodes = new Set<NodeProto>();
  const constants = new Set<TensorProto>();
  const pending = [...names];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    const node = foldable.get(name);
    const constant = constantOf(index, name);
    if (constant) constants.add(constant);
    if (!node || nodes.has(node)) continue;
    nodes.add(node);
    pending.push(...node.input);
  }
  return { nodes, constants };
}

/** A model without inputs that computes the tensors. */
function extract(
  model: Model,
  index: GraphIndex,
  foldable: ReadonlyMap<string, NodeProto>,
  names: readonly string[],
): Model {
  const { nodes, constants } = ancestors(names, index, foldable);
  const graph = create(GraphProtoSchema, {
    name: 'constants',
    node: index.graph.node.filter((node) => nodes.has(node)),
    initializer: [...constants],
    output: names.map((name) => create(ValueInfoProtoSchema, { name })),
  });
  const { irVersion, opsetImport } = model.proto;
  const weights = new Map(
    [...constants].flatMap((tensor) => {
      const weight = model.weights.get(tensor);
      return weight ? [[tensor, weight] as const] : [];
    }),
  );
  return { proto: create(ModelProtoSchema, { irVersion, opsetImport, graph }), weights };
}

function asTensor(model: Model, name: string, value: TensorValue | undefined): TensorProto | undefined {
  if (!value || value.type === 'string') return undefined;
  const type = dataTypeOf(value.type);
  if (dataTypeBits(type) === undefined) return undefined;
  return addTensor(model, name, type, value.dims, bytesOf(value.data as Uint8Array)); // strings were excluded above
}
