import { describe, expect, it } from 'vitest';
import { layoutGraph } from '../../../../webview/graph/layout/layoutGraph';
import type { LayoutGraph } from '../../../../webview/graph/layout/types';
import { findFaults } from './findFaults';
import { graphOf } from './graphs';

/** Input, two equal containers with a skip in each, output: 0, 1 (3 4 5), 2 (6 7 8), 9. */
function twoBlocks(patterns: readonly number[]): LayoutGraph {
  const edges = [
    [0, 3, 5],
    [3, 4],
    [4, 5],
    [5, 6, 8],
    [6, 7],
    [7, 8],
    [8, 9],
  ];
  return graphOf(10, edges, {
    parents: Int32Array.of(-1, -1, -1, 1, 1, 1, 2, 2, 2, -1),
    headers: Float64Array.of(0, 30, 30, 0, 0, 0, 0, 0, 0, 0),
    patterns: Int32Array.of(0, ...patterns, 0, 0, 0, 0, 0, 0, 0),
  });
}

function relativeBoxes({ boxes }: ReturnType<typeof layoutGraph>, container: number, nodes: readonly number[]) {
  return nodes.map((node) => [
    (boxes[4 * node] ?? 0) - (boxes[4 * container] ?? 0),
    (boxes[4 * node + 1] ?? 0) - (boxes[4 * container + 1] ?? 0),
  ]);
}

describe('layoutGraph with containers', () => {
  it('keeps the main path straight through containers', () => {
    const graph = twoBlocks([0, 0]);
    const result = layoutGraph(graph);
    expect(findFaults(graph, result)).toStrictEqual([]);
    const middles = [0, 3, 4, 5, 6, 7, 8, 9].map((node) => (result.boxes[4 * node] ?? 0) + 50);
    expect(new Set(middles).size).toBe(1);
  });

  it('arranges containers of one pattern alike, where the drawings around them differ', () => {
    const graph = twoBlocks([1, 1]);
    const result = layoutGraph(graph);
    expect(relativeBoxes(result, 1, [3, 4, 5])).toStrictEqual(relativeBoxes(result, 2, [6, 7, 8]));
  });

  it('does not take over an arrangement whose content has another size, whatever the pattern says', () => {
    const graph = twoBlocks([1, 1]);
    graph.sizes[2 * 7] = 220;
    const result = layoutGraph(graph);
    expect(findFaults(graph, result)).toStrictEqual([]);
    expect(result.boxes[4 * 7 + 2]).toBe(220);
  });

  it('leads tensors that join in a container in through one place, but for the last one made', () => {
    // Four makers whose results a container joins: 0 1 2 3 -> 5 in 4.
    const chain = [
      [0, 1, 5],
      [1, 2, 5],
      [2, 3, 5],
      [3, 5],
    ];
    const graph = graphOf(6, chain, {
      parents: Int32Array.of(-1, -1, -1, -1, -1, 4),
      headers: Float64Array.of(0, 0, 0, 0, 30, 0),
    });
    const result = layoutGraph(graph);
    expect(findFaults(graph, result)).toStrictEqual([]);
    const starts = [0, 1, 2, 3].map((edge) => {
      const piece = result.paths[edge]?.at(-1)?.at(-1) ?? -1;
      return result.points[2 * (result.pieceStarts[piece] ?? 0)];
    });
    expect(new Set(starts.slice(0, 3)).size).toBe(1);
    expect(starts[3]).not.toBe(starts[0]);
  });

  it('lays out 2,000 containers in each other without deep recursion', () => {
    const depth = 2000;
    const graph = graphOf(depth + 2, [[depth, depth + 1]], {
      parents: Int32Array.from({ length: depth + 2 }, (_, i) => Math.min(i, depth) - 1),
    });
    const result = layoutGraph(graph);
    expect(result.width).toBe(100 + 32 * depth);
  });
});
