import type { WeightLayout } from './linearLayer';

/** Columns that are copied together out of a [K, N] weight, so that memory is read in runs of a cache line. */
const PANEL = 16;
/** Shrunken ranges that are tried per block: clipping a lone outlier often costs less than coarse steps for the rest. */
const CLIP_RATIOS: readonly number[] = [1, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65];
/** 256 steps are fine enough that clipping gains nothing. */
const EXACT: readonly number[] = [1];
/** Blocks whose scale would be below it hold nothing that float32 arithmetic could tell from zero. */
const SMALLEST_SCALE = 2 ** -120;

/** The form of a block-wise quantized weight. */
export interface BlockFormat {
  readonly bits: 4 | 8;
  /** Consecutive elements along K with one scale: a power of two, at least 16. */
  readonly blockSize: number;
  /** True: zero point 2^(bits-1) everywhere. False: a zero point per block. */
  readonly symmetric: boolean;
}

/** Scale and zero point of every block, column after column; the value is `(code - zeroPoint) * scale`. */
export interface BlockParameters {
  readonly scales: Float32Array;
  readonly zeroPoints: Uint8Array;
}

/** How many blocks a column has; the last one may be padded. */
export function blockCount(layout: WeightLayout, format: BlockFormat): number {
  return Math.ceil(layout.k / format.blockSize);
}

/**
 * Chooses scale and zero point of every block by rounding to nearest, with the clip ratio of least squared error.
 * Non-finite weights count as zero.
 */
export function chooseBlockParameters(
  values: Float32Array,
  layout: WeightLayout,
  format: BlockFormat,
): BlockParameters {
  const blocks = blockCount(layout, format);
  const scales = new Float32Array(layout.n * blocks);
  const zeroPoints = new Uint8Array(layout.n * blocks);
  const choose = format.symmetric ? chooseSymmetric : chooseAsymmetric;
  forEachColumn(values, layout, (column, n) => {
    for (let block = 0; block < blocks; block++) {
      const start = block * format.blockSize;
      const chosen = choose(column, start, Math.min(start + format.blockSize, layout.k), format.bits);
      scales[n * blocks + block] = chosen.scale;
      zeroPoints[n * blocks + block] = chosen.zeroPoint;
    }
  });
  return { scales, zeroPoints };
}

/**
 * The codes as MatMulNBits (com.microsoft, version 1) takes them: [N, blocks, blockSize * bits / 8] bytes, of two 4-bit
 * codes in a byte the earlier one in the low half, padding on the zero point.
 */
export function packBlocks(
  values: Float32Array,
  layout: WeightLayout,
  format: BlockFormat,
  parameters: BlockParameters,
): Uint8Array {
  const { bits, blockSize } = format;
  const blocks = blockCount(layout, format);
  const top = 2 ** bits - 1;
  const packed = new Uint8Array((layout.n * blocks * blockSize * bits) / 8);
  let at = 0;
  forEachColumn(values, layout, (column, n) => {
    for (let block = 0; block < blocks; block++) {
      const inverse = 1 / (parameters.scales[n * blocks + block] as number); // both hold one entry per block
      const zeroPoint = parameters.zeroPoints[n * blocks + block] as number;
      const end = (block + 1) * blockSize;
      const code = (k: number): number => encode(k < layout.k ? (column[k] as number) : 0, inverse, zeroPoint, top);
      if (bits === 8) for (let k = block * blockSize; k < end; k++) packed[at++] = code(k);
      else for (let k = block * blockSize; k < end; k += 2) packed[at++] = code(k) | (code(k + 1) << 4);
    }
  });
  return packed;
}

/** Zero points as MatMulNBits takes them: [N, ceil(blocks * bits / 8)] bytes. */
export function packZeroPoints(zeroPoints: Uint8Array, layout: WeightLayout, format: BlockFormat): Uint8Array {
  if (format.bits === 8) return zeroPoints;
  const blocks = blockCount(layout, format);
  const rowBytes = Math.ceil(blocks / 2);
  const packed = new Uint8Array(layout.n * rowBytes);
  for (let n = 0; n < layout.n; n++) {
    for (let block = 0; block < blocks; block++) {
      const at = n * rowBytes + (block >> 1);
      packed[at] = (packed[at] as number) | ((zeroPoints[n * blocks + block] as number) << (block % 2 === 0 ? 0 : 4));
    }
  }
  return packed;
}

