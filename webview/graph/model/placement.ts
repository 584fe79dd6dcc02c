import type { DisplayItem, ItemKind } from './display';
import { graphAt, type DocumentIndex } from './documentIndex';
import { hasOwnInputs } from './bodySlots';
import type { FoldPlan } from './folding';
import type { GroupTree, NodeGroup } from './groups';

/** What is placed, before titles and rows are made. */
export interface Placing {
  readonly index: DocumentIndex;
  readonly plan: FoldPlan;
  readonly groups: readonly GroupTree[];
  readonly expanded: ReadonlySet<string>;
  readonly raw: boolean;
  /** Makes the block of what is placed. */
  readonly describe: Describer;
  readonly items: DisplayItem[];
  readonly bodies: PlacedBody[];
}

/** What each kind of item shows. */
export interface Describer {
  readonly node: (number: number) => Description;
  readonly head: (number: number) => Description;
  readonly group: (tree: GroupTree, group: NodeGroup) => Description;
  readonly branch: (graph: number) => Description;
  readonly boundary: (kind: 'input' | 'output', tensor: number) => Description;
}

export type Description = Omit<DisplayItem, 'key' | 'kind' | 'parent' | 'expanded' | 'expandable'>;

/** A graph that is drawn: the one asked for, and bodies opened in place. A function may be drawn several times. */
export interface PlacedBody {
  readonly graph: number;
  /** In front of all keys in it; empty but in functions. */
  readonly prefix: string;
  /** The body around a subgraph, whose tensors it may capture. */
  readonly outer?: PlacedBody;
  /** The node that was opened to show it, with its body. */
  readonly caller?: { readonly node: number; readonly body: PlacedBody };
  /** Item of every node of the graph, in its own count; -1 for folded ones, -2 for those opened in place. */
  readonly itemOf: Int32Array;
  /** Items of inputs and outputs by number of the tensor. */
  readonly inputs: Map<number, number>;
  readonly outputs: Map<number, number>;
  /** Where tensors leave from, found once. */
  readonly sources: Map<number, readonly TensorSource[]>;
  /** By number of an opened node: the block of those inputs that no body has (-1 for none), and the bodies opened in it. */
  readonly opened: Map<number, { readonly head: number; readonly bodies: readonly PlacedBody[] }>;
}

/** An item that a tensor leaves from, and the key of its edge. */
export interface TensorSource {
  readonly item: number;
  readonly key: string;
}

/** In `itemOf`: a node that is part of an edge or a row. */
export const FOLDED = -1;
/** In `itemOf`: a node whose bodies are opened in place. */
export const OPENED = -2;

/** Functions calling functions deeper than this are not opened; valid ones never nest that far. */
const DEEPEST_CALLS = 32;

/** Places a graph with everything opened in it; containers come before what they contain. */
export function placeBody(
  placing: Placing,
  graph: number,
  parent: number,
  prefix: string,
  around: Pick<PlacedBody, 'outer' | 'caller'>,
): PlacedBody {
  const { index, items } = placing;
  const body = graphAt(index.document, graph);
  const tensorStart = index.tensorStart[graph] ?? 0;
  const placed: PlacedBody = {
    graph,
    prefix,
    ...around,
    itemOf: new Int32Array(body.nodes.length).fill(FOLDED),
    inputs: new Map(),
    outputs: new Map(),
    sources: new Map(),
    opened: new Map(),
  };
  placing.bodies.push(placed);
  for (const input of body.inputs) {
    if (placed.inputs.has(tensorStart + input)) continue;
    placed.inputs.set(tensorStart + input, items.length);
    const key = `${prefix}i:${String(graph)}/${String(input)}`;
    pushLeaf(placing, key, 'input', parent, placing.describe.boundary('input', tensorStart + input));
  }
  placeLevel(placing, placed, levelsOf(placing, graph), -1, parent);
  for (const output of body.outputs) {
    if (placed.outputs.has(tensorStart + output)) continue;
    placed.outputs.set(tensorStart + output, items.length);
    const key = `${prefix}o:${String(graph)}/${String(output)}`;
    pushLeaf(placing, key, 'output', parent, placing.describe.boundary('output', tensorStart + output));
  }
  return placed;
}

/** Nodes and groups directly in each group; groups are written as -1 - group. The last entry is the top. */
function levelsOf(placing: Placing, graph: number): readonly (readonly number[])[] {
  const tree = placing.groups[graph];
  const body = graphAt(placing.index.document, graph);
  const start = placing.index.nodeStart[graph] ?? 0;
  const count = tree?.groups.length ?? 0;
  const levels: number[][] = Array.from({ length: count + 1 }, () => []);
  const isListed = new Uint8Array(count);
  const hidden = placing.raw ? placing.plan.constants : placing.plan.folded;
  for (let node = 0; node < body.nodes.length; node++) {
    if (hidden.has(start + node)) continue;
    let group = tree?.groupOf[node] ?? -1;
    levels[group < 0 ? count : group]?.push(node);
    while (group >= 0 && isListed[group] === 0) {
      isListed[group] = 1;
      const parent = tree?.groups[group]?.parent ?? -1;
      levels[parent < 0 ? count : parent]?.push(-1 - group);
      group = parent;
    }
  }
  return levels;
}

