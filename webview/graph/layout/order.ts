import { countCrossings, countSwap } from './crossings';
import { firstOrder } from './firstOrder';
import { balanceFeeders } from './feeders';
import type { Layering } from './layering';
import { moveChains } from './moveChains';
import { setLayer } from './setLayer';

/** Passes down and up over the layers of a stretch; the best arrangement is kept. */
const PASSES = 10;
/** Passes without an improvement after which a stretch is left as it is. */
const PATIENCE = 3;
/** Rounds of exchanging neighbours. */
const EXCHANGES = 4;

/**
 * Orders the vertices within the layers so that few links cross (median heuristic with exchange of neighbours).
 * Stretches between layers with a single vertex are ordered each on its own: what happens in one block of a network
 * changes nothing in the next one, and equal blocks come out alike.
 */
export function orderLayers(layering: Layering): void {
  firstOrder(layering);
  const { layers } = layering;
  for (let first = 0; first < layers.length;) {
    let last = first + 1;
    while (last < layers.length && (layers[last]?.length ?? 0) > 1) last++;
    orderStretch(layering, first, Math.min(last, layers.length - 1));
    first = last;
  }
  moveChains(layering);
  balanceFeeders(layering);
}

function orderStretch(layering: Layering, first: number, last: number): void {
  const { layers } = layering;
  let best = crossingsOf(layering, first, last);
  if (best === 0) return;
  let kept = layers.slice(first, last + 1).map((layer) => layer.slice());
  let stale = 0;
  for (let pass = 0; pass < PASSES && stale < PATIENCE && best > 0; pass++) {
    if (pass % 2 === 0) for (let layer = first + 1; layer <= last; layer++) sortByMedian(layering, layer, true, pass);
    else for (let layer = last - 1; layer >= first; layer--) sortByMedian(layering, layer, false, pass);
    exchange(layering, first, last);
    const crossings = crossingsOf(layering, first, last);
    stale++;
    if (crossings < best) {
      best = crossings;
      kept = layers.slice(first, last + 1).map((layer) => layer.slice());
      stale = 0;
    }
  }
  kept.forEach((layer, index) => setLayer(layering, first + index, layer));
}

function crossingsOf(layering: Layering, first: number, last: number): number {
  let sum = 0;
  for (let layer = first; layer < last; layer++) sum += countCrossings(layering, layer);
  return sum;
}

/** Sorts a layer by the median of the neighbours above or below; vertices without any stay where they are. */
function sortByMedian(layering: Layering, layer: number, fromAbove: boolean, pass: number): void {
  const { layers, links, position } = layering;
  const row = layers[layer] ?? new Int32Array();
  if (row.length < 2) return;
  const start = fromAbove ? links.upStart : links.downStart;
  const list = fromAbove ? links.up : links.down;
  const ends = fromAbove ? links.upper : links.lower;
  const moving: { vertex: number; key: number; index: number }[] = [];
  row.forEach((vertex, index) => {
    const from = start[vertex] ?? 0;
    const to = start[vertex + 1] ?? 0;
    if (from === to) return;
    const places: number[] = [];
    for (let i = from; i < to; i++) places.push(position[ends[list[i] ?? 0] ?? 0] ?? 0);
    moving.push({ vertex, key: medianOf(places), index });
  });
  // Ties keep their order in one half of the passes and turn it in the other, to get out of local minima.
  const turn = pass % 4 < 2 ? 1 : -1;
  moving.sort((a, b) => a.key - b.key || turn * (a.index - b.index));
  const slots = moving.map(({ index }) => index).sort((a, b) => a - b);
  const order = Array.from(row);
  slots.forEach((slot, i) => (order[slot] = moving[i]?.vertex ?? 0));
  setLayer(layering, layer, order);
}

/** The median; of an even number of places, between the middle two, nearer to the side where places are denser. */
function medianOf(places: number[]): number {
  if (places.length > 1) places.sort((a, b) => a - b);
  const half = places.length >> 1;
  const low = places[half - 1] ?? 0;
  const high = places[half] ?? 0;
  if (places.length % 2 === 1) return high;
  if (places.length === 2) return (low + high) / 2;
  const left = low - (places[0] ?? 0);
  const right = (places[places.length - 1] ?? 0) - high;
  return left + right === 0 ? (low + high) / 2 : (low * right + high * left) / (left + right);
}

function exchange(layering: Layering, first: number, last: number): void {
  const { layers, position } = layering;
  for (let round = 0; round < EXCHANGES; round++) {
    let improved = false;
    for (let layer = first; layer <= last; layer++) {
      const row = layers[layer] ?? new Int32Array();
      for (let i = 0; i + 1 < row.length; i++) {
        const left = row[i] ?? 0;
        const right = row[i + 1] ?? 0;
        if (countSwap(layering, left, right) <= 0) continue;
        row[i] = right;
        row[i + 1] = left;
        position[right] = i;
        position[left] = i + 1;
        improved = true;
      }
    }
    if (!improved) return;
  }
}
