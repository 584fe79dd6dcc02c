import { graphsOf, mainGraph } from '../model';
import type { NodeProto } from '../onnx_pb';
import type { Pass } from './pass';

/**
 * Gives every node of the main graph and its subgraphs a name of its own, so that exclusions and reports can name it.
 * The first of several nodes with one name keeps it; unnamed ones become `<opType>_<n>`, counted per operator.
 */
export const nameNodes: Pass = {
  name: 'nodes named',
  exact: true,
  apply(model) {
    const nodes = [...graphsOf(mainGraph(model))].flatMap((graph) => graph.node);
    const taken = new Set<string>();
    const nameless: NodeProto[] = [];
    for (const node of nodes) {
      if (node.name === '' || taken.has(node.name)) nameless.push(node);
      else taken.add(node.name);
    }
    const counters = new Map<string, number>();
    for (const node of nameless) {
      const base = node.name === '' ? node.opType : node.name;
      let number = counters.get(base) ?? 0;
      while (taken.has(`${base}_${number}`)) number++;
      node.name = `${base}_${number}`;
      taken.add(node.name);
      counters.set(base, number + 1);
    }
    return nameless.length;
  },
};
