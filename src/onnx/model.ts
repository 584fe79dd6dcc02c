import { clone } from '@bufbuild/protobuf';
import {
  ModelProtoSchema,
  type AttributeProto,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type SparseTensorProto,
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
  const originals = tensorsOf(model.proto);
  let index = 0;
  for (const tensor of tensorsOf(proto)) {
    const weight = model.weights.get(originals[index++] as TensorProto);
    if (weight) weights.set(tensor, weight);
  }
  return { proto, weights };
}

/** Every tensor of a model in a fixed order: initializers, attributes, subgraphs, functions, training graphs. */
export function tensorsOf(proto: ModelProto): TensorProto[] {
  const found: TensorProto[] = [];
  if (proto.graph) addGraphTensors(proto.graph, found);
  for (const fn of proto.functions) {
    for (const node of fn.node) addAttributeTensors(node.attribute, found);
    addAttributeTensors(fn.attributeProto, found);
  }
  for (const training of proto.trainingInfo) {
    if (training.initialization) addGraphTensors(training.initialization, found);
    if (training.algorithm) addGraphTensors(training.algorithm, found);
  }
  return found;
}

function addGraphTensors(graph: GraphProto, found: TensorProto[]): void {
  for (const tensor of graph.initializer) found.push(tensor);
  for (const sparse of graph.sparseInitializer) addSparseTensors(sparse, found);
  for (const node of graph.node) addAttributeTensors(node.attribute, found);
}

function addAttributeTensors(attributes: readonly AttributeProto[], found: TensorProto[]): void {
  for (const attribute of attributes) {
    if (attribute.t) found.push(attribute.t);
    for (const tensor of attribute.tensors) found.push(tensor);
    if (attribute.sparseTensor) addSparseTensors(attribute.sparseTensor, found);
    for (const sparse of attribute.sparseTensors) addSparseTensors(sparse, found);
    if (attribute.g) addGraphTensors(attribute.g, found);
    for (const graph of attribute.graphs) addGraphTensors(graph, found);
  }
}

function addSparseTensors({ values, indices }: SparseTensorProto, found: TensorProto[]): void {
  if (values) found.push(values);
  if (indices) found.push(indices);
}

/** The graphs inside a node's attributes (`If`, `Loop`, `Scan`). */
export function subgraphsOf(node: NodeProto): GraphProto[] {
  const found: GraphProto[] = [];
  // A loop, since this is asked of every node and hardly any has one.
  for (const { g, graphs } of node.attribute) {
    if (g) found.push(g);
    if (graphs.length > 0) found.push(...graphs);
  }
  return found;
}

/** A graph and all graphs inside it, outermost first. */
export function* graphsOf(graph: GraphProto): Generator<GraphProto> {
  yield graph;
  for (const node of graph.node) for (const inner of subgraphsOf(node)) yield* graphsOf(inner);
}
