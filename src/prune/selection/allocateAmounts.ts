/** What removing shares of the units of one group costs and saves. */
export interface GroupCurve {
  readonly name: string;
  readonly units: number;
  /** Ascending, above 0. */
  readonly amounts: readonly number[];
  /** Loss at each of `amounts`; at 0 there is none. */
  readonly losses: readonly number[];
  /** What the budget counts that all units of the group stand for. */
  readonly saving: number;
}

/** Halvings of the interval of prices, on a logarithmic scale. */
const STEPS = 24;
/** A group may give so much at most. */
const MAX_AMOUNT = 0.9;

/**
 * Shares to remove by group so that `cost` comes down to `budget` at the least loss: every group gives units as long as the
 * next ones lose at most a price for what they save, and the price is found by bisection (Lagrange relaxation; Shoham and
 * Gersho, Efficient bit allocation for an arbitrary set of quantizers, 1988). Where no price is enough, every group gives
 * all that it may. `round` makes a share one that the group can really give.
 */
export async function allocateAmounts(
  curves: readonly GroupCurve[],
  budget: number,
  {
    cost,
    round,
    steps = STEPS,
  }: {
    readonly cost: (amounts: ReadonlyMap<string, number>) => number | Promise<number>;
    readonly round: (group: string, amount: number) => number;
    readonly steps?: number;
  },
): Promise<Map<string, number>> {
  const hulls = curves.map((curve) => ({ curve, points: lowerHull(curve) }));
  const slopes = hulls.flatMap(({ curve, points }) =>
    slopesOf(points).map((slope) => slope / Math.max(curve.saving, 1)),
  );
  const at = (price: number): Map<string, number> =>
    new Map(hulls.map(({ curve, points }) => [curve.name, round(curve.name, amountAt(curve, points, price))]));
  const none = new Map(curves.map(({ name }) => [name, 0]));
  if ((await cost(none)) <= budget) return none;
  const positive = slopes.filter((slope) => slope > 0);
  let low = Math.log(Math.min(...positive, 1e-12) / 10);
  let high = Math.log(Math.max(...positive, 1e-12) * 10);
  let best = at(Math.exp(high));
  for (let step = 0; step < steps; step++) {
    const middle = (low + high) / 2;
    const amounts = at(Math.exp(middle));
    if ((await cost(amounts)) <= budget) [high, best] = [middle, amounts];
    else low = middle;
  }
  return best;
}

type Point = readonly [amount: number, loss: number];

/** The convex lower hull of the curve from (0, 0): behind a dip, what lies before it is not worth stopping at. */
function lowerHull({ amounts, losses }: GroupCurve): Point[] {
  const points: Point[] = [[0, 0]];
  for (const [i, amount] of amounts.entries()) {
    const next: Point = [amount, Math.max(0, losses[i] ?? 0)];
    while (
      points.length > 1 &&
      slope(points.at(-2) as Point, next) <= slope(points.at(-2) as Point, points.at(-1) as Point)
    )
      points.pop();
    points.push(next);
  }
  return points;
}

function slope([a, x]: Point, [b, y]: Point): number {
  return (y - x) / (b - a);
}

function slopesOf(points: readonly Point[]): number[] {
  return points.slice(1).map((point, i) => slope(points[i] as Point, point));
}

/** How far a group goes for a price: within a stretch of its hull in proportion to how far the price exceeds its slope. */
function amountAt({ saving }: GroupCurve, points: readonly Point[], price: number): number {
  const worth = price * Math.max(saving, 1);
  const slopes = slopesOf(points);
  let amount = 0;
  for (const [i, own] of slopes.entries()) {
    const [from, to] = [(points[i] as Point)[0], (points[i + 1] as Point)[0]];
    if (own >= worth) return amount;
    const next = slopes[i + 1] ?? 4 * Math.max(own, 1e-12);
    const share = next > own ? Math.min(1, (worth - own) / (next - own)) : 1;
    amount = from + share * (to - from);
    if (share < 1) return amount;
  }
  return Math.min(MAX_AMOUNT, amount);
}
