/**
 * A source of weights: the same seed gives the same weights on every machine of the same JavaScript engine.
 *
 * @param {number} seed
 */
export function createWeights(seed) {
  let state = seed >>> 0;
  /** Uniform in [0, 1) (mulberry32). */
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    /** `count` values, uniform in [low, high). */
    uniform: (count, low, high) => Float32Array.from({ length: count }, () => low + (high - low) * uniform()),
    /** `count` values, normal with mean 0 (Box-Muller). */
    normal: (count, deviation) => {
      const values = new Float32Array(count);
      for (let i = 0; i < count; i += 2) {
        const radius = deviation * Math.sqrt(-2 * Math.log(1 - uniform()));
        const angle = 2 * Math.PI * uniform();
        values[i] = radius * Math.cos(angle);
        if (i + 1 < count) values[i + 1] = radius * Math.sin(angle);
      }
      return values;
    },
  };
}

/** The bytes of float values, little-endian on every platform that Node supports. */
export function bytesOf(values) {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
