import { indexGraph, type GraphIndex } from '../graphIndex';
import { mainGraph, type Model } from '../model';
import type { NodeProto } from '../onnx_pb';
import { readInts } from '../tensor';
import { isOperator, removeNodes, replaceUses } from './editGraph';
import type { Pass } from './pass';

/**
 * Removes `Identity`, and `Dropout` where it does nothing (inference). Names of graph outputs stay; tensors that a
 * subgraph reads are left as they are.
 */
export const removeIdentities: Pass = {
  name: 'identities removed',
  exact: true,
  apply: (model) => removeInner(model) + removeAtOutputs(model),
};

/** Lets the readers of identities read what goes in; all in one sweep, chains included. */
function removeInner(model: Model): number {
  const graph = mainGraph(model);
  const index = indexGraph(model);
  const sources = new Map<string, string>();
  const removed = new Set<NodeProto>();
  for (const node of graph.node) {
    const [source, target] = [node.input[0], node.output[0]];
    if (!source || !target || !isIdentity(model, index, node)) continue;
    if (index.outputs.has(target) || index.captured.has(target)) continue;
    sources.set(target, sources.get(source) ?? source); // nodes are sorted, so the source is resolved already
    removed.add(node);
  }
  removeNodes(graph, removed);
  for (const node of graph.node) node.input = node.input.map((name) => sources.get(name) ?? name);
  graph.valueInfo = graph.valueInfo.filter((value) => !sources.has(value.name));
  return removed.size;
}

/** Lets the node before an identity make the graph output itself. */
function removeAtOutputs(model: Model): number {
  const graph = mainGraph(model);
  let changes = 0;
  let index = indexGraph(model);
  for (const node of [...graph.node]) {
    const [source, target] = [node.input[0], node.output[0]];
    if (!source || !target || !index.outputs.has(target) || !isIdentity(model, index, node)) continue;
    const producer = index.producers.get(source);
    if (!producer || index.outputs.has(source) || index.captured.has(source)) continue;
    producer.output = producer.output.map((name) => (name === source ? target : name));
    removeNodes(graph, new Set([node]));
    replaceUses(graph, source, target);
    graph.valueInfo = graph.valueInfo.filter((value) => value.name !== source);
    index = indexGraph(model);
    changes++;
  }
  return changes;
}

function isIdentity(model: Model, index: GraphIndex, node: NodeProto): boolean {
  if (isOperator(node, 'Identity')) return true;
  if (!isOperator(node, 'Dropout')) return false;
  const mask = node.output[1];
  if (mask && (index.consumers.has(mask) || index.outputs.has(mask))) return false;
  const training = node.input[2];
  if (!training) return true;
  const value = index.constants.get(training);
  return value !== undefined && readInts(model, value)[0] === 0;
}
