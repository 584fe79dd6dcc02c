import { makeNode } from '../onnx/attributes';
import { createNamer } from '../onnx/graphIndex';
import { graphsOf, mainGraph, subgraphsOf, type Model } from '../onnx/model';
import { TensorProto_DataType as Type, type GraphProto, type NodeProto, type TensorProto } from '../onnx/onnx_pb';
import { elementCount } from '../onnx/tensor';
import type { QuantizeSettings } from '../protocol';
import { throwIfCancelled } from '../util/pressError';
import { createExclusion } from '../onnx/exclude';
import { addHalfTensor, whyNotHalf } from './fp16Tensor';
import { emptyOutcome, type QuantizeOutcome } from './outcome';
import type { QuantizeContext } from './quantizeContext';

/** Smaller tensors save less than a Cast node costs in the file. */
const SMALLEST_ELEMENTS = 256;

/**
 * Stores float32 weights as float16 with a Cast to float32 that makes the old name, in subgraphs too. ONNX Runtime
 * folds the Cast when it loads the model: half the file, the same speed and memory as before. With `only`, weights are
 * stored that are read by such nodes alone (patterns as for `exclude`); the outcome is about those nodes then.
 */
export function storeHalfWeights(
  model: Model,
  settings: Pick<QuantizeSettings, 'exclude'>,
  context: QuantizeContext,
  only?: readonly string[],
): QuantizeOutcome {
  const newName = createNamer(model);
  const exclusion = createExclusion(settings.exclude);
  const selection = only && createExclusion(only);
  const main = mainGraph(model);
  const overridable = new Set(main.input.map((value) => value.name));
  const users = new Map<NodeProto, { casts: string[]; reason?: string }>();
  const graphs = [...graphsOf(main)];
  const total = graphs.reduce((sum, graph) => sum + graph.initializer.length, 0);
  let done = 0;
  for (const graph of graphs) {
    const readers = readersOf(graph);
    const casts: NodeProto[] = [];
    graph.initializer = graph.initializer.map((tensor) => {
      throwIfCancelled(context.signal);
      context.onProgress?.({ stage: 'quantize', done: done++, total });
      if (tensor.dataType !== Type.FLOAT || elementCount(tensor) < SMALLEST_ELEMENTS) return tensor;
      const nodes = readers.get(tensor.name) ?? [];
      if (selection && !nodes.some((node) => selection.match(node) !== undefined)) return tensor;
      const note = (cast?: string, reason?: string): void => {
        for (const node of nodes) {
          if (selection && selection.match(node) === undefined) continue;
          const user = users.get(node) ?? { casts: [] };
          users.set(node, user);
          if (cast !== undefined) user.casts.push(cast);
          if (reason !== undefined) user.reason ??= reason;
        }
      };
      const reason = whyNotStored(tensor, nodes, graph === main && overridable.has(tensor.name));
      if (reason !== undefined) {
        note(undefined, reason);
        return tensor;
      }
      const half = addHalfTensor(model, tensor, newName(`${tensor.name}_fp16`));
      const cast = makeNode('Cast', newName(`${tensor.name}_Cast`), [half.name], [tensor.name], { to: Type.FLOAT });
      casts.push(cast);
      model.weights.delete(tensor);
      note(cast.name);
      return half;
    });
    graph.node = [...casts, ...graph.node];
  }
  return outcomeOf(users);

  function whyNotStored(tensor: TensorProto, nodes: readonly NodeProto[], replaceable: boolean): string | undefined {
    if (replaceable) return 'Its weight is also a graph input, so that a caller may replace it.';
    for (const node of nodes) {
      const pattern = exclusion.match(node);
      if (pattern !== undefined) return `Excluded by "${pattern}", or shares its weight with a node that is.`;
      if (selection && selection.match(node) === undefined) return `Shares its weight with ${node.name}.`;
    }
    return whyNotHalf(model, tensor);
  }
}

function outcomeOf(users: ReadonlyMap<NodeProto, { casts: readonly string[]; reason?: string }>): QuantizeOutcome {
  const outcome = emptyOutcome();
  for (const [{ name: node, opType }, { casts, reason }] of users) {
    if (casts.length > 0) {
      outcome.quantized.push({ node, opType, scheme: 'fp16 weights' });
      outcome.mapping.push({ source: node, targets: [...casts, node] });
    } else if (reason !== undefined) outcome.kept.push({ node, opType, reason });
  }
  return outcome;
}

/** The nodes of a graph, and of the graphs inside it, that read each name. */
function readersOf(graph: GraphProto): Map<string, NodeProto[]> {
  const readers = new Map<string, NodeProto[]>();
  const visit = (inner: GraphProto): void => {
    for (const node of inner.node) {
      for (const name of new Set(node.input)) {
        const list = readers.get(name);
        if (list) list.push(node);
        else readers.set(name, [node]);
      }
      subgraphsOf(node).forEach(visit);
    }
  };
  visit(graph);
  return readers;
}
