import { countMacs } from '../../evaluate/countMacs';
import { indexGraph } from '../../onnx/graphIndex';
import { mainGraph, type Model } from '../../onnx/model';
import type { NodeProto } from '../../onnx/onnx_pb';
import { isOperator } from '../../onnx/rewrites/editGraph';
import type { TensorInfo } from '../../onnx/tensorValue';

/** What is computed beside a shortcut and added to it: without it the network is that much shallower. */
export interface ResidualBranch {
  /** The Add that joins branch and shortcut. */
  readonly add: string;
  /** What the shortcut is: the other tensor that is added. */
  readonly shortcut: string;
  readonly output: string;
  /** What only the branch needs, in graph order. */
  readonly nodes: readonly string[];
  /** Multiply-accumulates of the branch for one sample. */
  readonly macs: number;
}

/**
 * The residual branches of the main graph that have weights: of the two sides of an Add of equal shapes, the one of which
 * every node serves that side alone, and of two such sides the one with more multiply-accumulates. Branches may contain
 * others. Nodes that an output of the graph or a subgraph reads belong to none.
 */
export function residualBranches(model: Model, types: ReadonlyMap<string, TensorInfo>): ResidualBranch[] {
  const { producers, consumers, outputs, captured } = indexGraph(model);
  const graph = mainGraph(model);
  const order = new Map(graph.node.map((node, at) => [node, at]));
  const isKept = (node: NodeProto): boolean => node.output.some((name) => outputs.has(name) || captured.has(name));

  /** All nodes that lead to `tensor` and to nothing else: not to the shortcut either. */
  const privateNodes = (tensor: string, shortcut: string, add: NodeProto): Set<NodeProto> => {
    const found = new Set<NodeProto>();
    const open = [tensor];
    for (let name = open.pop(); name !== undefined; name = open.pop()) {
      const node = producers.get(name);
      if (!node || found.has(node) || isKept(node) || node.output.includes(shortcut)) continue;
      const readers = node.output.flatMap((output) => consumers.get(output) ?? []);
      if (!readers.every((reader) => reader === add || found.has(reader))) continue;
      found.add(node);
      // A node whose other readers are found later is looked at again through them.
      open.push(...node.input);
    }
    return found;
  };

  return graph.node.flatMap((add): ResidualBranch[] => {
    const [a = '', b = ''] = add.input;
    const [output = ''] = add.output;
    const [dims, otherDims] = [types.get(a)?.dims, types.get(b)?.dims];
    if (!isOperator(add, 'Add') || a === b || dims === undefined || dims.join() !== otherDims?.join()) return [];
    if (!producers.has(a) && !producers.has(b)) return [];
    const sides = [
      { side: a, shortcut: b },
      { side: b, shortcut: a },
    ].flatMap(({ side, shortcut }): ResidualBranch[] => {
      const nodes = [...privateNodes(side, shortcut, add)].sort((x, y) => (order.get(x) ?? 0) - (order.get(y) ?? 0));
      const macs = nodes.reduce((sum, node) => sum + countMacs(node, types), 0);
      return macs > 0 ? [{ add: add.name, shortcut, output, nodes: nodes.map(({ name }) => name), macs }] : [];
    });
    const [first, second] = sides;
    if (!first) return [];
    return [second && second.macs > first.macs ? second : first];
  });
}
