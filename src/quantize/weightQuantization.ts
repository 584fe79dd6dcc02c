import { leastErrorMagnitudes } from './leastErrorMagnitudes';

/** Largest magnitude of a full-range symmetric int8 weight; -128 stays unused so that the range is symmetric. */
export const INT8_WEIGHT_MAX = 127;
/**
 * Largest magnitude of a reduced-range (7-bit) weight. x86 processors without VNNI add two u8 x s8 products in a
 * saturating int16: 2 * 255 * 64 = 32,640 still fits, 2 * 255 * 65 = 33,150 does not.
 */
export const INT7_WEIGHT_MAX = 64;
/** Largest magnitude of a 4-bit weight, which is stored in int8: kernels for 4 bits exist for matrices alone. */
export const INT4_WEIGHT_MAX = 7;
/** Scales below float32's normal range lose precision and their reciprocals overflow. */
const SMALLEST_SCALE = 2 ** -120;

/** How {@link quantizeWeightInt8} chooses its scales. */
export interface WeightInt8Options {
  /** The axis with a scale of its own per index; null for one scale. */
  readonly axis: number | null;
  /** Quantizes to [-64, 64], which no x86 kernel saturates. Default false: [-127, 127]. */
  readonly reduceRange?: boolean;
  /**
   * 4 quantizes to [-7, 7], and lets the largest weights of a channel saturate where that makes the squared error
   * smaller. Default 8.
   */
  readonly bits?: 4 | 8;
  /** Per channel (or one value): the scale is raised to it, for instance so that an int32 bias does not overflow. */
  readonly minimumScale?: ArrayLike<number> | null;
}

/** A symmetric int8 weight: the value is `data * scales[channel]`, and the zero point is 0. */
export interface WeightInt8 {
  readonly data: Int8Array;
  readonly scales: Float32Array;
}

/**
 * Quantizes a row-major weight of shape `dims` to symmetric int8, round to nearest, scale = max|w| / qmax per channel.
 * A channel of zeros takes the tensor's largest scale (1 if all are zero), so that a bias on the same grid stays fine.
 * NaN becomes 0 and infinities the end of the range; neither influences a scale. (Jacob et al., Quantization and
 * Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference, 2018.)
 */
export function quantizeWeightInt8(
  values: Float32Array,
  dims: readonly number[],
  options: WeightInt8Options,
): WeightInt8 {
  const limit = weightLimit(options);
  const { channels, inner } = channelLayout(dims, options.axis);
  const largest = channelMagnitudes(values, channels, inner);
  const covered = options.bits === 4 ? leastErrorMagnitudes(values, inner, largest, limit) : largest;
  const scales = chooseScales(covered, limit, options.minimumScale);
  const data = new Int8Array(values.length);
  let at = 0;
  while (at < values.length) {
    for (let channel = 0; channel < channels; channel++) {
      const inverse = 1 / (scales[channel] as number); // one scale per channel
      for (const end = at + inner; at < end; at++) {
        const scaled = (values[at] as number) * inverse; // at stays below the length
        data[at] = scaled > limit ? limit : scaled < -limit ? -limit : Math.round(scaled);
      }
    }
  }
  return { data, scales };
}

/** The largest magnitude that a weight has after quantization. */
export function weightLimit({ bits, reduceRange }: Pick<WeightInt8Options, 'bits' | 'reduceRange'>): number {
  if (bits === 4) return INT4_WEIGHT_MAX;
  return reduceRange ? INT7_WEIGHT_MAX : INT8_WEIGHT_MAX;
}

/** How the elements of a row-major tensor belong to channels: runs of `inner` elements, channel after channel. */
export function channelLayout(dims: readonly number[], axis: number | null): { channels: number; inner: number } {
  if (axis === null) return { channels: 1, inner: dims.reduce((product, dim) => product * dim, 1) };
  const positive = axis < 0 ? axis + dims.length : axis;
  const channels = dims[positive];
  if (channels === undefined) throw new RangeError(`Axis ${axis} is outside a tensor of rank ${dims.length}.`);
  return { channels, inner: dims.slice(positive + 1).reduce((product, dim) => product * dim, 1) };
}

/** The largest finite magnitude of each channel. */
function channelMagnitudes(values: Float32Array, channels: number, inner: number): Float64Array {
  const magnitudes = new Float64Array(channels);
  let at = 0;
  while (at < values.length) {
    for (let channel = 0; channel < channels; channel++) {
      let largest = magnitudes[channel] as number; // one entry per channel
      for (const end = at + inner; at < end; at++) {
        const magnitude = Math.abs(values[at] as number); // at stays below the length
        if (magnitude > largest && magnitude !== Infinity) largest = magnitude;
      }
      magnitudes[channel] = largest;
    }
  }
  return magnitudes;
}

function chooseScales(
  magnitudes: Float64Array,
  limit: number,
  minimum: ArrayLike<number> | null | undefined,
): Float32Array {
  const largest = magnitudes.reduce((a, b) => Math.max(a, b), 0) / limit;
  const whenZero = largest < SMALLEST_SCALE ? 1 : largest;
  return Float32Array.from(magnitudes, (magnitude, channel) => {
    const floor = minimum?.[minimum.length === 1 ? 0 : channel] ?? 0;
    const scale = Math.max(magnitude / limit, floor);
    return scale < SMALLEST_SCALE ? whenZero : scale;
  });
}