function placeLevel(
  placing: Placing,
  placed: PlacedBody,
  levels: readonly (readonly number[])[],
  group: number,
  parent: number,
): void {
  const tree = placing.groups[placed.graph];
  for (const entry of levels[group < 0 ? levels.length - 1 : group] ?? []) {
    if (entry >= 0) {
      placeNode(placing, placed, entry, parent);
      continue;
    }
    const inner = tree?.groups[-1 - entry];
    if (tree === undefined || inner === undefined) continue;
    const key = placed.prefix + inner.key;
    const expanded = placing.expanded.has(key);
    const item = placing.items.length;
    pushItem(placing, key, 'group', parent, expanded, true, placing.describe.group(tree, inner));
    if (expanded) placeLevel(placing, placed, levels, -1 - entry, item);
    else for (const member of inner.members) coverNode(placing, placed, member, item);
  }
}

/** A node in a collapsed group is drawn by the group, unless it is folded. */
function coverNode(placing: Placing, placed: PlacedBody, node: number, item: number): void {
  const number = (placing.index.nodeStart[placed.graph] ?? 0) + node;
  if (!(placing.raw ? placing.plan.constants : placing.plan.folded).has(number)) placed.itemOf[node] = item;
}

function placeNode(placing: Placing, placed: PlacedBody, node: number, parent: number): void {
  const { index, items } = placing;
  const number = (index.nodeStart[placed.graph] ?? 0) + node;
  const bodies = bodiesOf(placing, placed, number);
  const key = `${placed.prefix}n:${String(placed.graph)}/${String(node)}`;
  const expanded = bodies.length > 0 && placing.expanded.has(key);
  const item = items.length;
  pushItem(placing, key, 'operator', parent, expanded, bodies.length > 0, placing.describe.node(number));
  if (!expanded) {
    placed.itemOf[node] = item;
    return;
  }
  placed.itemOf[node] = OPENED;
  const owner = index.nodes[number];
  let head = -1;
  if (
    owner !== undefined &&
    hasOwnInputs(
      owner,
      bodies.map((graph) => graphAt(index.document, graph)),
    )
  ) {
    head = items.length;
    const own = `${placed.prefix}c:${String(placed.graph)}/${String(node)}`;
    pushLeaf(placing, own, 'operator', item, placing.describe.head(number));
  }
  const isCall = owner?.function !== undefined;
  const opened = bodies.map((graph) => {
    const prefix = isCall ? `${key}>` : placed.prefix;
    let container = item;
    if (bodies.length > 1) {
      container = items.length;
      const branch = `${placed.prefix}b:${String(graph)}`;
      pushItem(placing, branch, 'branch', item, true, false, placing.describe.branch(graph));
    }
    const caller = { node: number, body: placed };
    return placeBody(placing, graph, container, prefix, isCall ? { caller } : { caller, outer: placed });
  });
  placed.opened.set(number, { head, bodies: opened });
}

/** Bodies that a node can be opened into; none for a function that calls itself, which no valid model has. */
function bodiesOf(placing: Placing, placed: PlacedBody, number: number): readonly number[] {
  const node = placing.index.nodes[number];
  if (node === undefined) return [];
  const bodies = [...(node.subgraphs ?? []), ...(node.function === undefined ? [] : [node.function])];
  if (bodies.length === 0) return bodies;
  const around = new Set<number>();
  let depth = 0;
  for (let body: PlacedBody | undefined = placed; body !== undefined; body = body.caller?.body) {
    around.add(body.graph);
    depth++;
  }
  return depth > DEEPEST_CALLS ? [] : bodies.filter((graph) => !around.has(graph));
}

function pushLeaf(
  placing: Placing,
  key: string,
  kind: 'input' | 'output' | 'operator',
  parent: number,
  description: Description,
): void {
  pushItem(placing, key, kind, parent, false, false, description);
}

/** Written out, as spreading objects is several times slower and there are thousands of items. */
function pushItem(
  placing: Placing,
  key: string,
  kind: ItemKind,
  parent: number,
  expanded: boolean,
  expandable: boolean,
  { title, name, category, rows, members, nodeCount, tensor, pattern }: Description,
): void {
  placing.items.push({
    key,
    kind,
    parent,
    expanded,
    expandable,
    title,
    name,
    category,
    rows,
    members,
    nodeCount,
    ...(tensor === undefined ? undefined : { tensor }),
    ...(pattern === undefined ? undefined : { pattern }),
  });
}
