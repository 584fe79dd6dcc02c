import { describe, expect, it } from 'vitest';
import { countCrossings, countSwap } from '../../../../webview/graph/layout/crossings';
import { createLayering, type Layering } from '../../../../webview/graph/layout/layering';
import type { LevelGraph } from '../../../../webview/graph/layout/levelGraph';
import { findMainPath } from '../../../../webview/graph/layout/mainPath';
import { assignRanks } from '../../../../webview/graph/layout/ranks';
import { createSkyline } from '../../../../webview/graph/layout/skyline';
import { assignTracks, type Net } from '../../../../webview/graph/layout/tracks';
import { createRandom } from './graphs';

function levelOf(count: number, edges: readonly (readonly number[])[]): LevelGraph {
  return {
    widths: new Float64Array(count).fill(100),
    heights: new Float64Array(count).fill(40),
    kinds: new Uint8Array(count),
    edges: edges.map(([source = 0, ...targets]) => ({
      source,
      targets,
      sourceOffset: NaN,
      targetOffsets: targets.map(() => NaN),
      labelWidth: 0,
      mainEnds: targets.map(() => 0),
      tensorCount: 1,
    })),
  };
}

/** Two layers of `width` blocks each with random links. */
function twoLayers(seed: number, width: number): Layering {
  const random = createRandom(seed);
  const edges = Array.from({ length: width }, (_, source) => {
    const targets = Array.from({ length: width }, (__, i) => width + i).filter(() => random() < 0.3);
    return [source, ...targets];
  });
  const graph = levelOf(2 * width, edges);
  const ranks = Int32Array.from({ length: 2 * width }, (_, i) => (i < width ? 0 : 1));
  const order = Int32Array.from(ranks, (_, i) => i);
  return createLayering(graph, { ranks, layerCount: 2, order, place: order }, new Int32Array(2 * width).fill(-1));
}

/** Compares every pair of links. */
function countSlowly({ links, position }: Layering): number {
  let crossings = 0;
  for (let a = 0; a < links.count; a++) {
    for (let b = 0; b < a; b++) {
      const above = position[links.upper[a] ?? 0]! - position[links.upper[b] ?? 0]!;
      const below = position[links.lower[a] ?? 0]! - position[links.lower[b] ?? 0]!;
      if (above * below < 0) crossings++;
    }
  }
  return crossings;
}

describe('countCrossings', () => {
  it('counts what comparing every pair of links counts', () => {
    const counts = Array.from({ length: 20 }, (_, seed) => countCrossings(twoLayers(seed, 12), 0));
    expect(counts).toStrictEqual(Array.from({ length: 20 }, (_, seed) => countSlowly(twoLayers(seed, 12))));
    expect(Math.min(...counts)).toBeGreaterThan(10);
  });

  it('knows what exchanging two neighbours saves', () => {
    for (let seed = 0; seed < 20; seed++) {
      const layering = twoLayers(seed, 8);
      const [left = 0, right = 0] = layering.layers[1]?.subarray(3, 5) ?? [];
      const before = countSlowly(layering);
      const saved = countSwap(layering, left, right);
      layering.position[left] = 4;
      layering.position[right] = 3;
      expect(countSlowly(layering)).toBe(before - saved);
    }
  });
});

describe('createSkyline', () => {
  it('answers like a plain array', () => {
    const random = createRandom(3);
    const plain = Array.from({ length: 37 }, () => Math.floor(random() * 50));
    const skyline = createSkyline(Float64Array.from(plain));
    for (let step = 0; step < 300; step++) {
      const first = Math.floor(random() * plain.length);
      const last = first + Math.floor(random() * (plain.length - first));
      const highest = Math.max(...plain.slice(first, last + 1));
      expect(skyline.highest(first, last)).toBe(highest);
      skyline.raise(first, last, highest + 1);
      plain.fill(highest + 1, first, last + 1);
    }
  });
});

describe('assignTracks', () => {
  const netOf = (top: number, ...bottoms: number[]): Net => ({ tops: [top], bottoms, track: NaN, y: 0 });
  const tracksOf = (nets: Net[]) => [assignTracks(nets), ...nets.map(({ track }) => track)];

  it('gives straight lines no track, and lines that are apart the same one', () => {
    expect(tracksOf([netOf(0, 0), netOf(10, 60), netOf(100, 150)])).toStrictEqual([1, -1, 0, 0]);
  });

  it('nests lines that run to the same side without a crossing', () => {
    expect(tracksOf([netOf(0, 100), netOf(50, 150)])).toStrictEqual([2, 1, 0]);
    expect(tracksOf([netOf(100, 0), netOf(150, 50)])).toStrictEqual([2, 0, 1]);
  });

  it('keeps lines that overlap apart, however many there are', () => {
    const nets = Array.from({ length: 120 }, (_, i) => netOf(i * 10, i * 10 + 1500));
    assignTracks(nets);
    expect(new Set(nets.map(({ track }) => track)).size).toBe(120);
  });
});

describe('assignRanks', () => {
  it('moves a constant and what it goes through down to the reader', () => {
    const { ranks } = assignRanks(
      levelOf(7, [
        [0, 1],
        [1, 2],
        [2, 3],
        [3, 4],
        [5, 6],
        [6, 4],
      ]),
    );
    expect([...ranks]).toStrictEqual([0, 1, 2, 3, 4, 2, 3]);
  });

  it('leaves a reader of a shared tensor where that makes nothing longer', () => {
    const { ranks } = assignRanks(
      levelOf(5, [
        [0, 1, 4],
        [1, 2],
        [2, 3],
        [4, 3],
      ]),
    );
    expect([...ranks]).toStrictEqual([0, 1, 2, 3, 1]);
  });

  it('ranks a cycle as if one edge of it were missing', () => {
    const { ranks, layerCount } = assignRanks(
      levelOf(3, [
        [0, 1],
        [1, 2],
        [2, 0],
      ]),
    );
    expect([...ranks, layerCount]).toStrictEqual([0, 1, 2, 3]);
  });
});

describe('findMainPath', () => {
  it('follows tall blocks rather than many small ones', () => {
    const graph = levelOf(6, [
      [0, 1, 2],
      [2, 3],
      [3, 4],
      [1, 5],
      [4, 5],
    ]);
    graph.heights.set([40, 100, 24, 24, 24, 40]);
    const next = findMainPath(graph, assignRanks(graph));
    expect([...next]).toStrictEqual([1, 5, -1, -1, -1, -1]);
  });
});
