import type { GraphDocument, GraphMapping, NodeRef } from '../../../src/protocol';
import type { ChangeMark, DisplayGraph } from './display';
import { graphAt, indexDocument } from './documentIndex';
import { planFolding } from './folding';
import { matchNodes, nodeCountOf, NO_PARTNER, pair, TOLD, type NodeMatch } from './matchNodes';
import { createMatchSide, isBetween } from './matchSide';
import { isChanged, withFacts } from './nodeChanges';

/** Which nodes of two documents belong together, and how they differ. Keys are `graph/node`. */
export interface GraphMatch {
  /** What tied most nodes. */
  readonly by: 'report' | 'names' | 'structure';
  readonly partnersOfFirst: ReadonlyMap<string, readonly NodeRef[]>;
  readonly partnersOfSecond: ReadonlyMap<string, readonly NodeRef[]>;
  /** `removed` and `changed` nodes of the first document; `added` and `changed` ones of the second. */
  readonly marksOfFirst: ReadonlyMap<string, ChangeMark>;
  readonly marksOfSecond: ReadonlyMap<string, ChangeMark>;
}

/**
 * Matches two documents: by the mapping where there is one, the rest by names, then by structure. Bodies of control
 * flow are matched where the nodes that hold them are.
 */
export function matchGraphs(first: GraphDocument, second: GraphDocument, mapping?: GraphMapping): GraphMatch {
  const result = createResult();
  const counts = { report: 0, names: 0, structure: 0 };
  const pending: (readonly [number, number])[] = [[0, 0]];
  const done = new Set<number>();
  for (let bodies = pending.pop(); bodies !== undefined; bodies = pending.pop()) {
    if (done.has(bodies[0])) continue;
    done.add(bodies[0]);
    const one = withFacts(createMatchSide(first, bodies[0]));
    const other = withFacts(createMatchSide(second, bodies[1]));
    const match: NodeMatch = {
      ofFirst: new Int32Array(nodeCountOf(one)).fill(NO_PARTNER),
      ofSecond: new Int32Array(nodeCountOf(other)).fill(NO_PARTNER),
      counts: { names: 0, structure: 0 },
    };
    const several = bodies[0] === 0 && mapping !== undefined ? applyMapping(first, second, mapping, match, result) : 0;
    counts.report += several;
    matchNodes(one, other, match);
    counts.names += match.counts.names;
    counts.structure += match.counts.structure;
    match.ofFirst.forEach((partner, node) => {
      const here = { graph: one.graph, node };
      if (partner < 0) return;
      const there = { graph: other.graph, node: partner };
      addPartner(result.partnersOfFirst, here, there);
      addPartner(result.partnersOfSecond, there, here);
      if (isChanged(one, node, other, partner)) {
        result.marksOfFirst.set(keyOf(here), 'changed');
        result.marksOfSecond.set(keyOf(there), 'changed');
      }
      const inner = graphAt(first, one.graph).nodes[node]?.subgraphs ?? [];
      const others = graphAt(second, other.graph).nodes[partner]?.subgraphs ?? [];
      inner.forEach((graph, place) => {
        const body = others[place];
        if (body !== undefined) pending.push([graph, body]);
      });
    });
  }
  markAlone(first, result.partnersOfFirst, result.marksOfFirst, 'removed');
  markAlone(second, result.partnersOfSecond, result.marksOfSecond, 'added');
  const by = counts.report > 0 ? 'report' : counts.structure > counts.names ? 'structure' : 'names';
  return { by, ...result };
}

/**
 * Marks by item key: a block has its node's; a group is added or removed when all in it is, and changed when anything
 * in it has a mark.
 */
export function changesOfItems(
  display: DisplayGraph,
  document: GraphDocument,
  marks: ReadonlyMap<string, ChangeMark>,
): ReadonlyMap<string, ChangeMark> {
  const index = indexDocument(document);
  const { folded } = planFolding(document);
  const found = new Map<string, ChangeMark>();
  for (const { key, kind, members } of display.items) {
    const blocks =
      kind === 'operator'
        ? members
        : members.filter(({ graph, node }) => !folded.has((index.nodeStart[graph] ?? 0) + node));
    const own = blocks.map((ref) => marks.get(keyOf(ref)));
    const [mark] = own;
    if (own.every((other) => other === undefined)) continue;
    found.set(key, mark !== undefined && own.every((other) => other === mark) ? mark : 'changed');
  }
  return found;
}

