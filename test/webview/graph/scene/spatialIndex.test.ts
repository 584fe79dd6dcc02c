import { describe, expect, it } from 'vitest';
import { createSpatialIndex } from '../../../../webview/graph/scene/spatialIndex';

/** Numbers in [0, 1) from a seed (Park and Miller, 1988). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}

function rectangles(count: number, [width, height]: readonly [number, number], random: () => number): Float64Array {
  const bounds = new Float64Array(4 * count);
  for (let i = 0; i < count; i++) {
    const [x, y] = [random() * width, random() * height];
    bounds.set([x, y, x + random() * 100, y + random() * 60], 4 * i);
  }
  return bounds;
}

function bruteForce(bounds: Float64Array, [l, t, r, b]: readonly number[]): number[] {
  const found: number[] = [];
  for (let i = 0; i < bounds.length / 4; i++) {
    const [left, top, right, bottom] = bounds.subarray(4 * i, 4 * i + 4);
    if (left! <= r! && right! >= l! && top! <= b! && bottom! >= t!) found.push(i);
  }
  return found;
}

describe('createSpatialIndex', () => {
  it.each([
    ['a square', 1000, [2000, 2000]],
    ['one long column', 5000, [300, 500_000]],
    ['one wide row', 500, [90_000, 50]],
    ['fewer than a node', 3, [100, 100]],
  ] as const)('finds what a search through all finds: %s', (_name, count, size) => {
    const random = seeded(count);
    const bounds = rectangles(count, size, random);
    const index = createSpatialIndex(bounds);
    for (let k = 0; k < 50; k++) {
      const [x, y] = [random() * size[0], random() * size[1]];
      const query = [x, y, x + random() * size[0] * 0.3, y + random() * size[1] * 0.1] as const;
      expect(index.search(...query).sort((a, b) => a - b)).toEqual(bruteForce(bounds, query));
    }
  });

  it('finds nothing in nothing', () => {
    expect(createSpatialIndex(new Float64Array()).search(0, 0, 10, 10)).toEqual([]);
  });

  it('finds rectangles that all lie on one another', () => {
    const index = createSpatialIndex(new Float64Array(400).map((_zero, i) => (i % 4 < 2 ? 5 : 6)));
    expect(index.search(5.5, 5.5, 5.5, 5.5)).toHaveLength(100);
    expect(index.search(7, 7, 8, 8)).toHaveLength(0);
  });
});
