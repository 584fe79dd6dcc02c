import { freeNames, indexGraph, isStandard, type GraphIndex } from '../graphIndex';
import { mainGraph, subgraphsOf, tensorsOf, type Model } from '../model';
import type { GraphProto, NodeProto, TensorProto } from '../onnx_pb';

/** True when the node is this operator of the ONNX standard. */
export function isOperator(node: NodeProto, ...opTypes: readonly string[]): boolean;
export function isOperator(node: NodeProto | undefined, ...opTypes: readonly string[]): node is NodeProto;
export function isOperator(node: NodeProto | undefined, ...opTypes: readonly string[]): boolean {
  return node !== undefined && isStandard(node) && opTypes.includes(node.opType);
}

/** The only node that reads `name`, and only once; undefined when others, a subgraph or a graph output see it too. */
export function soleConsumer(index: GraphIndex, name: string | undefined): NodeProto | undefined {
  if (name === undefined || index.outputs.has(name) || index.captured.has(name)) return undefined;
  const consumers = index.consumers.get(name) ?? [];
  const only = consumers.length === 1 ? consumers[0] : undefined;
  return only?.input.filter((input) => input === name).length === 1 ? only : undefined;
}

/** Makes every node of the graph itself read `to` instead of `from`; subgraphs are left alone. */
export function replaceUses(graph: GraphProto, from: string, to: string): void {
  for (const node of graph.node) {
    node.input.forEach((name, i) => {
      if (name === from) node.input[i] = to;
    });
  }
}

/** Sets an input, with empty names for optional inputs before it. */
export function setInput(node: NodeProto, position: number, name: string): void {
  while (node.input.length < position) node.input.push('');
  node.input[position] = name;
}

/** Inserts nodes right after `node`. */
export function insertAfter(graph: GraphProto, node: NodeProto, ...added: readonly NodeProto[]): void {
  graph.node.splice(graph.node.indexOf(node) + 1, 0, ...added);
}

/** Removes nodes. */
export function removeNodes(graph: GraphProto, nodes: ReadonlySet<NodeProto>): void {
  if (nodes.size > 0) graph.node = graph.node.filter((node) => !nodes.has(node));
}

/** Adds an initializer to the main graph and returns its name. */
export function addInitializer(model: Model, tensor: TensorProto): string {
  mainGraph(model).initializer.push(tensor);
  return tensor.name;
}

/**
 * Removes what the outputs of the model do not need: nodes of the ONNX standard whose outputs nobody reads, initializers
 * nobody reads, and the value infos of tensors that are gone. Nodes of other domains may have effects and stay.
 * Returns how many nodes and initializers went.
 */
export function dropUnused(model: Model): number {
  const graph = mainGraph(model);
  const before = graph.node.length + graph.initializer.length;
  const live = new Set(graph.output.map((value) => value.name));
  // Nodes are sorted, so that one walk backwards sees every reader before the node it reads from.
  graph.node = graph.node
    .reverse()
    .filter((node) => {
      if (isStandard(node) && !node.output.some((name) => live.has(name))) return false;
      for (const name of node.input) live.add(name);
      for (const inner of subgraphsOf(node)) for (const name of freeNames(inner)) live.add(name);
      return true;
    })
    .reverse();
  const index = indexGraph(model);
  // Training graphs name the initializers that they update.
  if (model.proto.trainingInfo.length === 0) {
    graph.initializer = graph.initializer.filter(
      ({ name }) => index.consumers.has(name) || index.outputs.has(name) || index.inputs.has(name),
    );
    forgetWeights(model);
  }
  graph.valueInfo = graph.valueInfo.filter(({ name }) => index.producers.has(name) || index.initializers.has(name));
  return before - graph.node.length - graph.initializer.length;
}

/** Lets go of the payloads of tensors that left the model. */
function forgetWeights(model: Model): void {
  const present = new Set(tensorsOf(model.proto));
  for (const tensor of model.weights.keys()) if (!present.has(tensor)) model.weights.delete(tensor);
}
