import { describe, expect, it } from 'vitest';
import { HISTOGRAM_BINS, TensorObserver, type Histogram } from '../../../src/quantize/observer';
import { createRandom } from '../../../src/util/random';

/** Counts values in equal bins, one by one. */
function naiveHistogram(values: readonly number[], { low, high }: Histogram): number[] {
  const counts = new Array<number>(HISTOGRAM_BINS).fill(0);
  for (const value of values) {
    const bin = Math.min(HISTOGRAM_BINS - 1, Math.floor(((value - low) / (high - low)) * HISTOGRAM_BINS));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return counts;
}

describe('TensorObserver', () => {
  it('has after many batches of growing range the histogram of one pass over the final range', () => {
    const random = createRandom(3);
    const observer = new TensorObserver({ histogram: true });
    const all: number[] = [];
    for (let batch = 0; batch < 40; batch++) {
      // Ranges grow on both sides by turns; the numbers are multiples of 2^-6, so that no bin border is in doubt.
      const spread = 1.3 ** batch * (batch % 2 === 0 ? 1 : -1);
      const values = Float32Array.from({ length: 500 }, () => (Math.round(random.next() * spread * 64) + 0.5) / 64);
      observer.observe(values, [500]);
      all.push(...values);
    }
    const { histogram, min, max, count } = observer.statistics();
    const found = histogram!;
    const expected = naiveHistogram(all, found);
    // Rounding at the borders of bins that are no powers of two may move a value to the neighbouring bin.
    const cumulative = (counts: ArrayLike<number>): number[] => {
      let sum = 0;
      return Array.from(counts, (value) => (sum += value));
    };
    const [a, b] = [cumulative(found.counts), cumulative(expected)];
    const largest = a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - b[i]!)), 0);
    expect(largest).toBeLessThanOrEqual(2);
    expect({ total: a.at(-1), count, min, max }).toEqual({
      total: all.length,
      count: all.length,
      min: Math.min(...all),
      max: Math.max(...all),
    });
    const coveredBins = ((Math.max(...all) - Math.min(...all)) / (found.high - found.low)) * HISTOGRAM_BINS;
    expect(coveredBins).toBeGreaterThanOrEqual(2048);
  });

  it('is exact where bins are powers of two', () => {
    const observer = new TensorObserver({ histogram: true });
    observer.observe(Float32Array.of(0, 8191 / 8192), [2]);
    observer.observe(Float32Array.of(3.5, -0.5), [2]);
    const { histogram } = observer.statistics();
    expect(histogram!.low).toBeLessThanOrEqual(-0.5);
    expect(histogram!.high).toBeGreaterThan(3.5);
    expect([...histogram!.counts]).toEqual(naiveHistogram([0, 8191 / 8192, 3.5, -0.5], histogram!));
  });

  it('keeps every count from 1e-30 to 1e38', () => {
    const observer = new TensorObserver({ histogram: true });
    for (const value of [0, 1e-30, -1e-10, 1, -1e20, 1e38]) observer.observe(Float32Array.of(value), [1]);
    const { histogram, count } = observer.statistics();
    expect([count, histogram!.counts.reduce((a, b) => a + b, 0)]).toEqual([6, 6]);
    expect(Number.isFinite(histogram!.high - histogram!.low)).toBe(true);
  });

  it.each([
    { axis: 1, expected: [1.5, 3.5, 5.5] },
    { axis: -1, expected: [3, 4] },
    { axis: 0, expected: [3.5] },
  ])('averages along axis $axis', ({ axis, expected }) => {
    const observer = new TensorObserver({ meanAxis: axis });
    observer.observe(Float32Array.of(1, 2, 3, 4, 5, 6), [1, 3, 2]);
    expect([...observer.statistics().channelMeans!]).toEqual(expected);
  });

  it('weighs means by the number of values when batches differ in size', () => {
    const observer = new TensorObserver({ meanAxis: 1 });
    observer.observe(Float32Array.of(1, 10, 1, 10), [2, 2]);
    observer.observe(Float32Array.of(7, 70), [1, 2]);
    expect([...observer.statistics().channelMeans!]).toEqual([3, 30]);
  });

  it('counts NaN and infinities, and keeps them out of everything else', () => {
    const observer = new TensorObserver({ histogram: true, meanAxis: 1 });
    observer.observe(Float32Array.of(1, 3), [1, 2]);
    observer.observe(Float32Array.of(NaN, Infinity, -Infinity, 2), [2, 2]);
    const { histogram, channelMeans, ...rest } = observer.statistics();
    expect(rest).toMatchObject({ min: 1, max: 3, count: 3, nonFinite: 3 });
    expect(histogram!.counts.reduce((a, b) => a + b, 0)).toBe(3);
    expect([...channelMeans!]).toEqual([1, 3]);
  });

  it('moves its averages a tenth of the way to each further batch', () => {
    const observer = new TensorObserver();
    observer.observe(Float32Array.of(-1, 1), [2]);
    observer.observe(Float32Array.of(-11, 2), [2]);
    const { averageMin, averageMax } = observer.statistics();
    expect(averageMin).toBeCloseTo(-2, 12);
    expect(averageMax).toBeCloseTo(1.1, 12);
  });

  it('describes a tensor of zeros, and one that was never seen', () => {
    const zeros = new TensorObserver({ histogram: true });
    zeros.observe(new Float32Array(5), [5]);
    expect(zeros.statistics()).toMatchObject({ min: 0, max: 0, count: 5, nonFinite: 0 });
    expect(zeros.statistics().histogram!.counts[0]).toBe(5);
    expect(new TensorObserver({ histogram: true }).statistics()).toEqual({
      min: 0,
      max: 0,
      averageMin: 0,
      averageMax: 0,
      count: 0,
      nonFinite: 0,
    });
  });
});
