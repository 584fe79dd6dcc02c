import { describe, expect, it } from 'vitest';
import type { CalibrationMethod } from '../../../src/protocol';
import { activationParameters, quantizeValues } from '../../../src/quantize/activationParameters';
import { TensorObserver, type TensorStatistics } from '../../../src/quantize/observer';
import { chooseRange, expectedSquaredError, percentileRange, type Range } from '../../../src/quantize/ranges';
import { createRandom } from '../../../src/util/random';

function statisticsOf(values: Float32Array, batches = 4): TensorStatistics {
  const observer = new TensorObserver({ histogram: true });
  const size = Math.ceil(values.length / batches);
  for (let i = 0; i < values.length; i += size) {
    const part = values.subarray(i, i + size);
    observer.observe(part, [part.length]);
  }
  return observer.statistics();
}

function drawn(count: number, draw: (random: ReturnType<typeof createRandom>, i: number) => number): Float32Array {
  const random = createRandom(11);
  return Float32Array.from({ length: count }, (_, i) => draw(random, i));
}

/** The mean squared error of really quantizing the values. */
function measuredError(values: Float32Array, range: Range): number {
  const parameters = activationParameters(range, 'uint8');
  const codes = quantizeValues(values, parameters);
  return values.reduce(
    (sum, value, i) => sum + (value - (codes[i]! - parameters.zeroPoint) * parameters.scale) ** 2,
    0,
  );
}

const METHODS: readonly CalibrationMethod[] = ['minmax', 'moving-average', 'percentile', 'entropy', 'mse'];
const gaussian = drawn(100_000, (random) => random.normal());
const withOutlier = drawn(100_000, (random, i) => (i === 5000 ? 60 : random.normal()));
const uniform = drawn(100_000, (random) => random.next() * 3 - 1);
const rectified = drawn(100_000, (random) => Math.max(0, random.normal()));
const laplace = drawn(100_000, (random) => {
  const u = random.next() - 0.5;
  return -Math.sign(u) * Math.log(1 - 2 * Math.abs(u));
});

describe('chooseRange', () => {
  it.each(METHODS)('contains zero and stays within what was seen with %s', (method) => {
    for (const values of [gaussian, withOutlier, uniform, rectified, laplace, uniform.map((x) => x + 10)]) {
      const statistics = statisticsOf(values);
      const { low, high } = chooseRange(statistics, method, 256);
      expect(low).toBeLessThanOrEqual(0);
      expect(high).toBeGreaterThan(0);
      expect(low).toBeGreaterThanOrEqual(Math.min(0, statistics.min));
      expect(high).toBeLessThanOrEqual(statistics.max);
    }
  });

  it.each(METHODS)('gives an empty range for zeros and for nothing with %s', (method) => {
    expect(chooseRange(statisticsOf(new Float32Array(10)), method, 256)).toEqual({ low: 0, high: 0 });
    expect(chooseRange(new TensorObserver({ histogram: true }).statistics(), method, 256)).toEqual({ low: 0, high: 0 });
  });

  it('takes the extremes with minmax', () => {
    expect(chooseRange(statisticsOf(Float32Array.of(-2, 1, 5)), 'minmax', 256)).toEqual({ low: -2, high: 5 });
    expect(chooseRange(statisticsOf(Float32Array.of(3, 5)), 'minmax', 256)).toEqual({ low: 0, high: 5 });
  });

  it('takes the averages of the batches with moving-average', () => {
    const values = Float32Array.of(-1, 1, -11, 2);
    const { low, high } = chooseRange(statisticsOf(values, 2), 'moving-average', 256);
    expect([low, high]).toEqual([expect.closeTo(-2, 10), expect.closeTo(1.1, 10)]);
  });
});

