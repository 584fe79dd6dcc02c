import { describe, expect, it } from 'vitest';
import { createSumBootstrap, estimateOf, resample } from '../../../src/evaluate/bootstrap';
import { createRandom } from '../../../src/util/random';

const mean = ([sum = 0, count = 0]: Float64Array): number => sum / count;

/** A collector with `count` standard normal values, and the standard error of their mean. */
function collected(count: number): { sums: ReturnType<typeof createSumBootstrap>; error: number } {
  const random = createRandom(4);
  const sums = createSumBootstrap(2);
  const values = Array.from({ length: count }, () => random.normal());
  for (const value of values) sums.add([value, 1]);
  const average = values.reduce((sum, value) => sum + value, 0) / count;
  const variance = values.reduce((sum, value) => sum + (value - average) ** 2, 0) / count;
  return { sums, error: Math.sqrt(variance / count) };
}

describe('createSumBootstrap', () => {
  // The second count has groups of several samples.
  it.each([400, 9000])('gives the interval of a mean of %i samples that theory gives', (count) => {
    const { sums, error } = collected(count);
    const [estimate] = sums.estimates([mean], 0);
    expect(estimate?.count).toBe(count);
    expect(estimate?.value).toBeCloseTo(mean(sums.totals()), 12);
    const half = ((estimate?.high ?? 0) - (estimate?.low ?? 0)) / 2;
    expect(half / (1.96 * error)).toBeGreaterThan(0.9);
    expect(half / (1.96 * error)).toBeLessThan(1.1);
  });

  it('gives the same interval for the same seed, and resamples all statistics together', () => {
    const { sums } = collected(50);
    expect(sums.estimates([mean], 3)).toEqual(sums.estimates([mean], 3));
    expect(sums.estimates([mean], 3)).not.toEqual(sums.estimates([mean], 4));
    const [, difference] = sums.estimates([mean, (all) => mean(all) - mean(all)], 0);
    expect(difference).toEqual({ value: 0, low: 0, high: 0, count: 50 });
  });
});

describe('resample', () => {
  it('draws with replacement within the size', () => {
    const draws = resample(5, 1, 200, (drawn) => [...drawn]);
    expect(draws).toHaveLength(200);
    expect(new Set(draws.flat())).toEqual(new Set([0, 1, 2, 3, 4]));
    expect(draws.some((drawn) => new Set(drawn).size < 5)).toBe(true);
    expect(resample(0, 1, 200, () => 1)).toEqual([]);
  });
});

describe('estimateOf', () => {
  it('leaves out replicates that are no number', () => {
    expect(estimateOf(0.5, [NaN, 0.4, 0.6], 3)).toMatchObject({ value: 0.5, low: 0.405, high: 0.595 });
    expect(estimateOf(0.5, [NaN], 3)).toEqual({ value: 0.5, low: 0.5, high: 0.5, count: 3 });
  });
});
