import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/util/random';

describe('the seeded random source', () => {
  it('repeats itself for a seed and differs for another', () => {
    const sequence = (seed: number): number[] => Array.from({ length: 5 }, createRandom(seed).next);
    expect(sequence(1)).toEqual(sequence(1));
    expect(sequence(1)).not.toEqual(sequence(2));
  });

  it('is uniform in [0, 1) and in whole numbers', () => {
    const random = createRandom(3);
    const counts = new Array<number>(10).fill(0);
    let sum = 0;
    for (let i = 0; i < 20_000; i++) {
      const value = random.next();
      expect(value >= 0 && value < 1).toBe(true);
      sum += value;
      const whole = random.int(10);
      counts[whole] = (counts[whole] ?? 0) + 1;
    }
    expect(sum / 20_000).toBeCloseTo(0.5, 1);
    expect(counts).toHaveLength(10);
    expect(Math.min(...counts)).toBeGreaterThan(1800); // 2000 expected, 42 is a standard deviation
  });

  it('draws from the standard normal distribution', () => {
    const random = createRandom(4);
    const values = Array.from({ length: 20_000 }, random.normal);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    expect(Math.abs(mean)).toBeLessThan(0.03);
    expect(Math.abs(variance - 1)).toBeLessThan(0.05);
  });

  it('shuffles without losing an element', () => {
    const items = Array.from({ length: 100 }, (_, i) => i);
    const shuffled = createRandom(5).shuffle([...items]);
    expect(shuffled).not.toEqual(items);
    expect([...shuffled].sort((a, b) => a - b)).toEqual(items);
  });
});
