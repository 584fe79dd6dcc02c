import type { GraphBody } from '../../../src/protocol';
import { graphAt, inputNumbers, outputNumbers, type DocumentIndex } from './documentIndex';
import type { FoldPlan } from './folding';
import { hashText } from './hash';

/** One graph as grouping sees it: which node feeds which, what subgraphs read counted to the node that holds them. */
export interface GraphView {
  readonly index: DocumentIndex;
  readonly graph: number;
  readonly body: GraphBody;
  /** Nodes that feed each node, each once, ascending. Constants feed nobody. */
  readonly sources: readonly (readonly number[])[];
  readonly targets: readonly (readonly number[])[];
  /** 1 for nodes that never have a block of their own while pairs are folded. */
  readonly isFolded: Uint8Array;
  /** 1 for nodes that depend on stored values alone. */
  readonly isStored: Uint8Array;
  /** Nodes in topological order, the file's where that is one; nodes of a cycle come last. */
  readonly order: readonly number[];
  /** Equal for nodes of the same operator. */
  readonly operators: Int32Array;
}

/** Creates the view of one graph. */
export function createGraphView(index: DocumentIndex, plan: FoldPlan, graph: number): GraphView {
  const body = graphAt(index.document, graph);
  const start = index.nodeStart[graph] ?? 0;
  const isFolded = Uint8Array.from(body.nodes, (_, node) => (plan.folded.has(start + node) ? 1 : 0));
  const targets = body.nodes.map((_, node) => {
    if (plan.constants.has(start + node)) return [];
    const found: number[] = [];
    for (const tensor of outputNumbers(index, start + node)) {
      for (const reader of index.readers[tensor] ?? []) found.push(liftTo(index, reader, graph));
      for (const inner of index.outputOf.get(tensor) ?? []) {
        const owner = inner === graph ? undefined : index.document.graphs[inner]?.owner;
        if (owner !== undefined) found.push(liftTo(index, (index.nodeStart[owner.graph] ?? 0) + owner.node, graph));
      }
    }
    if (found.length === 1) return found[0] === node || found[0] === -1 ? [] : found;
    return found
      .sort((first, second) => first - second)
      .filter((target, place) => target >= 0 && target !== node && target !== found[place - 1]);
  });
  const sources: number[][] = body.nodes.map(() => []);
  targets.forEach((list, node) => {
    for (const target of list) sources[target]?.push(node);
  });
  const order = topologicalOrder(sources, targets);
  const isStored = findStored(index, start, sources, order);
  return { index, graph, body, sources, targets, isFolded, isStored, order, operators: operatorHashes(body) };
}

function operatorHashes(body: GraphBody): Int32Array {
  const known = new Map<string, number>();
  return Int32Array.from(body.nodes, ({ domain, operator }) => {
    const text = domain === '' ? operator : `${domain}:${operator}`;
    let hash = known.get(text);
    if (hash === undefined) known.set(text, (hash = hashText(text)));
    return hash;
  });
}

/** The node of `graph` that a node lies in, at any depth; -1 when it lies elsewhere. */
function liftTo(index: DocumentIndex, node: number, graph: number): number {
  let current = node;
  for (let step = 0; step <= index.nodeStart.length; step++) {
    const home = index.graphOfNode[current] ?? 0;
    if (home === graph) return current - (index.nodeStart[graph] ?? 0);
    const owner = index.document.graphs[home]?.owner;
    if (owner === undefined) return -1;
    current = (index.nodeStart[owner.graph] ?? 0) + owner.node;
  }
  return -1;
}

/** Smallest index first among the nodes that are ready, so that a file in topological order keeps its order. */
function topologicalOrder(
  sources: readonly (readonly number[])[],
  targets: readonly (readonly number[])[],
): readonly number[] {
  const count = sources.length;
  if (sources.every((list, node) => list.every((source) => source < node))) return sources.map((_, node) => node);
  const waiting = sources.map((list) => list.length);
  const order: number[] = [];
  const done = new Uint8Array(count);
  // Passes over the file: every pass places all nodes whose sources are placed, in the file's order.
  let ready = waiting.flatMap((left, node) => (left === 0 ? [node] : []));
  while (ready.length > 0) {
    const next: number[] = [];
    for (const node of ready) {
      order.push(node);
      done[node] = 1;
      for (const target of targets[node] ?? []) {
        const left = (waiting[target] ?? 0) - 1;
        waiting[target] = left;
        if (left === 0) next.push(target);
      }
    }
    ready = next.sort((first, second) => first - second);
  }
  for (let node = 0; node < count; node++) if (done[node] === 0) order.push(node);
  return order;
}

function findStored(
  index: DocumentIndex,
  start: number,
  sources: readonly (readonly number[])[],
  order: readonly number[],
): Uint8Array {
  const stored = new Uint8Array(sources.length);
  for (const node of order) {
    const inputs = inputNumbers(index, start + node);
    const fromStored = inputs.every(
      (tensor) =>
        tensor < 0 ||
        index.tensors[tensor]?.weight !== undefined ||
        stored[(index.producer[tensor] ?? -1) - start] === 1,
    );
    if (fromStored && (sources[node] ?? []).every((source) => stored[source] === 1)) stored[node] = 1;
  }
  return stored;
}
