/** Two neighbouring weights of one output channel whose products with large activations leave the range of int16. */
export interface RiskyPair {
  readonly channel: number;
  /** Positions of the two among the weights of the channel. */
  readonly first: number;
  readonly second: number;
  readonly weights: readonly [number, number];
}

/** The largest unsigned activation, and the range of int16. */
const LARGEST_ACTIVATION = 255;
const INT16_MAX = 32_767;
const INT16_MIN = -32_768;

/** True when the sum of the two products of a pair leaves the range of int16, computed exactly. */
export function saturates(weights: readonly [number, number], first: number, second: number): boolean {
  const sum = weights[0] * first + weights[1] * second;
  return sum > INT16_MAX || sum < INT16_MIN;
}

/**
 * The pairs of neighbouring int8 weights that could saturate with some unsigned 8-bit activations. `at(channel, k)` is
 * the weight of a channel at position `k`; each of `orders` is an order in which a kernel may sum the positions up, two
 * by two. A pair that several orders have counts once.
 */
export function riskyPairs(
  channels: number,
  orders: readonly ArrayLike<number>[],
  at: (channel: number, k: number) => number,
): RiskyPair[] {
  const pairs: RiskyPair[] = [];
  const seen = new Set<number>();
  for (const order of orders) {
    for (let i = 0; i + 1 < order.length; i += 2) {
      const [first, second] = [order[i] as number, order[i + 1] as number]; // below the length
      const key = Math.min(first, second) * order.length + Math.max(first, second);
      if (seen.has(key)) continue;
      seen.add(key);
      for (let channel = 0; channel < channels; channel++) {
        const weights = [at(channel, first), at(channel, second)] as const;
        if (canSaturate(weights)) pairs.push({ channel, first, second, weights });
      }
    }
  }
  return pairs;
}

function canSaturate([a, b]: readonly [number, number]): boolean {
  const highest = LARGEST_ACTIVATION * (Math.max(a, 0) + Math.max(b, 0));
  const lowest = LARGEST_ACTIVATION * (Math.min(a, 0) + Math.min(b, 0));
  return highest > INT16_MAX || lowest < INT16_MIN;
}
