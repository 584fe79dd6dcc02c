import { describe, expect, it } from 'vitest';
import { itemRect } from '../../../../webview/graph/scene/buildScene';
import {
  centreOn,
  clampTransform,
  fitRect,
  openingTransform,
  READABLE_SCALE,
  revealItems,
  scaleRange,
  showsWhole,
  visibleRect,
  wholeRect,
} from '../../../../webview/graph/scene/viewport';
import { columnScene, edge, item, sampleGraph } from './columnScene';

const VIEW = { width: 1000, height: 800 };
const small = columnScene(sampleGraph());
const tall = columnScene({
  items: Array.from({ length: 2000 }, (_none, i) => item(`n:${i}`)),
  edges: Array.from({ length: 1999 }, (_none, i) => edge(i, [i + 1])),
});

describe('openingTransform', () => {
  it('fits a graph whose texts can be read so', () => {
    const transform = openingTransform(small, VIEW);
    expect(transform.scale).toBeGreaterThanOrEqual(READABLE_SCALE);
    expect(showsWhole(small, transform, VIEW)).toBe(true);
  });

  it('opens a large graph at its input, at a scale that can be read', () => {
    const transform = openingTransform(tall, VIEW);
    const first = itemRect(tall, 0);
    expect(transform.scale).toBe(1);
    expect(first.y + transform.y).toBeGreaterThan(0);
    expect(first.y + transform.y).toBeLessThan(100);
    expect(showsWhole(tall, transform, VIEW)).toBe(false);
  });

  it('shows the whole width where it fits', () => {
    const seen = visibleRect(openingTransform(tall, VIEW), VIEW);
    expect(seen.x).toBeLessThanOrEqual(0);
    expect(seen.x + seen.width).toBeGreaterThanOrEqual(tall.layout.width);
  });
});

describe('clampTransform', () => {
  it.each([
    ['far to the right', 1e9, 0],
    ['far to the left', -1e9, 0],
    ['far down', 0, 1e9],
    ['far up', 0, -1e9],
    ['into a corner', 1e9, -1e9],
  ])('keeps some of the graph in view when it is dragged %s', (_name, x, y) => {
    for (const scene of [small, tall]) {
      const seen = visibleRect(clampTransform({ scale: 1, x, y }, scene, VIEW), VIEW);
      expect(Math.min(scene.layout.width, seen.x + seen.width) - Math.max(0, seen.x)).toBeGreaterThanOrEqual(79);
      expect(Math.min(scene.layout.height, seen.y + seen.height) - Math.max(0, seen.y)).toBeGreaterThanOrEqual(79);
    }
  });

  it('never goes below what shows everything, nor above the largest scale', () => {
    const [low, high] = scaleRange(tall, VIEW);
    expect(low).toBeLessThanOrEqual(fitRect(wholeRect(tall), VIEW).scale);
    expect(clampTransform({ scale: 0, x: 0, y: 0 }, tall, VIEW).scale).toBe(low);
    expect(clampTransform({ scale: 99, x: 0, y: 0 }, tall, VIEW).scale).toBe(high);
  });
});

describe('revealItems', () => {
  const opened = openingTransform(tall, VIEW);

  it('does not move for what can be seen', () => {
    expect(revealItems(tall, [3], opened, VIEW)).toBe(opened);
  });

  it('moves to what cannot, and comes closer where it could not be read', () => {
    const far = centreOn({ x: 0, y: 0 }, VIEW, 0.01);
    for (const from of [opened, far]) {
      const transform = revealItems(tall, [1500], from, VIEW);
      const rect = itemRect(tall, 1500);
      const seen = visibleRect(transform, VIEW);
      expect(transform.scale).toBeGreaterThanOrEqual(READABLE_SCALE);
      expect(rect.y).toBeGreaterThan(seen.y);
      expect(rect.y + rect.height).toBeLessThan(seen.y + seen.height);
    }
  });

  it('stays where it is without anything to show', () => {
    expect(revealItems(tall, [], opened, VIEW)).toBe(opened);
  });
});
