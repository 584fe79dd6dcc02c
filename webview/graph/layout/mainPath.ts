import { ItemKind, type LevelGraph } from './levelGraph';
import type { Ranks } from './ranks';

/**
 * For every item its successor on the main path, -1 where it is not on it: the heaviest chain of blocks from the top
 * to the bottom. A block weighs the square of its height, because those with weights and attributes are tall and
 * are what a network is about; chains of small shape operators beside them are longer but lighter.
 */
export function findMainPath(graph: LevelGraph, { order, place, ranks }: Ranks): Int32Array {
  const count = order.length;
  const best = new Float64Array(count).fill(-Infinity);
  const before = new Int32Array(count).fill(-1);
  const incoming: { source: number; tensorCount: number }[][] = Array.from({ length: count }, () => []);
  for (const { source, targets, tensorCount } of graph.edges) {
    for (const target of targets) {
      if ((place[target] ?? 0) > (place[source] ?? 0)) incoming[target]?.push({ source, tensorCount });
    }
  }
  const unit = Math.max(1, smallestHeight(graph));
  const hasExits = graph.kinds.includes(ItemKind.exit);
  const next = new Int32Array(count).fill(-1);
  let last = -1;
  for (const item of order) {
    // Only what enters at the top starts a path: a constant beside its reader does not.
    if (ranks[item] === 0) best[item] = 0;
    for (const { source, tensorCount } of incoming[item] ?? []) {
      const better = (best[source] ?? 0) - (best[item] ?? 0);
      // Of tensors that enter a container, the last one was made right before it.
      const isLater = better === 0 && tensorCount === 1 && graph.kinds[source] === ItemKind.entry;
      if (better > 0 || isLater) {
        best[item] = best[source] ?? 0;
        before[item] = source;
      }
    }
    const isBlock = graph.kinds[item] === ItemKind.block;
    best[item] = (best[item] ?? 0) + (isBlock ? ((graph.heights[item] ?? 0) / unit) ** 2 : 0);
    const mayEnd = !hasExits || graph.kinds[item] === ItemKind.exit;
    if (mayEnd && (last < 0 || (best[item] ?? 0) > (best[last] ?? 0))) last = item;
  }
  for (let item = last; item >= 0 && (before[item] ?? -1) >= 0;) {
    const source = before[item] ?? -1;
    next[source] = item;
    item = source;
  }
  return next;
}

function smallestHeight({ heights, kinds }: LevelGraph): number {
  let smallest = Infinity;
  for (let i = 0; i < kinds.length; i++) {
    if (kinds[i] === ItemKind.block) smallest = Math.min(smallest, heights[i] ?? 0);
  }
  return smallest === Infinity ? 1 : smallest;
}
