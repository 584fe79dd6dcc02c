import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/util/random';
import { mcnemarPValue, median, normalTail, proportionOf, quantile, spreadOf } from '../../../src/util/stats';

describe('quantile', () => {
  it('interpolates linearly, as type 7 does', () => {
    const values = [4, 1, 3, 2];
    expect([0, 0.25, 0.5, 0.75, 1].map((share) => quantile(values, share))).toEqual([1, 1.75, 2.5, 3.25, 4]);
    expect(values).toEqual([4, 1, 3, 2]);
  });

  it('takes the middle of odd counts, sorts numbers as numbers, and keeps infinities', () => {
    expect(median([10, 9, 100])).toBe(10);
    expect(median([Infinity, Infinity])).toBe(Infinity);
    expect(median([])).toBeNaN();
    expect(spreadOf([7])).toEqual({ median: 7, low: 7, high: 7 });
  });

  it('agrees with counting: at least the share lies at or below', () => {
    const random = createRandom(5);
    const values = Array.from({ length: 501 }, () => random.normal());
    for (const share of [0.1, 0.25, 0.5, 0.9]) {
      const bound = quantile(values, share);
      expect(values.filter((value) => value <= bound).length).toBe(500 * share + 1);
    }
  });
});

describe('proportionOf', () => {
  // Roots of (p - q)^2 = z^2 q (1 - q) / n in 40-digit decimals.
  it.each([
    [0, 10, 0, 0.2775327998628892],
    [10, 10, 0.7224672001371107, 1],
    [4574, 5000, 0.9067396690663829, 0.9222234453999978],
    [1, 3, 0.06149194472039624, 0.7923403991979523],
    [81, 263, 0.2552885198782742, 0.36620957698280004],
  ])('gives the Wilson interval of %i in %i', (hits, count, low, high) => {
    const proportion = proportionOf(hits, count);
    expect(proportion.value).toBe(hits / count);
    expect(proportion.low).toBeCloseTo(low, 13);
    expect(proportion.high).toBeCloseTo(high, 13);
    expect(proportion.count).toBe(count);
  });

  it('knows nothing of an empty sample', () => {
    expect(proportionOf(0, 0)).toEqual({ value: 0, low: 0, high: 1, count: 0 });
  });
});

describe('mcnemarPValue', () => {
  // Exact sums of binomial coefficients in rational arithmetic.
  it.each([
    [0, 0, 1],
    [1, 0, 1],
    [5, 15, 0.04138946533203125],
    [9, 11, 0.8238029479980469],
    [0, 10, 0.001953125],
    [10, 10, 1],
    [40, 70, 0.005447429511444482],
    [1200, 1000, 2.1817026407914712e-5],
  ])('is exact for %i against %i discordant samples', (first, second, expected) => {
    expect(mcnemarPValue(first, second) / expected).toBeCloseTo(1, 10);
    expect(mcnemarPValue(second, first)).toBe(mcnemarPValue(first, second));
  });

  it('comes close to the exact value where it approximates', () => {
    expect(mcnemarPValue(5000, 5300) / 0.003215819673645239).toBeCloseTo(1, 2);
    expect(mcnemarPValue(20_000, 20_000)).toBe(1);
  });
});

describe('normalTail', () => {
  it.each([
    [0, 0.5],
    [0.5, 0.3085375387259869],
    [1, 0.15865525393145707],
    [1.96, 0.024997895148220435],
    [2.9, 0.0018658133003840384],
    [3, 0.0013498980316300957],
    [5, 2.866515718791946e-7],
    [8, 6.220960574271819e-16],
  ])('of %d', (z, expected) => {
    expect(normalTail(z) / expected).toBeCloseTo(1, 10);
  });
});
