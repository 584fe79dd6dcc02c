import { describe, expect, it } from 'vitest';
import type { Pixels } from '../../../src/data/pixels';
import { cropPixels, toGray, toRgb } from '../../../src/data/pixels';
import { resizePixels } from '../../../src/data/resizePixels';

/** 7x5 pixels of a fixed pattern; the expected values below are what Pillow 12 makes of it. */
const pattern: Pixels = {
  width: 7,
  height: 5,
  channels: 3,
  data: Uint8Array.from({ length: 105 }, (_, i) => (i * 37 + 11) % 256),
};

describe('resizePixels', () => {
  it('reduces with the same result as Pillow', () => {
    expect([...resizePixels(pattern, 4, 3).data]).toEqual([
      73, 98, 135, 174, 78, 115, 143, 180, 84, 123, 160, 185, 84, 112, 149, 158, 92, 129, 157, 164, 98, 137, 171, 95,
      89, 126, 163, 69, 106, 143, 171, 75, 112, 151, 176, 79,
    ]);
  });

  it('enlarges with the same result as Pillow', () => {
    expect([...resizePixels(pattern, 9, 6).data.subarray(27, 54)]).toEqual([
      18, 55, 92, 92, 129, 166, 178, 102, 139, 208, 46, 83, 95, 132, 169, 181, 218, 56, 125, 162, 86, 98, 135, 172, 172,
      209, 246,
    ]);
  });

  it('computes a region equal to the same part of the whole', () => {
    const region = { left: 2, top: 1, width: 5, height: 3 };
    expect(resizePixels(pattern, 9, 6, region)).toEqual(cropPixels(resizePixels(pattern, 9, 6), region));
  });

  it('keeps a constant image constant at any size', () => {
    const flat: Pixels = { width: 5, height: 3, channels: 1, data: new Uint8Array(15).fill(255) };
    expect(new Set(resizePixels(flat, 13, 2).data)).toEqual(new Set([255]));
  });
});

describe('cropPixels', () => {
  it('fills with black where the region reaches beyond the image', () => {
    const image: Pixels = { width: 2, height: 2, channels: 1, data: Uint8Array.of(1, 2, 3, 4) };
    expect([...cropPixels(image, { left: -1, top: -1, width: 4, height: 3 }).data]).toEqual([
      0, 0, 0, 0, 0, 1, 2, 0, 0, 3, 4, 0,
    ]);
  });

  it('is all black where the region misses the image', () => {
    const image: Pixels = { width: 2, height: 2, channels: 1, data: Uint8Array.of(1, 2, 3, 4) };
    expect([...cropPixels(image, { left: 5, top: 0, width: 2, height: 1 }).data]).toEqual([0, 0]);
  });
});

describe('toGray', () => {
  it('weighs the channels as Pillow does', () => {
    expect([...toGray(pattern).data.subarray(0, 7)]).toEqual([41, 152, 84, 118, 200, 84, 195]);
  });

  it('gives back grey that was made RGB', () => {
    const gray: Pixels = { width: 3, height: 1, channels: 1, data: Uint8Array.of(0, 128, 255) };
    expect(toGray(toRgb(gray))).toEqual(gray);
  });
});
