import { describe, expect, it } from 'vitest';
import { quantizeWeightInt8 } from '../../../src/quantize/weightQuantization';
import { createRandom } from '../../../src/util/random';

/** The definition, element by element. */
function reference(values: Float32Array, dims: number[], axis: number | null, limit: number) {
  const strides = dims.map((_, i) => dims.slice(i + 1).reduce((a, b) => a * b, 1));
  const channelOf = (i: number): number => (axis === null ? 0 : Math.floor(i / strides[axis]!) % dims[axis]!);
  const scales = new Float32Array(axis === null ? 1 : dims[axis]!);
  values.forEach((v, i) => (scales[channelOf(i)] = Math.max(scales[channelOf(i)]!, Math.fround(Math.abs(v) / limit))));
  const data = Int8Array.from(values, (v, i) => Math.round(v * (1 / scales[channelOf(i)]!)));
  return { data, scales };
}

describe('quantizeWeightInt8', () => {
  const random = createRandom(7);
  const dims = [4, 3, 5, 2];
  const values = Float32Array.from({ length: 120 }, () => random.normal());

  it.each([null, 0, 1, 2, 3])('agrees with the definition for axis %s', (axis) => {
    expect(quantizeWeightInt8(values, dims, { axis })).toEqual(reference(values, dims, axis, 127));
  });

  it('stays within [-64, 64] and uses both ends when the range is reduced', () => {
    const { data } = quantizeWeightInt8(Float32Array.of(-2, 2, 1), [3], { axis: null, reduceRange: true });
    expect([...data]).toEqual([-64, 64, 32]);
  });

  it('gives a channel of zeros the largest scale of the tensor, and 1 when all are zero', () => {
    expect([...quantizeWeightInt8(Float32Array.of(0, 0, 127, 1), [2, 2], { axis: 0 }).scales]).toEqual([1, 1]);
    expect([...quantizeWeightInt8(new Float32Array(4), [2, 2], { axis: 0 }).scales]).toEqual([1, 1]);
    const wide = quantizeWeightInt8(Float32Array.of(0, 0, 254, 1), [2, 2], { axis: 0 });
    expect([...wide.scales]).toEqual([2, 2]);
  });

  it('raises a scale to its minimum and leaves the others alone', () => {
    const { data, scales } = quantizeWeightInt8(Float32Array.of(1, 0.5, 127, -127), [2, 2], {
      axis: 0,
      minimumScale: [0.5, 0.5],
    });
    expect({ data: [...data], scales: [...scales] }).toEqual({ data: [2, 1, 127, -127], scales: [0.5, 1] });
  });

  it('survives NaN, infinities and subnormals', () => {
    const { data, scales } = quantizeWeightInt8(Float32Array.of(NaN, Infinity, -Infinity, 1, 1e-42, 0), [3, 2], {
      axis: 0,
    });
    expect(scales.every((scale) => Number.isFinite(scale) && scale > 0)).toBe(true);
    expect([...data]).toEqual([0, 127, -127, 127, 0, 0]);
  });

  it('lets one outlier among many saturate at 4 bits, and only there', () => {
    const values = Float32Array.from({ length: 1024 }, (_, i) => (i < 512 ? Math.sin(i) : Math.sign(Math.sin(i))));
    values[0] = 1.3;
    const { data, scales } = quantizeWeightInt8(values, [2, 512], { axis: 0, bits: 4 });
    const error = (scale: number): number =>
      [...values.subarray(0, 512)].reduce((sum, value) => {
        const level = Math.max(-7, Math.min(7, Math.round(value / scale)));
        return sum + (value - level * scale) ** 2;
      }, 0);
    expect(data[0]).toBe(7);
    expect(error(scales[0] as number)).toBeLessThan(0.9 * error(1.3 / 7));
    expect(scales[1]).toBeCloseTo(1 / 7, 6);
  });

  it('refuses an axis that the tensor does not have', () => {
    expect(() => quantizeWeightInt8(new Float32Array(2), [2], { axis: 1 })).toThrow(RangeError);
  });

  it('returns empty data for an empty tensor', () => {
    expect(quantizeWeightInt8(new Float32Array(0), [0, 3], { axis: 1 }).data.length).toBe(0);
  });
});