/** Rounds half up; `value` is finite, so that clamping first and truncating after is safe. */
function encode(value: number, inverse: number, zeroPoint: number, top: number): number {
  const code = value * inverse + zeroPoint + 0.5;
  return code <= 0 ? 0 : code >= top ? top : code | 0;
}

interface BlockChoice {
  readonly scale: number;
  readonly zeroPoint: number;
}

/** The value of largest magnitude maps to the long end of the range, code 0, whatever its sign: scales may be negative. */
function chooseSymmetric(column: Float32Array, start: number, end: number, bits: number): BlockChoice {
  let extreme = 0;
  for (let k = start; k < end; k++) {
    const value = column[k] as number; // start and end lie inside the column
    if (Math.abs(value) > Math.abs(extreme)) extreme = value;
  }
  const zeroPoint = 2 ** (bits - 1);
  return bestClip(column, start, end, bits, (ratio) => ({ scale: (extreme * ratio) / -zeroPoint, zeroPoint }));
}

function chooseAsymmetric(column: Float32Array, start: number, end: number, bits: number): BlockChoice {
  let low = 0;
  let high = 0;
  for (let k = start; k < end; k++) {
    const value = column[k] as number; // start and end lie inside the column
    if (value < low) low = value;
    else if (value > high) high = value;
  }
  const top = 2 ** bits - 1;
  return bestClip(column, start, end, bits, (ratio) => {
    const scale = ((high - low) * ratio) / top;
    const zeroPoint = Math.round((-low * ratio) / scale);
    return { scale, zeroPoint: Math.min(top, Math.max(0, zeroPoint)) };
  });
}

function bestClip(
  column: Float32Array,
  start: number,
  end: number,
  bits: number,
  at: (ratio: number) => BlockChoice,
): BlockChoice {
  const top = 2 ** bits - 1;
  let best: BlockChoice = { scale: 1, zeroPoint: 2 ** (bits - 1) };
  if (!(Math.abs(at(1).scale) >= SMALLEST_SCALE)) return best; // all zeros
  let least = Infinity;
  for (const ratio of bits === 8 ? EXACT : CLIP_RATIOS) {
    const choice = at(ratio);
    const scale = Math.fround(choice.scale);
    const error = squaredError(column, start, end, { scale, zeroPoint: choice.zeroPoint }, top, least);
    if (error >= least) continue;
    least = error;
    best = { scale, zeroPoint: choice.zeroPoint };
  }
  return best;
}

function squaredError(
  column: Float32Array,
  start: number,
  end: number,
  { scale, zeroPoint }: BlockChoice,
  top: number,
  limit: number,
): number {
  const inverse = 1 / scale;
  let error = 0;
  for (let k = start; k < end && error < limit; k++) {
    const value = column[k] as number; // start and end lie inside the column
    const difference = value - (encode(value, inverse, zeroPoint, top) - zeroPoint) * scale;
    error += difference * difference;
  }
  return error;
}

/** Visits each column as contiguous finite numbers; the array is reused for the next one. */
function forEachColumn(
  values: Float32Array,
  { k, n, transposed }: WeightLayout,
  visit: (column: Float32Array, n: number) => void,
): void {
  const panel = new Float32Array(PANEL * k);
  for (let first = 0; first < n; first += PANEL) {
    const count = Math.min(PANEL, n - first);
    if (transposed) panel.set(values.subarray(first * k, (first + count) * k));
    else
      for (let row = 0; row < k; row++) {
        for (let c = 0; c < count; c++) panel[c * k + row] = values[row * n + first + c] as number;
      }
    for (let i = 0; i < panel.length; i++) if (!Number.isFinite(panel[i])) panel[i] = 0;
    for (let c = 0; c < count; c++) visit(panel.subarray(c * k, (c + 1) * k), first + c);
  }
}
