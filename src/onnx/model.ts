import { clone } from '@bufbuild/protobuf';
import {
  ModelProtoSchema,
  type AttributeProto,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type TensorProto,
} from './onnx_pb';
import type { PayloadField } from './messageMap';

/** The payload of a tensor that is not held in its message: little-endian, row-major, read on demand. */
export interface Weight {
  readonly byteLength: number;
  /** Returns `length` bytes from `offset`. */
  read(offset: number, length: number): Uint8Array;
  /** The TensorProto field that held it; raw_data when absent. */
  readonly field?: PayloadField;
  /** True when it came from an external data file. */
  readonly external?: boolean;
}

/** A model: its structure in memory, its large weights elsewhere. A tensor in `weights` has an empty payload. */
export interface Model {
  readonly proto: ModelProto;
  readonly weights: Map<TensorProto, Weight>;
}

/** The main graph; a model that was read always has one. */
export function mainGraph(model: Model): GraphProto {
  return model.proto.graph as GraphProto; // readModel refuses a model without a graph
}

/** Copies the structure; weights stay shared, since they are never changed in place. */
export function cloneModel(model: Model): Model {
  const proto = clone(ModelProtoSchema, model.proto);
  const weights = new Map<TensorProto, Weight>();
  const originals = [...tensorsOf(model.proto)];
  let index = 0;
  for (const tensor of tensorsOf(proto)) {
    const weight = model.weights.get(originals[index++] as TensorProto);
    if (weight) weights.set(tensor, weight);
  }
  return { proto, weights };
}

/** Every tensor of a model in a fixed order: initializers, attributes, subgraphs, functions, training graphs. */
export function* tensorsOf(proto: ModelProto): Generator<TensorProto> {
  if (proto.graph) yield* graphTensors(proto.graph);
  for (const fn of proto.functions) {
    for (const node of fn.node) yield* attributeTensors(node.attribute);
    yield* attributeTensors(fn.attributeProto);
  }
  for (const training of proto.trainingInfo) {
    if (training.initialization) yield* graphTensors(training.initialization);
    if (training.algorithm) yield* graphTensors(training.algorithm);
  }
}

function* graphTensors(graph: GraphProto): Generator<TensorProto> {
  yield* graph.initializer;
  for (const sparse of graph.sparseInitializer) {
    if (sparse.values) yield sparse.values;
    if (sparse.indices) yield sparse.indices;
  }
  for (const node of graph.node) yield* attributeTensors(node.attribute);
}

function* attributeTensors(attributes: readonly AttributeProto[]): Generator<TensorProto> {
  for (const attribute of attributes) {
    if (attribute.t) yield attribute.t;
    yield* attribute.tensors;
    for (const sparse of [attribute.sparseTensor, ...attribute.sparseTensors]) {
      if (sparse?.values) yield sparse.values;
      if (sparse?.indices) yield sparse.indices;
    }
    if (attribute.g) yield* graphTensors(attribute.g);
    for (const graph of attribute.graphs) yield* graphTensors(graph);
  }
}

/** The graphs inside a node's attributes (`If`, `Loop`, `Scan`). */
export function subgraphsOf(node: NodeProto): GraphProto[] {
  return node.attribute.flatMap((attribute) => (attribute.g ? [attribute.g, ...attribute.graphs] : attribute.graphs));
}

/** A graph and all graphs inside it, outermost first. */
export function* graphsOf(graph: GraphProto): Generator<GraphProto> {
  yield graph;
  for (const node of graph.node) for (const inner of subgraphsOf(node)) yield* graphsOf(inner);
}
