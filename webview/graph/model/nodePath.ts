import type { NodeRef } from '../../../src/protocol';
import { graphAt, nodeNumber, nodeRefOf, type DocumentIndex } from './documentIndex';
import type { GroupTree } from './groups';

/** Where a node is drawn when all around it is expanded. */
export interface NodePath {
  /** Key of its item. */
  readonly key: string;
  /** Keys to expand, outermost first. */
  readonly around: readonly string[];
}

/** Makes the paths of nodes from the main graph; of a function's body, through the first node that calls it. */
export function createNodePaths(index: DocumentIndex, groups: readonly GroupTree[]): (ref: NodeRef) => NodePath {
  const bodies = new Map<number, BodyPath>();
  const callers = new Map<number, number>();
  index.nodes.forEach((node, number) => {
    if (node.function !== undefined && !callers.has(node.function)) callers.set(node.function, number);
  });
  return (ref) => pathOf(index, groups, bodies, callers, ref);
}

/** What is expanded to see a graph, and what stands in front of the keys in it. */
interface BodyPath {
  readonly around: readonly string[];
  readonly prefix: string;
}

const ROOT: BodyPath = { around: [], prefix: '' };

function pathOf(
  index: DocumentIndex,
  groups: readonly GroupTree[],
  bodies: Map<number, BodyPath>,
  callers: ReadonlyMap<number, number>,
  ref: NodeRef,
): NodePath {
  // From the node outwards, then back: bodies nest as deep as a file likes.
  const chain: NodeRef[] = [ref];
  for (let graph = ref.graph; graph !== 0 && chain.length <= index.nodeStart.length && !bodies.has(graph);) {
    const holder = holderOf(index, callers, graph);
    if (holder === undefined) break;
    chain.push(holder);
    graph = holder.graph;
  }
  let body = bodies.get(chain[chain.length - 1]?.graph ?? 0) ?? ROOT;
  for (let place = chain.length - 1; place > 0; place--) {
    const holder = chain[place] ?? ref;
    const inner = chain[place - 1]?.graph ?? 0;
    const key = keyOf(body, holder);
    const isCall = index.nodes[nodeNumber(index, holder)]?.function === inner;
    body = {
      around: [...body.around, ...groupKeys(groups, body, holder), key],
      prefix: isCall ? `${key}>` : body.prefix,
    };
    bodies.set(inner, body);
  }
  return { key: keyOf(body, ref), around: [...body.around, ...groupKeys(groups, body, ref)] };
}

function keyOf(body: BodyPath, { graph, node }: NodeRef): string {
  return `${body.prefix}n:${String(graph)}/${String(node)}`;
}

function holderOf(index: DocumentIndex, callers: ReadonlyMap<number, number>, graph: number): NodeRef | undefined {
  const { owner } = graphAt(index.document, graph);
  if (owner !== undefined) return owner;
  const caller = callers.get(graph);
  return caller === undefined ? undefined : nodeRefOf(index, caller);
}

function groupKeys(groups: readonly GroupTree[], body: BodyPath, { graph, node }: NodeRef): readonly string[] {
  const tree = groups[graph];
  const keys: string[] = [];
  for (let group = tree?.groupOf[node] ?? -1; group >= 0; group = tree?.groups[group]?.parent ?? -1) {
    keys.push(body.prefix + (tree?.groups[group]?.key ?? ''));
  }
  return keys.reverse();
}
