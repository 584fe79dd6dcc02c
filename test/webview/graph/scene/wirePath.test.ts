import { describe, expect, it } from 'vitest';
import { createSvgPath, traceArrow, traceWire } from '../../../../webview/graph/scene/wirePath';

function wire(radius: number, ...points: readonly number[]): string {
  const path = createSvgPath();
  traceWire(path, Float32Array.from(points), 0, points.length / 2, radius);
  return path.text();
}

describe('traceWire', () => {
  it('rounds corners, by less where a stretch is short', () => {
    expect(wire(8, 0, 0, 0, 40, 40, 40)).toBe('M0 0L0 32Q0 40 8 40L40 40');
    expect(wire(8, 0, 0, 0, 6, 40, 6)).toBe('M0 0L0 3Q0 6 3 6L40 6');
    expect(wire(0, 0, 0, 0, 40, 40, 40)).toBe('M0 0L0 40L40 40');
  });

  it('draws straight lines and points that coincide', () => {
    expect(wire(8, 5, 0, 5, 30)).toBe('M5 0L5 30');
    expect(wire(8, 5, 5, 5, 5, 5, 5)).toBe('M5 5L5 5L5 5');
  });
});

describe('traceArrow', () => {
  const arrow = (...points: readonly number[]): string => {
    const path = createSvgPath();
    traceArrow(path, Float32Array.from(points), points.length / 2);
    return path.text();
  };

  it('points the way the wire comes', () => {
    expect(arrow(10, 0, 10, 50)).toBe('M10 50L6.5 43L13.5 43L10 50');
    expect(arrow(0, 10, 50, 10)).toBe('M50 10L43 13.5L43 6.5L50 10');
  });

  it('draws none where the points say no direction', () => {
    expect(arrow(10, 50, 10, 50)).toBe('');
  });
});
