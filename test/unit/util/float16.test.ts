import { describe, expect, it } from 'vitest';
import { fromBfloat16, fromFloat16, toFloat16 } from '../../../src/util/float16';

describe('float16', () => {
  it('gives every half back', () => {
    for (let bits = 0; bits < 0x10000; bits++) {
      const value = fromFloat16(bits);
      if (Number.isNaN(value)) expect(toFloat16(value) & 0x7fff).toBe(0x7e00);
      else if (toFloat16(value) !== bits) throw new Error(`${bits} became ${toFloat16(value)}`);
    }
  });

  it.each([
    [1, 0x3c00],
    [-2, 0xc000],
    [65504, 0x7bff],
    [65519.99, 0x7bff],
    [65520, 0x7c00],
    [1e10, 0x7c00],
    [-Infinity, 0xfc00],
    [2 ** -24, 0x0001],
    [2 ** -25, 0x0000],
    [2 ** -25 * 1.01, 0x0001],
    [-0, 0x8000],
    [1 + 2 ** -11, 0x3c00],
    [1 + 3 * 2 ** -11, 0x3c02],
  ])('rounds %d to the nearest half, ties to even', (value, bits) => {
    expect(toFloat16(value)).toBe(bits);
  });

  it('gives the nearest of the two neighbours for values in between', () => {
    for (let bits = 0x0000; bits < 0x7bff; bits += 7) {
      const [low, high] = [fromFloat16(bits), fromFloat16(bits + 1)];
      expect(toFloat16(low + (high - low) * 0.4)).toBe(bits);
      expect(toFloat16(low + (high - low) * 0.6)).toBe(bits + 1);
    }
  });
});

describe('bfloat16', () => {
  it('is the upper half of a float', () => {
    expect([0x3f80, 0xbf80, 0x7f80, 0x0000, 0x4049].map(fromBfloat16)).toEqual([1, -1, Infinity, 0, 3.140625]);
  });
});