describe('percentileRange', () => {
  it.each([0.9, 0.99, 0.999])('agrees with the quantiles of the sorted values at %s, to a bin', (p) => {
    for (const values of [gaussian, uniform, laplace]) {
      const { histogram } = statisticsOf(values);
      const sorted = values.slice().sort();
      const bin = (histogram!.high - histogram!.low) / histogram!.counts.length;
      const range = percentileRange(histogram!, p);
      const cut = Math.floor((1 - p) * sorted.length);
      expect(Math.abs(range.low - sorted[cut]!)).toBeLessThanOrEqual(1.01 * bin);
      expect(Math.abs(range.high - sorted[sorted.length - 1 - cut]!)).toBeLessThanOrEqual(1.01 * bin);
    }
  });

  it('cuts each side on its own', () => {
    const values = drawn(100_000, (random, i) => (i % 1000 === 0 ? 50 : random.next() - 0.5));
    const { low, high } = percentileRange(statisticsOf(values).histogram!, 0.99);
    expect(low).toBeCloseTo(-0.49, 1);
    expect(high).toBeCloseTo(0.49, 1);
  });
});

describe('MSE calibration', () => {
  it('estimates the error of really quantizing to 5 %', () => {
    for (const values of [gaussian, laplace, rectified, withOutlier]) {
      const { histogram } = statisticsOf(values);
      for (const range of [
        { low: -1, high: 1.5 },
        { low: -3, high: 3 },
        { low: 0, high: 4 },
      ]) {
        const ratio = (expectedSquaredError(histogram!, range, 256) * values.length) / measuredError(values, range);
        expect(ratio).toBeGreaterThan(0.95);
        expect(ratio).toBeLessThan(1.05);
      }
    }
  });

  it('finds limits as good as an exhaustive search over the values, to 5 %', () => {
    for (const values of [laplace, rectified, gaussian].map((all) => all.subarray(0, 3000))) {
      const statistics = statisticsOf(values);
      const found = measuredError(values, chooseRange(statistics, 'mse', 256));
      let best = Infinity;
      for (let i = 1; i <= 25; i++) {
        for (let j = 1; j <= (statistics.min < 0 ? 25 : 1); j++) {
          const range = { low: Math.min(0, (statistics.min * j) / 25), high: (statistics.max * i) / 25 };
          best = Math.min(best, measuredError(values, range));
        }
      }
      expect(found).toBeLessThanOrEqual(best * 1.05);
    }
  });

  it('keeps a uniform distribution whole', () => {
    const { low, high } = chooseRange(statisticsOf(uniform), 'mse', 256);
    expect(low).toBeLessThan(-0.98);
    expect(high).toBeGreaterThan(1.98);
  });
});

describe('entropy calibration', () => {
  it('clips a lone outlier far away', () => {
    const { low, high } = chooseRange(statisticsOf(withOutlier), 'entropy', 256);
    expect(low).toBeLessThan(-2.5);
    expect(high).toBeGreaterThan(2.5);
    expect(high).toBeLessThan(15);
  });

  it('keeps nearly all of a uniform distribution', () => {
    const { low, high } = chooseRange(statisticsOf(uniform), 'entropy', 256);
    expect(low).toBeLessThan(-0.95);
    expect(high).toBeGreaterThan(1.9);
  });

  it('does not collapse on the zeros that Relu leaves, however many they are', () => {
    const plain = chooseRange(statisticsOf(rectified.filter((value) => value > 0)), 'entropy', 256);
    for (const zeros of [1, 10, 100]) {
      const values = new Float32Array(rectified.length * (zeros + 1));
      values.set(rectified);
      const { low, high } = chooseRange(statisticsOf(values, 1), 'entropy', 256);
      expect(low).toBe(0);
      expect(high).toBeGreaterThan(2.5);
      expect(Math.abs(high - plain.high)).toBeLessThan(0.5);
    }
  });

  it('does not collapse on a spike at zero in a range with two sides', () => {
    const spiked = drawn(200_000, (random, i) => (i % 2 === 0 ? 0 : random.normal()));
    const { low, high } = chooseRange(statisticsOf(spiked), 'entropy', 256);
    expect(low).toBeLessThan(-2.2);
    expect(high).toBeGreaterThan(2.2);
  });

  it('keeps everything when there are more levels than bins', () => {
    const statistics = statisticsOf(gaussian);
    expect(chooseRange(statistics, 'entropy', 65_536)).toEqual({ low: statistics.min, high: statistics.max });
  });
});
