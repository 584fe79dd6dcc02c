import { graphsOf, mainGraph, type Model } from '../model';
import type { NodeProto } from '../onnx_pb';
import type { Pass } from './pass';

/**
 * Gives every node of the main graph and its subgraphs a name of its own, so that exclusions and reports can name it.
 */
export const nameNodes: Pass = {
  name: 'nodes named',
  exact: true,
  apply(model) {
    let changes = 0;
    for (const [node, name] of uniqueNodeNames(namedNodes(model))) {
      if (node.name === name) continue;
      node.name = name;
      changes++;
    }
    return changes;
  },
};

/** The nodes that must not share a name: those of the main graph and of its subgraphs, functions left out. */
export function namedNodes(model: Model): NodeProto[] {
  const nodes: NodeProto[] = [];
  for (const graph of graphsOf(mainGraph(model))) for (const node of graph.node) nodes.push(node);
  return nodes;
}

/**
 * A name of its own for each node. The first of several nodes with one name keeps it; unnamed ones become
 * `<opType>_<n>`, counted per operator, and the others `<name>_<n>`.
 */
export function uniqueNodeNames(nodes: readonly NodeProto[]): Map<NodeProto, string> {
  const names = new Map<NodeProto, string>();
  const taken = new Set<string>();
  const nameless: NodeProto[] = [];
  for (const node of nodes) {
    if (node.name === '' || taken.has(node.name)) nameless.push(node);
    else {
      taken.add(node.name);
      names.set(node, node.name);
    }
  }
  const counters = new Map<string, number>();
  for (const node of nameless) {
    const base = node.name === '' ? node.opType : node.name;
    let number = counters.get(base) ?? 0;
    while (taken.has(`${base}_${number}`)) number++;
    const name = `${base}_${number}`;
    taken.add(name);
    names.set(node, name);
    counters.set(base, number + 1);
  }
  return names;
}
