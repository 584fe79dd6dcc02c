import type { LayoutEdge, LayoutGraph } from '../../../../webview/graph/layout/types';

/** A graph of equal blocks from `[source, ...targets]` lists. */
export function graphOf(
  count: number,
  edges: readonly (readonly number[])[],
  more: Partial<LayoutGraph> = {},
): LayoutGraph {
  return {
    sizes: Float64Array.from({ length: 2 * count }, (_, i) => (i % 2 === 0 ? 100 : 40)),
    parents: new Int32Array(count).fill(-1),
    headers: new Float64Array(count),
    patterns: new Int32Array(count),
    edges: edges.map(([source = 0, ...targets]): LayoutEdge => ({ source, targets, labelWidth: 0 })),
    ...more,
  };
}

export function chainOf(count: number): LayoutGraph {
  return graphOf(
    count,
    Array.from({ length: count - 1 }, (_, i) => [i, i + 1]),
  );
}

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A random graph with boxes in boxes, blocks of many sizes, near and far targets and labels; acyclic. */
export function randomGraph(seed: number): LayoutGraph {
  const random = createRandom(seed);
  const upTo = (limit: number) => Math.floor(random() * limit);
  const containerCount = upTo(6);
  const count = containerCount + 5 + upTo(60);
  const parents = Int32Array.from({ length: count }, (_, i) => {
    if (i < containerCount) return upTo(i + 1) - 1;
    return containerCount > 0 && random() < 0.6 ? upTo(containerCount) : -1;
  });
  const sizes = Float64Array.from({ length: 2 * count }, () => 20 + upTo(150));
  const headers = Float64Array.from({ length: count }, (_, i) => (i < containerCount ? 30 : 0));
  const edges: LayoutEdge[] = [];
  const isContainer = (node: number) => parents.includes(node);
  const leaves = Array.from({ length: count }, (_, i) => i).filter((node) => !isContainer(node));
  leaves.forEach((source, index) => {
    for (let tensor = upTo(3); tensor > 0; tensor--) {
      const targets = new Set<number>();
      for (let reader = 1 + upTo(3); reader > 0; reader--) {
        const reach = random() < 0.7 ? 4 : leaves.length;
        const target = leaves[index + 1 + upTo(reach)];
        if (target !== undefined) targets.add(target);
      }
      if (targets.size > 0) edges.push({ source, targets: [...targets], labelWidth: random() < 0.5 ? 60 : 0 });
    }
  });
  return { sizes, parents, headers, patterns: new Int32Array(count), edges };
}
