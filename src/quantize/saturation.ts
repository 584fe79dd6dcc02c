/**
 * x86 processors without VNNI multiply unsigned activations with signed weights in pairs and add the two products in a
 * saturating int16: 255 * (a + b) must stay within 32,767, so two neighbouring weights of the same sign must not exceed
 * 128 together. One of rounding each leaves 127.
 */
const LARGEST_PAIR = 127;
/** Kernels sum products of up to 255 * 127 in int32, which so many never exceed. */
const LONGEST_SUM = Math.floor((2 ** 31 - 1) / (255 * 127));

/** Why a layer that sums `k` products per output has to stay float; undefined where no int32 accumulator overflows. */
export function tooLong(k: number): string | undefined {
  return k > LONGEST_SUM ? `It sums ${k} products, which could overflow int32.` : undefined;
}

/**
 * The smallest scale of each output channel with which no pair of neighbouring weights saturates on any x86 processor.
 * Neighbours are those of both layouts that the kernels use: channels innermost (NHWC) and kernel innermost (NCHW).
 * `values` is row-major, its output channels along `axis`; a matrix is [K, N] (axis 1) or [N, K] (axis 0).
 * Far cheaper in precision than 7-bit weights, since large neighbours of one sign are rare.
 */
export function saturationFreeScales(values: Float32Array, dims: readonly number[], axis: 0 | 1): Float64Array {
  const channels = dims[axis] ?? 0;
  const limits = new Float64Array(channels);
  const visit = (channel: number, first: number, second: number): void => {
    const a = values[first] as number;
    const b = values[second] as number;
    if (a > 0 !== b > 0) return;
    const sum = Math.abs(a + b);
    if (sum > (limits[channel] as number) && sum < Infinity) limits[channel] = sum;
  };
  if (axis === 1) {
    const rows = dims[0] ?? 0;
    for (let k = 0; k + 1 < rows; k += 2) {
      for (let n = 0; n < channels; n++) visit(n, k * channels + n, (k + 1) * channels + n);
    }
  } else {
    const perChannel = values.length / Math.max(channels, 1);
    const inputs = dims[1] ?? 1;
    const kernel = perChannel / inputs;
    // With an even number of input channels the pairs start at even positions; otherwise they shift from row to row.
    const flatStep = perChannel % 2 === 0 ? 2 : 1;
    const inputStep = inputs % 2 === 0 ? 2 : 1;
    for (let channel = 0; channel < channels; channel++) {
      const start = channel * perChannel;
      for (let i = 0; i + 1 < perChannel; i += flatStep) visit(channel, start + i, start + i + 1);
      if (kernel === 1) continue;
      for (let c = 0; c + 1 < inputs; c += inputStep) {
        for (let k = 0; k < kernel; k++) visit(channel, start + c * kernel + k, start + (c + 1) * kernel + k);
      }
      if (inputStep === 2) continue;
      // The last channel of a position pairs with the first one of the next.
      const last = start + (inputs - 1) * kernel;
      for (let k = 0; k + 1 < kernel; k++) visit(channel, last + k, start + k + 1);
    }
  }
  return limits.map((sum) => sum / LARGEST_PAIR);
}
