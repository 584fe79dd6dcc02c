import { mainGraph, subgraphsOf, type Model } from './model';
import { findAttribute } from './attributes';
import type { GraphProto, NodeProto, TensorProto } from './onnx_pb';

/**
 * Who makes and who reads each tensor of a model's main graph. It is a snapshot: build it anew after a change.
 * A tensor that a subgraph reads counts as read by the node that holds the subgraph.
 */
export interface GraphIndex {
  readonly graph: GraphProto;
  readonly producers: ReadonlyMap<string, NodeProto>;
  readonly consumers: ReadonlyMap<string, readonly NodeProto[]>;
  readonly initializers: ReadonlyMap<string, TensorProto>;
  /** Tensors whose value is fixed: initializers that no graph input overrides, and outputs of Constant. */
  readonly constants: ReadonlyMap<string, TensorProto>;
  readonly inputs: ReadonlySet<string>;
  readonly outputs: ReadonlySet<string>;
  /** Tensors that a subgraph reads; rewriting their producers must keep these names. */
  readonly captured: ReadonlySet<string>;
}

/** Indexes the main graph of a model. */
export function indexGraph(model: Model): GraphIndex {
  const graph = mainGraph(model);
  const producers = new Map<string, NodeProto>();
  const consumers = new Map<string, NodeProto[]>();
  const captured = new Set<string>();
  const inputs = new Set(graph.input.map((value) => value.name));
  const initializers = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
  const constants = new Map([...initializers].filter(([name]) => !inputs.has(name)));
  for (const node of graph.node) {
    for (const name of node.output) if (name !== '') producers.set(name, node);
    const names = new Set(node.input.filter((name) => name !== ''));
    for (const inner of subgraphsOf(node)) {
      for (const name of freeNames(inner)) {
        names.add(name);
        captured.add(name);
      }
    }
    for (const name of names) {
      const list = consumers.get(name);
      if (list) list.push(node);
      else consumers.set(name, [node]);
    }
    const constant = isConstant(node) ? findAttribute(node, 'value')?.t : undefined;
    if (constant && node.output[0] !== undefined) constants.set(node.output[0], constant);
  }
  const outputs = new Set(graph.output.map((value) => value.name));
  return { graph, producers, consumers, initializers, constants, inputs, outputs, captured };
}

/** Names of a graph's initializers, dense and sparse. */
export function initializerNames(graph: GraphProto): string[] {
  return [
    ...graph.initializer.map((tensor) => tensor.name),
    ...graph.sparseInitializer.map((tensor) => tensor.values?.name ?? ''),
  ];
}

/** The names that a graph reads from outside of itself. */
export function freeNames(graph: GraphProto): Set<string> {
  const bound = new Set([...graph.input.map((value) => value.name), ...initializerNames(graph)]);
  const free = new Set<string>();
  const read = (name: string): void => {
    if (name !== '' && !bound.has(name)) free.add(name);
  };
  for (const node of graph.node) {
    node.input.forEach(read);
    for (const inner of subgraphsOf(node)) freeNames(inner).forEach(read);
    for (const name of node.output) bound.add(name);
  }
  for (const value of graph.output) read(value.name);
  return free;
}

/** True for operators of the ONNX standard itself. */
export function isStandard(node: NodeProto): boolean {
  return node.domain === '' || node.domain === 'ai.onnx';
}

/** True for the Constant operator. */
export function isConstant(node: NodeProto): boolean {
  return node.opType === 'Constant' && isStandard(node);
}

/** The version of the standard operator set that the model uses. */
export function opsetOf(model: Model): number {
  const entry = model.proto.opsetImport.find((set) => set.domain === '' || set.domain === 'ai.onnx');
  return entry ? Number(entry.version) : 1;
}

/** Makes names that no tensor and no node of the model has. */
export function createNamer(model: Model): (wanted: string) => string {
  const taken = new Set<string>();
  const collect = (graph: GraphProto): void => {
    for (const value of [...graph.input, ...graph.output, ...graph.valueInfo]) taken.add(value.name);
    for (const name of initializerNames(graph)) taken.add(name);
    for (const node of graph.node) {
      taken.add(node.name);
      for (const name of [...node.input, ...node.output]) taken.add(name);
      subgraphsOf(node).forEach(collect);
    }
  };
  collect(mainGraph(model));
  // Names are only ever added, so that a search begins where the last one for the same name ended.
  const next = new Map<string, number>();
  return (wanted) => {
    let name = wanted;
    let n = next.get(wanted) ?? 2;
    if (n > 2) name = `${wanted}_${n++}`;
    for (; taken.has(name); n++) name = `${wanted}_${n}`;
    taken.add(name);
    next.set(wanted, n);
    return name;
  };
}
