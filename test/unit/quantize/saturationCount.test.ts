import { describe, expect, it } from 'vitest';
import { riskyPairs, saturates } from '../../../src/quantize/saturationCount';

describe('saturates', () => {
  it.each([
    [[127, 1], 255, 255, false], // 32,640
    [[127, 2], 255, 255, true], // 32,895
    [[-128, -1], 255, 128, false], // -32,768
    [[-128, -1], 255, 129, true], // -32,769
    [[127, -127], 255, 255, false],
    [[127, 127], 129, 129, false], // 32,766
    [[127, 127], 129, 130, true],
  ] as const)('sums %j times %d and %d exactly', (weights, first, second, expected) => {
    expect(saturates(weights, first, second)).toBe(expected);
  });
});

describe('riskyPairs', () => {
  it('finds what brute force over extreme activations finds', () => {
    const weights = [-128, -127, -65, -64, -1, 0, 1, 2, 63, 64, 65, 127];
    for (const a of weights) {
      for (const b of weights) {
        const extremes = [0, 255].flatMap((x) => [0, 255].map((y) => saturates([a, b], x, y)));
        const found = riskyPairs(1, [[0, 1]], (_, k) => (k === 0 ? a : b)).length > 0;
        expect({ a, b, found }).toEqual({ a, b, found: extremes.includes(true) });
      }
    }
  });

  it('pairs two by two in each order, and counts a pair of several orders once', () => {
    const orders = [
      [0, 1, 2, 3, 4],
      [1, 0, 2, 4, 3],
    ];
    const pairs = riskyPairs(2, orders, (channel) => (channel === 1 ? 127 : 1));
    expect(pairs.map(({ channel, first, second }) => [channel, first, second])).toEqual([
      [1, 0, 1],
      [1, 2, 3],
      [1, 2, 4],
    ]);
  });
});