interface Result {
  readonly partnersOfFirst: Map<string, NodeRef[]>;
  readonly partnersOfSecond: Map<string, NodeRef[]>;
  readonly marksOfFirst: Map<string, ChangeMark>;
  readonly marksOfSecond: Map<string, ChangeMark>;
}

function createResult(): Result {
  return {
    partnersOfFirst: new Map(),
    partnersOfSecond: new Map(),
    marksOfFirst: new Map(),
    marksOfSecond: new Map(),
  };
}

/** Key of a node in the maps of a match. */
export function keyOf({ graph, node }: NodeRef): string {
  return `${String(graph)}/${String(node)}`;
}

function addPartner(partners: Map<string, NodeRef[]>, here: NodeRef, there: NodeRef): void {
  const known = partners.get(keyOf(here));
  if (known === undefined) partners.set(keyOf(here), [there]);
  else if (!known.some(({ graph, node }) => graph === there.graph && node === there.node)) known.push(there);
}

/**
 * Takes over the pairs of a report. Of several nodes that became several, the ones that compute are partners. Q/DQ nodes
 * that came or went with them are added or removed; where several that compute became one or more, all of those changed.
 */
function applyMapping(
  first: GraphDocument,
  second: GraphDocument,
  mapping: GraphMapping,
  match: NodeMatch,
  result: Result,
): number {
  const numbersOf = (document: GraphDocument): ReadonlyMap<string, number> =>
    new Map(graphAt(document, 0).nodes.map(({ name }, node) => [name, node]));
  const [ones, others] = [numbersOf(first), numbersOf(second)];
  let count = 0;
  for (const { first: names, second: became } of mapping.pairs) {
    const here = names.flatMap((name) => ones.get(name) ?? []);
    const there = became.flatMap((name) => others.get(name) ?? []);
    if (here.length === 0 || there.length === 0) continue;
    count++;
    const computing = (document: GraphDocument, nodes: readonly number[]): readonly number[] =>
      nodes.filter((node) => !isBetween(graphAt(document, 0).nodes[node]?.operator ?? ''));
    const [from, to] = [computing(first, here), computing(second, there)];
    pair(match, from[0] ?? here[0] ?? -1, to[0] ?? there[0] ?? -1);
    for (const node of here) if (match.ofFirst[node] === NO_PARTNER) match.ofFirst[node] = TOLD;
    for (const node of there) if (match.ofSecond[node] === NO_PARTNER) match.ofSecond[node] = TOLD;
    if (here.length === 1 && there.length === 1) continue;
    for (const one of here) {
      for (const other of there) {
        addPartner(result.partnersOfFirst, { graph: 0, node: one }, { graph: 0, node: other });
        addPartner(result.partnersOfSecond, { graph: 0, node: other }, { graph: 0, node: one });
      }
    }
    mark(result.marksOfFirst, here, from, from.length > 1 || to.length > 1, 'removed');
    mark(result.marksOfSecond, there, to, from.length > 1 || to.length > 1, 'added');
  }
  return count;
}

function mark(
  marks: Map<string, ChangeMark>,
  nodes: readonly number[],
  computing: readonly number[],
  areChanged: boolean,
  others: ChangeMark,
): void {
  for (const node of nodes) {
    const key = keyOf({ graph: 0, node });
    if (!computing.includes(node)) marks.set(key, others);
    else if (areChanged) marks.set(key, 'changed');
  }
}

function markAlone(
  document: GraphDocument,
  partners: ReadonlyMap<string, unknown>,
  marks: Map<string, ChangeMark>,
  mark: ChangeMark,
): void {
  const { constants } = planFolding(document);
  const index = indexDocument(document);
  document.graphs.forEach((body, graph) => {
    body.nodes.forEach((_, node) => {
      const key = keyOf({ graph, node });
      if (!partners.has(key) && !constants.has((index.nodeStart[graph] ?? 0) + node)) marks.set(key, mark);
    });
  });
}
