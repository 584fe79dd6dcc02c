import { countCrossings } from './crossings';
import { isBlock, widthOf, type Layering } from './layering';
import { setLayer } from './setLayer';

/** Room that is counted between neighbours. */
const GAP = 24;
/** Lanes count as lines that a block on their side pushes away, but no more than so many: they run together. */
const MOST_LANES = 3;

/**
 * Puts the blocks that only feed one reader (constants, inputs) left or right of what is straight above that reader,
 * or half of them on each side: where they are near, cross nothing and push few lines away.
 */
export function balanceFeeders(layering: Layering): void {
  const lanes = countLanes(layering);
  layering.layers.forEach((row, layer) => {
    const groups = new Map<number, number[]>();
    for (const vertex of row) {
      const reader = readerOf(layering, vertex);
      if (reader >= 0) groups.set(reader, [...(groups.get(reader) ?? []), vertex]);
    }
    for (const [reader, feeders] of groups) placeFeeders(layering, layer, reader, feeders, lanes[layer] ?? 0);
  });
}

/** The only reader of a block with nothing above it, -1 for all others. */
function readerOf(layering: Layering, vertex: number): number {
  const { links } = layering;
  const from = links.downStart[vertex] ?? 0;
  const isFeeder =
    isBlock(layering, vertex) &&
    links.upStart[vertex] === links.upStart[vertex + 1] &&
    (links.downStart[vertex + 1] ?? 0) - from === 1;
  return isFeeder ? (links.lower[links.down[from] ?? 0] ?? -1) : -1;
}

function placeFeeders(
  layering: Layering,
  layer: number,
  reader: number,
  feeders: readonly number[],
  laneCount: number,
): void {
  const stem = stemOf(layering, reader, feeders);
  if (stem < 0) return;
  const original = Array.from(layering.layers[layer] ?? []);
  const others = original.filter((vertex) => !feeders.includes(vertex));
  const at = others.indexOf(stem);
  const pointsRight = others.slice(at + 1).filter((vertex) => !isBlock(layering, vertex)).length;
  const pointsLeft = others.slice(0, at).filter((vertex) => !isBlock(layering, vertex)).length;
  const half = (feeders.length + 1) >> 1;
  let best = { order: original, crossings: countCrossings(layering, layer), cost: Infinity };
  for (const leftCount of new Set([feeders.length, half, 0])) {
    const left = feeders.slice(0, leftCount);
    const right = feeders.slice(leftCount);
    const order = [...others.slice(0, at), ...left, stem, ...right, ...others.slice(at + 1)];
    setLayer(layering, layer, order);
    const found = {
      order,
      crossings: countCrossings(layering, layer),
      cost:
        spreadOf(layering, [...left].reverse(), pointsLeft) +
        spreadOf(layering, right, pointsRight + Math.min(laneCount, MOST_LANES)),
    };
    const isBetter = found.crossings < best.crossings || (found.crossings === best.crossings && found.cost < best.cost);
    if (isBetter) best = found;
  }
  setLayer(layering, layer, best.order);
}

/** What stands straight above a reader: the main path, or else the first that is no feeder. */
function stemOf({ links, isMain }: Layering, reader: number, feeders: readonly number[]): number {
  let stem = -1;
  for (let i = links.upStart[reader] ?? 0; i < (links.upStart[reader + 1] ?? 0); i++) {
    const link = links.up[i] ?? 0;
    const upper = links.upper[link] ?? 0;
    if (feeders.includes(upper)) continue;
    if (isMain[link]) return upper;
    if (stem < 0) stem = upper;
  }
  return stem;
}

/** Distances of blocks in a row from its beginning, and how far they push `lines` lines away. */
function spreadOf(layering: Layering, blocks: readonly number[], lines: number): number {
  let end = 0;
  let sum = 0;
  for (const block of blocks) {
    end += widthOf(layering, block) + GAP;
    sum += end;
  }
  return sum + lines * end;
}

/** How many lanes pass each layer. */
function countLanes({ layers, lanes, graph, layerOf }: Layering): Int32Array {
  const change = new Int32Array(layers.length + 1);
  for (const { edge, targets } of lanes) {
    const { source = 0, targets: items = [] } = graph.edges[edge] ?? {};
    const ends = [source, ...targets.map((t) => items[t] ?? 0)].map((item) => layerOf[item] ?? 0);
    const from = ends.reduce((low, layer) => Math.min(low, layer), layers.length);
    const to = ends.reduce((high, layer) => Math.max(high, layer), 0);
    change[from] = (change[from] ?? 0) + 1;
    change[to] = (change[to] ?? 0) - 1;
  }
  for (let layer = 1; layer < change.length; layer++) change[layer] = (change[layer] ?? 0) + (change[layer - 1] ?? 0);
  return change;
}
