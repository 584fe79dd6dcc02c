/** Heights over a row of places, of which any stretch can be asked for its highest and raised to a height. */
export interface Skyline {
  /** Highest of the places from `first` to `last`, both included. */
  highest(first: number, last: number): number;
  /** Sets the places from `first` to `last` to `height`, which is at least as high as each of them. */
  raise(first: number, last: number, height: number): void;
}

/** A tree of maxima: either call costs the logarithm of the number of places. */
export function createSkyline(heights: Float64Array): Skyline {
  let size = 1;
  while (size < heights.length) size *= 2;
  const top = new Float64Array(2 * size).fill(-Infinity);
  /** Raised as a whole: a lower bound for everything below the tree's node. */
  const raised = new Float64Array(2 * size).fill(-Infinity);
  top.set(heights, size);
  for (let i = size - 1; i > 0; i--) top[i] = Math.max(top[2 * i] ?? 0, top[2 * i + 1] ?? 0);

  return {
    highest(first, last) {
      let best = -Infinity;
      for (let low = first + size, high = last + size + 1; low < high; low >>= 1, high >>= 1) {
        if (low & 1) best = Math.max(best, top[low++] ?? 0);
        if (high & 1) best = Math.max(best, top[--high] ?? 0);
      }
      for (let i = (first + size) >> 1; i > 0; i >>= 1) best = Math.max(best, raised[i] ?? 0);
      for (let i = (last + size) >> 1; i > 0; i >>= 1) best = Math.max(best, raised[i] ?? 0);
      return best;
    },
    raise(first, last, height) {
      const set = (i: number) => {
        top[i] = Math.max(top[i] ?? 0, height);
        raised[i] = Math.max(raised[i] ?? 0, height);
        for (let above = i >> 1; above > 0; above >>= 1) top[above] = Math.max(top[above] ?? 0, height);
      };
      for (let low = first + size, high = last + size + 1; low < high; low >>= 1, high >>= 1) {
        if (low & 1) set(low++);
        if (high & 1) set(--high);
      }
    },
  };
}
