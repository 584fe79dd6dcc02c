import type { MatchSide } from './matchSide';
import { graphAt, inputNumbers, outputNumbers } from './documentIndex';
import { resolveFolded } from './folding';

/** In a match: a node that is free. */
export const NO_PARTNER = -1;
/** In a match: a node whose partners a report told, besides its main one. */
export const TOLD = -2;

/** Partners of the nodes of two graphs; both lists change while matching. */
export interface NodeMatch {
  readonly ofFirst: Int32Array;
  readonly ofSecond: Int32Array;
  /** How many pairs each way of matching found. */
  readonly counts: { names: number; structure: number };
}

/** Names that exporters and readers make up by counting: equal ones may mean different nodes. */
const COUNTED_NAME = /^(?:node_)?[A-Za-z]+_?\d+$|^\d+$|^onnx::\w+_\d+$/;
/** What quantizers append to names. */
const QUANTIZED_SUFFIX = /(?:_quant(?:ized)?|_q(?:uantized)?_\d+b\w*|_Q4|_int8)$/i;

/**
 * Matches the nodes of two graphs: by names that mean something (of nodes, of their weights, of what they make), then by
 * structure from pair to pair along the edges, then by names that were counted.
 */
export function matchNodes(first: MatchSide, second: MatchSide, match: NodeMatch): void {
  for (const keysOf of [nodeName, weightName, outputName]) {
    pairByKey(first, second, match, (side, node) => keysOf(side, node, false));
  }
  propagate(first, second, match);
  for (const keysOf of [nodeName, outputName]) {
    pairByKey(first, second, match, (side, node) => keysOf(side, node, true));
  }
  propagate(first, second, match);
  pairByKey(first, second, match, (side, node) => bareName(side, node));
}

/** Makes two nodes partners, unless one has one. */
export function pair(match: NodeMatch, one: number, other: number): boolean {
  if (match.ofFirst[one] !== NO_PARTNER || match.ofSecond[other] !== NO_PARTNER) return false;
  match.ofFirst[one] = other;
  match.ofSecond[other] = one;
  return true;
}

type KeyOf = (side: MatchSide, node: number) => string | undefined;

/** Pairs nodes that are the only ones with their key on both sides. */
function pairByKey(first: MatchSide, second: MatchSide, match: NodeMatch, keyOf: KeyOf): void {
  const known = new Map<string, number>();
  const collect = (side: MatchSide, partners: Int32Array): Map<string, number> => {
    const found = new Map<string, number>();
    side.kinds.forEach((_, node) => {
      if (partners[node] !== NO_PARTNER) return;
      const key = keyOf(side, node);
      if (key !== undefined) found.set(key, found.has(key) ? -1 : node);
    });
    return found;
  };
  for (const [key, node] of collect(first, match.ofFirst)) if (node >= 0) known.set(key, node);
  for (const [key, node] of collect(second, match.ofSecond)) {
    const partner = known.get(key);
    if (node >= 0 && partner !== undefined && pair(match, partner, node)) match.counts.names++;
  }
}

function nodeName(side: MatchSide, node: number, counted: boolean): string | undefined {
  const name = side.index.nodes[side.start + node]?.name ?? '';
  if (name === '' || COUNTED_NAME.test(name) !== counted) return undefined;
  return `${side.kinds[node] ?? ''} ${name.replace(QUANTIZED_SUFFIX, '')}`;
}

/** The name alone: a node whose operator was exchanged. */
function bareName(side: MatchSide, node: number): string | undefined {
  const name = side.index.nodes[side.start + node]?.name ?? '';
  return name === '' || COUNTED_NAME.test(name) ? undefined : name;
}

function weightName(side: MatchSide, node: number): string | undefined {
  const { index, plan, start } = side;
  for (const input of inputNumbers(index, start + node)) {
    if (input < 0) continue;
    const tensor = index.tensors[resolveFolded(index, plan, input).tensor];
    if (tensor?.weight === undefined || tensor.weight.elements < 2 || COUNTED_NAME.test(tensor.name)) continue;
    return `${side.kinds[node] ?? ''} ${tensor.name.replace(QUANTIZED_SUFFIX, '')}`;
  }
  return undefined;
}

function outputName(side: MatchSide, node: number, counted: boolean): string | undefined {
  const output = outputNumbers(side.index, side.start + node)[0] ?? -1;
  const name = side.index.tensors[output]?.name ?? '';
  if (name === '' || COUNTED_NAME.test(name) !== counted) return undefined;
  return `${side.kinds[node] ?? ''} ${name}`;
}

/** From every pair along the edges: what makes the same input, and what reads the result in the same way. */
function propagate(first: MatchSide, second: MatchSide, match: NodeMatch): void {
  const queue: number[] = [];
  const tryPair = (one: number, other: number): void => {
    if (one < 0 || other < 0 || first.kinds[one] === '' || first.kinds[one] !== second.kinds[other]) return;
    if (!pair(match, one, other)) return;
    match.counts.structure++;
    queue.push(one);
  };
  match.ofFirst.forEach((partner, node) => {
    if (partner >= 0) queue.push(node);
  });
  first.outputMakers.forEach((maker, place) => tryPair(maker, second.outputMakers[place] ?? -1));
  first.inputReaders.forEach((readers, place) =>
    pairInOrder(first, second, match, readers, second.inputReaders[place] ?? [], tryPair),
  );
  for (let place = 0; place < queue.length; place++) {
    const one = queue[place] ?? 0;
    const other = match.ofFirst[one] ?? -1;
    const makers = namedSlots(first, one);
    namedSlots(second, other).forEach((maker, slot) => tryPair(makers[slot] ?? -1, maker));
    pairInOrder(first, second, match, first.readers[one] ?? [], second.readers[other] ?? [], tryPair);
  }
}

/** Makers of a node's inputs without weights, scales and zero points, whose slots differ between quantized and not. */
function namedSlots(side: MatchSide, node: number): readonly number[] {
  return (side.makers[node] ?? []).filter((maker) => maker >= 0);
}

/** Pairs readers of one kind in their order, where both sides have as many that are free. */
function pairInOrder(
  first: MatchSide,
  second: MatchSide,
  match: NodeMatch,
  ones: readonly number[],
  others: readonly number[],
  tryPair: (one: number, other: number) => void,
): void {
  const free = (side: MatchSide, partners: Int32Array, nodes: readonly number[]): Map<string, number[]> => {
    const found = new Map<string, number[]>();
    for (const node of nodes) {
      if (partners[node] !== NO_PARTNER) continue;
      const kind = side.kinds[node] ?? '';
      const known = found.get(kind);
      if (known === undefined) found.set(kind, [node]);
      else known.push(node);
    }
    return found;
  };
  const there = free(second, match.ofSecond, others);
  for (const [kind, nodes] of free(first, match.ofFirst, ones)) {
    const partners = there.get(kind);
    if (partners?.length !== nodes.length) continue;
    nodes.forEach((node, place) => tryPair(node, partners[place] ?? -1));
  }
}

/** Number of nodes of a side. */
export function nodeCountOf(side: MatchSide): number {
  return graphAt(side.index.document, side.graph).nodes.length;
}
