/** The shares of a channel's largest weight that are tried as the end of its range. */
const SHARES = Array.from({ length: 16 }, (_, i) => 1 - i * 0.04);

/**
 * The magnitude of each channel that the range [-limit, limit] should cover so that rounding and saturating its weights
 * makes the least squared error. With few levels it is below the largest weight, which is rare. Channels are runs of
 * `inner` elements one after the other, again and again; `largest` has the largest magnitude of each.
 */
export function leastErrorMagnitudes(
  values: Float32Array,
  inner: number,
  largest: Float64Array,
  limit: number,
): Float64Array {
  const channels = largest.length;
  const best = Float64Array.from(largest);
  const least = new Float64Array(channels).fill(Infinity);
  for (const share of SHARES) {
    const errors = new Float64Array(channels);
    for (let at = 0, run = 0; at < values.length; run++) {
      const channel = run % channels;
      const scale = ((largest[channel] as number) * share) / limit; // one entry per channel
      let sum = 0;
      for (const end = at + inner; at < end; at++) {
        const value = values[at] as number; // at stays below the length
        const level = Math.min(limit, Math.max(-limit, Math.round(value / scale)));
        const error = value - level * scale;
        if (Number.isFinite(error)) sum += error * error;
      }
      errors[channel] = (errors[channel] as number) + sum;
    }
    for (let channel = 0; channel < channels; channel++) {
      if ((errors[channel] as number) >= (least[channel] as number)) continue;
      least[channel] = errors[channel] as number;
      best[channel] = (largest[channel] as number) * share;
    }
  }
  return best;
}
