import { describe, expect, it } from 'vitest';
import { saturationFreeScales } from '../../../src/quantize/saturation';
import { quantizeWeightInt8 } from '../../../src/quantize/weightQuantization';
import { createRandom } from '../../../src/util/random';

/** Two such products with activations of 255 still fit into int16. */
const LARGEST_SUM = 128;

/** Weights of which many neighbours are large and of one sign. */
function heavyWeights(count: number, seed: number): Float32Array {
  const random = createRandom(seed);
  let sign = 1;
  return Float32Array.from({ length: count }, () => {
    if (random.next() < 0.3) sign = -sign;
    return sign * (0.5 + random.next() / 2);
  });
}

/** The largest magnitude of the sum of two neighbours of one sign, in the order in which a kernel reads a channel. */
function largestPair(channel: readonly number[]): number {
  let largest = 0;
  for (let i = 0; i + 1 < channel.length; i += 2) {
    const [a = 0, b = 0] = channel.slice(i);
    if (a * b > 0) largest = Math.max(largest, Math.abs(a + b));
  }
  return largest;
}

function quantize(values: Float32Array, dims: readonly number[], axis: 0 | 1): Int8Array {
  return quantizeWeightInt8(values, dims, { axis, minimumScale: saturationFreeScales(values, dims, axis) }).data;
}

describe('saturationFreeScales', () => {
  it.each([
    [4, 8, 3, 3],
    [4, 3, 3, 3],
    [4, 5, 2, 3],
    [4, 1, 3, 3],
    [6, 2, 5],
    [3, 7, 1, 1],
  ])('leaves no pair of a convolution [%i, %i, %i, %i] that could saturate, in either layout', (...dims) => {
    const [channels = 0, inputs = 0, ...kernel] = dims.filter((dim) => Number.isFinite(dim));
    const shape = [channels, inputs, ...kernel];
    const size = kernel.reduce((product, dim) => product * dim, 1);
    for (let seed = 0; seed < 20; seed++) {
      const values = heavyWeights(channels * inputs * size, seed);
      const data = quantize(values, shape, 0);
      const plain = quantizeWeightInt8(values, shape, { axis: 0 }).data;
      const worst = (codes: Int8Array): number => {
        let largest = 0;
        for (let c = 0; c < channels; c++) {
          const flat = [...codes.subarray(c * inputs * size, (c + 1) * inputs * size)];
          const nhwc = flat.map((_, i) => flat[(i % inputs) * size + Math.floor(i / inputs)]!);
          const positions = Array.from({ length: size }, (_, k) =>
            largestPair(nhwc.slice(k * inputs, (k + 1) * inputs)),
          );
          largest = Math.max(largest, largestPair(flat), largestPair(nhwc), ...positions);
        }
        return largest;
      };
      expect(worst(data)).toBeLessThanOrEqual(LARGEST_SUM);
      expect(worst(plain)).toBeGreaterThan(LARGEST_SUM); // the floors are what makes the difference
    }
  });

  it.each([
    { dims: [16, 5] as const, axis: 1 as const },
    { dims: [15, 5] as const, axis: 1 as const },
    { dims: [5, 16] as const, axis: 0 as const },
    { dims: [5, 15] as const, axis: 0 as const },
  ])('leaves no pair along K of a matrix $dims with columns on axis $axis', ({ dims, axis }) => {
    const [rows, columns] = dims;
    for (let seed = 0; seed < 20; seed++) {
      const data = quantize(heavyWeights(rows * columns, seed), dims, axis);
      for (let n = 0; n < dims[axis]; n++) {
        const channel = Array.from(
          { length: dims[1 - axis]! },
          (_, k) => data[axis === 1 ? k * columns + n : n * columns + k]!,
        );
        expect(largestPair(channel)).toBeLessThanOrEqual(LARGEST_SUM);
      }
    }
  });

  it('leaves the scale alone where no neighbours of one sign are large', () => {
    const values = Float32Array.of(1, -1, 1, -1, 0.5, 0.25, -1, 0);
    expect([...saturationFreeScales(values, [2, 4], 0)].map((scale) => scale <= 1 / 127)).toEqual([true, true]);
  });

  it('ignores NaN and infinities', () => {
    const scales = saturationFreeScales(Float32Array.of(NaN, 1, Infinity, Infinity, 1, 1), [1, 6], 0);
    expect([...scales]).toEqual([2 / 127]);
  });
});
