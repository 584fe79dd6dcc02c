import type { Layering } from './layering';

/** Number of pairs of links between `layer` and the next one that cross ("Simple and Efficient Bilayer Cross Counting", 2002). */
export function countCrossings({ layers, links, position }: Layering, layer: number): number {
  const row = layers[layer] ?? new Int32Array();
  const width = layers[layer + 1]?.length ?? 0;
  if (width < 2 && row.length < 2) return 0;
  const tree = new Int32Array(width + 1);
  let crossings = 0;
  let seen = 0;
  for (const vertex of row) {
    const from = links.downStart[vertex] ?? 0;
    const to = links.downStart[vertex + 1] ?? 0;
    for (let i = from; i < to; i++) {
      let notRight = 0;
      for (let at = lowerPlace(links, position, i) + 1; at > 0; at -= at & -at) notRight += tree[at] ?? 0;
      crossings += seen - notRight;
    }
    for (let i = from; i < to; i++) {
      for (let at = lowerPlace(links, position, i) + 1; at <= width; at += at & -at) tree[at] = (tree[at] ?? 0) + 1;
    }
    seen += to - from;
  }
  return crossings;
}

function lowerPlace(links: Layering['links'], position: Int32Array, i: number): number {
  return position[links.lower[links.down[i] ?? 0] ?? 0] ?? 0;
}

/** How many crossings fewer there are if two neighbours of a layer, `left` and `right`, change places. */
export function countSwap({ links, position }: Layering, left: number, right: number): number {
  return (
    difference(links.upStart, links.up, links.upper, position, left, right) +
    difference(links.downStart, links.down, links.lower, position, left, right)
  );
}

function difference(
  start: Int32Array,
  list: Int32Array,
  ends: Int32Array,
  position: Int32Array,
  left: number,
  right: number,
): number {
  let sum = 0;
  const rightFrom = start[right] ?? 0;
  const rightTo = start[right + 1] ?? 0;
  for (let i = start[left] ?? 0; i < (start[left + 1] ?? 0); i++) {
    const a = position[ends[list[i] ?? 0] ?? 0] ?? 0;
    for (let j = rightFrom; j < rightTo; j++) {
      const b = position[ends[list[j] ?? 0] ?? 0] ?? 0;
      sum += a > b ? 1 : a < b ? -1 : 0;
    }
  }
  return sum;
}
