import { ItemKind, type LevelGraph } from './levelGraph';

/** A layer for every item, and which targets an edge reaches backwards because the graph has a cycle. */
export interface Ranks {
  readonly ranks: Int32Array;
  readonly layerCount: number;
  /** Items in an order in which every forward edge goes from an earlier to a later one. */
  readonly order: Int32Array;
  readonly place: Int32Array;
}

/**
 * Layers by the longest path, after which items that lengthen tensors move down to what reads them: a constant stands
 * right above its first reader. Entries are in the first layer and exits in the last one.
 * In a cycle the edges that go against the order are left to run backwards.
 */
export function assignRanks(graph: LevelGraph): Ranks {
  const count = graph.kinds.length;
  const links = linkItems(graph);
  const order = orderItems(graph, links);
  const place = new Int32Array(count);
  for (let i = 0; i < count; i++) place[order[i] ?? 0] = i;

  const ranks = longestPaths(graph, links, order, place);
  pullDown(graph, links, { ranks, order, place });
  const layerCount = closeGaps(ranks);
  return { ranks, layerCount, order, place };
}

interface Links {
  /** Edges that leave each item. */
  readonly outgoing: readonly (readonly number[])[];
  /** Edges that enter each item. */
  readonly incoming: readonly (readonly number[])[];
}

function linkItems(graph: LevelGraph): Links {
  const outgoing: number[][] = Array.from(graph.kinds, () => []);
  const incoming: number[][] = Array.from(graph.kinds, () => []);
  graph.edges.forEach(({ source, targets }, edge) => {
    outgoing[source]?.push(edge);
    for (const target of targets) incoming[target]?.push(edge);
  });
  return { outgoing, incoming };
}

/** Kahn's order; where only cycles are left, it goes on with the first item that is left. */
function orderItems(graph: LevelGraph, { outgoing, incoming }: Links): Int32Array {
  const count = graph.kinds.length;
  const waiting = Int32Array.from(incoming, (edges) => edges.length);
  const order = new Int32Array(count);
  const isPlaced = new Uint8Array(count);
  let placed = 0;
  const add = (item: number) => {
    isPlaced[item] = 1;
    order[placed++] = item;
  };
  for (let item = 0; item < count; item++) if (waiting[item] === 0) add(item);
  let firstLeft = 0;
  for (let done = 0; done < count; done++) {
    if (done === placed) {
      while (isPlaced[firstLeft]) firstLeft++;
      add(firstLeft);
    }
    for (const edge of outgoing[order[done] ?? 0] ?? []) {
      for (const target of graph.edges[edge]?.targets ?? []) {
        const left = (waiting[target] ?? 0) - 1;
        waiting[target] = left;
        if (left === 0 && !isPlaced[target]) add(target);
      }
    }
  }
  return order;
}

function longestPaths(graph: LevelGraph, { outgoing }: Links, order: Int32Array, place: Int32Array): Int32Array {
  const hasEntries = graph.kinds.includes(ItemKind.entry);
  const ranks = new Int32Array(order.length);
  if (hasEntries) for (let i = 0; i < ranks.length; i++) ranks[i] = graph.kinds[i] === ItemKind.entry ? 0 : 1;
  let last = 0;
  for (const item of order) {
    const below = (ranks[item] ?? 0) + 1;
    if (graph.kinds[item] !== ItemKind.exit) last = Math.max(last, below);
    for (const edge of outgoing[item] ?? []) {
      for (const target of graph.edges[edge]?.targets ?? []) {
        const isForward = (place[target] ?? 0) > (place[item] ?? 0);
        if (isForward && (ranks[target] ?? 0) < below) ranks[target] = below;
      }
    }
  }
  for (let i = 0; i < ranks.length; i++) if (graph.kinds[i] === ItemKind.exit) ranks[i] = last;
  return ranks;
}

/** From the last item to the first, moves items down to their first reader where that makes tensors shorter. */
function pullDown(graph: LevelGraph, links: Links, { ranks, order, place }: Omit<Ranks, 'layerCount'>): void {
  const isFeeder = findFeeders(graph, links, order);
  for (let i = order.length - 1; i >= 0; i--) {
    const item = order[i] ?? 0;
    if (graph.kinds[item] !== ItemKind.block) continue;
    const rank = ranks[item] ?? 0;
    let lowest = Infinity;
    let shortened = 0;
    for (const edge of links.outgoing[item] ?? []) {
      let isRead = false;
      for (const target of graph.edges[edge]?.targets ?? []) {
        if ((place[target] ?? 0) <= i) continue;
        isRead = true;
        lowest = Math.min(lowest, (ranks[target] ?? 0) - 1);
      }
      if (isRead) shortened++;
    }
    if (lowest === Infinity || lowest <= rank) continue;
    const lengthened = countLengthened(graph, links, item, lowest, { ranks, place });
    if (shortened > lengthened || (shortened === lengthened && isFeeder[item])) ranks[item] = lowest;
  }
}

/** How many tensors that enter `item` would become longer if it moved down to `rank`. */
function countLengthened(
  graph: LevelGraph,
  { incoming }: Links,
  item: number,
  rank: number,
  { ranks, place }: { readonly ranks: Int32Array; readonly place: Int32Array },
): number {
  let lengthened = 0;
  for (const edge of incoming[item] ?? []) {
    const { source, targets } = graph.edges[edge] ?? { source: item, targets: [] };
    if ((place[source] ?? 0) >= (place[item] ?? 0)) continue;
    if (!targets.some((other) => other !== item && (ranks[other] ?? 0) >= rank)) lengthened++;
  }
  return lengthened;
}

/** Items that nothing but constants and inputs of their own lead to; a whole feeding chain moves down together. */
function findFeeders(graph: LevelGraph, { incoming }: Links, order: Int32Array): Uint8Array {
  const isFeeder = new Uint8Array(order.length);
  for (const item of order) {
    const isFed = (incoming[item] ?? []).some((edge) => {
      const { source, targets } = graph.edges[edge] ?? { source: item, targets: [] };
      return targets.length > 1 || !isFeeder[source];
    });
    if (!isFed && graph.kinds[item] === ItemKind.block) isFeeder[item] = 1;
  }
  return isFeeder;
}

/** Renumbers the layers so that none is empty; returns how many there are. */
function closeGaps(ranks: Int32Array): number {
  let last = -1;
  for (const rank of ranks) last = Math.max(last, rank);
  const used = new Int32Array(last + 1);
  for (const rank of ranks) used[rank] = 1;
  let layers = 0;
  for (let rank = 0; rank <= last; rank++) used[rank] = used[rank] ? layers++ : 0;
  for (let i = 0; i < ranks.length; i++) ranks[i] = used[ranks[i] ?? 0] ?? 0;
  return layers;
}
