import { createNamer, indexGraph, type GraphIndex } from '../graphIndex';
import type { NodeProto } from '../onnx_pb';
import { isOperator, soleConsumer } from './editGraph';
import type { Pass } from './pass';

/** Operators behind which an activation has the same effect as before them: they move values, or take the largest. */
const PASSED = ['MaxPool', 'Reshape', 'Flatten', 'Transpose', 'Squeeze', 'Unsqueeze'];
/** Operators into whose kernel, float or integer, an activation right behind them vanishes. */
const ABSORBING = ['Conv', 'Gemm', 'Add'];

/**
 * Moves `Relu` and `Clip` from behind pooling and reshaping to right behind the convolution (or Gemm, or Add) before it:
 * Conv, MaxPool, Relu becomes Conv, Relu, MaxPool. The result is the same, and no kernel of its own is needed for it.
 */
export const activationsForward: Pass = {
  name: 'Relu and Clip before pooling',
  exact: false,
  apply(model) {
    const index = indexGraph(model);
    const { graph } = index;
    const newName = createNamer(model);
    const moved = new Set<NodeProto>();
    const before = new Map<NodeProto, NodeProto>();
    const gone = new Set<string>();
    for (const node of graph.node) {
      const chain = isActivation(index, node) ? chainBefore(index, node) : [];
      const [first] = chain;
      const last = chain.at(-1);
      if (!first || !last) continue;
      const [source = '', behind = '', result = ''] = [first.input[0], last.output[0], node.output[0]];
      const activated = newName(`${source}_${node.opType}`);
      node.input[0] = source;
      node.output = [activated];
      first.input[0] = activated;
      last.output = [result];
      moved.add(node);
      before.set(first, node);
      gone.add(behind);
    }
    graph.node = graph.node
      .filter((node) => !moved.has(node))
      .flatMap((node) => {
        const activation = before.get(node);
        return activation ? [activation, node] : [node];
      });
    graph.valueInfo = graph.valueInfo.filter(({ name }) => !gone.has(name));
    return moved.size;
  },
};

function isActivation(index: GraphIndex, node: NodeProto): boolean {
  const isFixed = node.input.slice(1).every((name) => name === '' || index.constants.has(name));
  return isOperator(node, 'Relu', 'Clip') && isFixed;
}

/** What lies between the activation and an operator that absorbs it, in graph order; empty where it cannot move. */
function chainBefore(index: GraphIndex, activation: NodeProto): NodeProto[] {
  const chain: NodeProto[] = [];
  for (let reader = activation; ;) {
    const name = reader.input[0] ?? '';
    const producer = index.producers.get(name);
    if (!producer || producer.output.length !== 1 || soleConsumer(index, name) !== reader) return [];
    if (isOperator(producer, ...ABSORBING)) return chain;
    if (!isOperator(producer, ...PASSED)) return [];
    chain.unshift(producer);
    reader = producer;
  }
}
