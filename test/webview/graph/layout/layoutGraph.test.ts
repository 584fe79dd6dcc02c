import { describe, expect, it } from 'vitest';
import { layoutGraph } from '../../../../webview/graph/layout/layoutGraph';
import { findFaults } from './findFaults';
import { chainOf, graphOf, randomGraph } from './graphs';

describe('layoutGraph', () => {
  it('draws nothing of an empty graph', () => {
    const { width, height, boxes, pieceStarts } = layoutGraph(graphOf(0, []));
    expect({ width, height, boxes: [...boxes], pieceStarts: [...pieceStarts] }).toStrictEqual({
      width: 0,
      height: 0,
      boxes: [],
      pieceStarts: [0],
    });
  });

  it('puts a single block at the origin', () => {
    const { width, height, boxes } = layoutGraph(graphOf(1, []));
    expect([width, height, ...boxes]).toStrictEqual([100, 40, 0, 0, 100, 40]);
  });

  it('draws a chain as a straight column of straight lines', () => {
    const graph = chainOf(20);
    const result = layoutGraph(graph);
    expect(findFaults(graph, result)).toStrictEqual([]);
    expect(new Set(Array.from({ length: 20 }, (_, i) => result.boxes[4 * i]))).toStrictEqual(new Set([0]));
    expect(result.points).toHaveLength(19 * 4);
    expect(result.width).toBe(100);
  });

  it('keeps the main path straight where skips run beside it', () => {
    const skips = [0, 2, 4, 6].map((i) => [i, i + 1, i + 3]);
    const rest = [1, 2, 3, 5, 7, 8].filter((i) => i % 2 === 1 || i > 6).map((i) => [i, i + 1]);
    const graph = graphOf(10, [...skips, ...rest]);
    const result = layoutGraph(graph);
    expect(findFaults(graph, result)).toStrictEqual([]);
    const middles = Array.from({ length: 10 }, (_, i) => result.boxes[4 * i]);
    expect(new Set(middles).size).toBe(1);
  });

  it('leads a long skip through a lane beside the column, with one trunk for all its readers', () => {
    const chain = Array.from({ length: 39 }, (_, i) => (i === 2 ? [2, 3, 20, 38] : [i, i + 1]));
    const graph = graphOf(40, chain);
    const result = layoutGraph(graph);
    expect(findFaults(graph, result)).toStrictEqual([]);
    const [near = [], middle = [], far = []] = result.paths[2] ?? [];
    expect([near, middle, far].map((path) => path.map((piece) => result.pieceInLane[piece]))).toStrictEqual([
      [0],
      [1, 1],
      [1, 1],
    ]);
    expect(middle[0]).toBe(far[0]);
    expect(result.width).toBeLessThan(120);
  });

  it('puts a constant right above its first reader', () => {
    const graph = graphOf(7, [
      [0, 1],
      [1, 2],
      [2, 3],
      [3, 4],
      [4, 5],
      [6, 5],
    ]);
    const { boxes } = layoutGraph(graph);
    expect(boxes[4 * 6 + 1]).toBe(boxes[4 * 4 + 1]);
  });

  it('gives the same drawing for the same graph', () => {
    expect(layoutGraph(randomGraph(7))).toStrictEqual(layoutGraph(randomGraph(7)));
  });

  it('draws cycles and self-loops with edges that run backwards', () => {
    const graph = graphOf(5, [
      [0, 1],
      [1, 2],
      [2, 0, 3],
      [3, 3, 4],
      [4, 1],
    ]);
    expect(findFaults(graph, layoutGraph(graph))).toStrictEqual([]);
  });

  it('lays parts that nothing ties together beside each other', () => {
    const graph = graphOf(6, [
      [0, 1],
      [1, 2],
      [3, 4],
    ]);
    const result = layoutGraph(graph);
    expect(findFaults(graph, result)).toStrictEqual([]);
    expect([0, 3, 5].map((node) => result.boxes[4 * node + 1])).toStrictEqual([0, 0, 0]);
    expect(result.boxes[4 * 3]).toBeGreaterThan(100);
  });

  it('lays out a chain of 50,000 blocks with a skip over all of them', () => {
    const count = 50_000;
    const edges = Array.from({ length: count - 1 }, (_, i) => (i === 0 ? [0, 1, count - 1] : [i, i + 1]));
    const result = layoutGraph(graphOf(count, edges));
    expect(result.boxes[4 * (count - 1) + 1]).toBe((count - 1) * 70);
    expect(result.pieceEdges).toHaveLength(count);
  });

  it('draws random graphs with boxes in boxes without a fault', () => {
    for (let seed = 0; seed < 150; seed++) {
      const graph = randomGraph(seed);
      expect({ seed, faults: findFaults(graph, layoutGraph(graph)) }).toStrictEqual({ seed, faults: [] });
    }
  });
});
