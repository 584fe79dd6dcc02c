/** A point of the chart: `cost` is better the smaller, `quality` the larger. */
export interface TradeOff {
  readonly cost: number;
  readonly quality: number;
}

/** The points that no other one beats in both, the cheapest first; of equal points the first stands for all. */
export function paretoFront<T extends TradeOff>(points: readonly T[]): T[] {
  const sorted = [...points].sort((a, b) => a.cost - b.cost || b.quality - a.quality);
  let best = -Infinity;
  return sorted.filter(({ quality }) => {
    if (quality <= best) return false;
    best = quality;
    return true;
  });
}
