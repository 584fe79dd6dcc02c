import type { Pixels, Region } from './pixels';

/** Fixed-point bits of a coefficient: 32 less 8 for the value and 2 for the sum, as in Pillow, so results are equal. */
const PRECISION_BITS = 22;
const ROUNDING = 1 << (PRECISION_BITS - 1);

/** For each output position: the first input position, how many count, and their fixed-point weights. */
interface Taps {
  readonly size: number;
  readonly first: Int32Array;
  readonly length: Int32Array;
  readonly weights: Int32Array;
}

/**
 * Resizes with the triangle filter widened by the reduction (bilinear with antialiasing), bit-equal to Pillow's
 * BILINEAR, which torchvision applies to images. Only `region` of the `width` x `height` result is computed and
 * returned; it must lie inside.
 */
export function resizePixels(pixels: Pixels, width: number, height: number, region?: Region): Pixels {
  const part = region ?? { left: 0, top: 0, width, height };
  const columns = computeTaps(pixels.width, width, part.left, part.width);
  const rows = computeTaps(pixels.height, height, part.top, part.height);
  const firstRow = rows.first[0] ?? 0;
  const endRow = (rows.first[part.height - 1] ?? 0) + (rows.length[part.height - 1] ?? 0);
  const narrow = resampleRows(pixels, columns, part.width, firstRow, endRow);
  const rowLength = part.width * pixels.channels;
  const data = new Uint8Array(rowLength * part.height);
  const sums = new Int32Array(rowLength);
  for (let y = 0; y < part.height; y++) {
    sums.fill(ROUNDING);
    const length = rows.length[y] ?? 0;
    for (let tap = 0; tap < length; tap++) {
      const weight = rows.weights[y * rows.size + tap] ?? 0;
      const from = ((rows.first[y] ?? 0) - firstRow + tap) * rowLength;
      for (let x = 0; x < rowLength; x++) sums[x] = (sums[x] ?? 0) + (narrow[from + x] ?? 0) * weight;
    }
    for (let x = 0, at = y * rowLength; x < rowLength; x++) data[at + x] = clampByte((sums[x] ?? 0) >> PRECISION_BITS);
  }
  return { width: part.width, height: part.height, channels: pixels.channels, data };
}

function resampleRows(pixels: Pixels, taps: Taps, width: number, firstRow: number, endRow: number): Uint8Array {
  const { channels, data } = pixels;
  const result = new Uint8Array((endRow - firstRow) * width * channels);
  let at = 0;
  for (let y = firstRow; y < endRow; y++) {
    const row = y * pixels.width * channels;
    for (let x = 0; x < width; x++) {
      const from = row + (taps.first[x] ?? 0) * channels;
      const end = from + (taps.length[x] ?? 0) * channels;
      for (let channel = 0; channel < channels; channel++) {
        let sum = ROUNDING;
        let tap = x * taps.size;
        for (let i = from + channel; i < end; i += channels) sum += (data[i] ?? 0) * (taps.weights[tap++] ?? 0);
        result[at++] = clampByte(sum >> PRECISION_BITS);
      }
    }
  }
  return result;
}

function computeTaps(inputSize: number, outputSize: number, start: number, count: number): Taps {
  const scale = inputSize / outputSize;
  const support = Math.max(scale, 1);
  const size = Math.ceil(support) * 2 + 1;
  const first = new Int32Array(count);
  const length = new Int32Array(count);
  const weights = new Int32Array(count * size);
  const exact = new Float64Array(size);
  for (let i = 0; i < count; i++) {
    const center = (start + i + 0.5) * scale;
    const from = Math.max(0, Math.trunc(center - support + 0.5));
    const taps = Math.min(inputSize, Math.trunc(center + support + 0.5)) - from;
    let total = 0;
    for (let tap = 0; tap < taps; tap++) {
      const weight = Math.max(0, 1 - Math.abs((from + tap - center + 0.5) / support));
      exact[tap] = weight;
      total += weight;
    }
    first[i] = from;
    length[i] = taps;
    for (let tap = 0; tap < taps; tap++) {
      weights[i * size + tap] = Math.trunc(((exact[tap] ?? 0) / total) * (1 << PRECISION_BITS) + 0.5);
    }
  }
  return { size, first, length, weights };
}

function clampByte(value: number): number {
  return value < 0 ? 0 : value > 255 ? 255 : value;
}
