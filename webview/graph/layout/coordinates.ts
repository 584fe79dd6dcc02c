import type { Columns } from './blocks';
import { isBlock, widthOf, type Layering } from './layering';
import type { Spacing } from './spacing';

/** Passes of moving every column to the middle of what it is linked with. */
const PASSES = 12;

/** Middle x of every vertex: columns straight, the main one at 0, the others as near to what they are linked with as they fit. */
export function placeColumns(layering: Layering, columns: Columns, spacing: Spacing): Float64Array {
  const limits = separate(layering, columns, spacing);
  const order = sortColumns(columns.count, limits);
  const at = placeAroundMain(columns, limits, order);
  relax(layering, columns, limits, { order, at });
  const x = new Float64Array(layering.vertexCount);
  for (let v = 0; v < x.length; v++) x[v] = (at[columns.columnOf[v] ?? 0] ?? 0) + (columns.shift[v] ?? 0);
  return x;
}

/** Least distances between columns that are neighbours in a layer, grouped by left and by right column. */
interface Limits {
  readonly left: Int32Array;
  readonly right: Int32Array;
  readonly distance: Float64Array;
  readonly byLeft: readonly (readonly number[])[];
  readonly byRight: readonly (readonly number[])[];
}

function separate(layering: Layering, { count, columnOf, shift }: Columns, spacing: Spacing): Limits {
  const left: number[] = [];
  const right: number[] = [];
  const distance: number[] = [];
  const byLeft: number[][] = Array.from({ length: count }, () => []);
  const byRight: number[][] = Array.from({ length: count }, () => []);
  for (const row of layering.layers) {
    for (let i = 0; i + 1 < row.length; i++) {
      const a = row[i] ?? 0;
      const b = row[i + 1] ?? 0;
      const gap = isBlock(layering, a) && isBlock(layering, b) ? spacing.nodeGap : spacing.lineGap;
      const between = (widthOf(layering, a) + widthOf(layering, b)) / 2 + gap;
      byLeft[columnOf[a] ?? 0]?.push(left.length);
      byRight[columnOf[b] ?? 0]?.push(left.length);
      left.push(columnOf[a] ?? 0);
      right.push(columnOf[b] ?? 0);
      distance.push((shift[a] ?? 0) + between - (shift[b] ?? 0));
    }
  }
  return {
    left: Int32Array.from(left),
    right: Int32Array.from(right),
    distance: Float64Array.from(distance),
    byLeft,
    byRight,
  };
}

/** Columns in an order in which each comes after all that are left of it. */
function sortColumns(count: number, limits: Limits): Int32Array {
  const waiting = Int32Array.from(limits.byRight, (list) => list.length);
  const order = new Int32Array(count);
  let sorted = 0;
  for (let column = 0; column < count; column++) if (waiting[column] === 0) order[sorted++] = column;
  for (let i = 0; i < sorted; i++) {
    for (const limit of limits.byLeft[order[i] ?? 0] ?? []) {
      const next = limits.right[limit] ?? 0;
      waiting[next] = (waiting[next] ?? 0) - 1;
      if (waiting[next] === 0) order[sorted++] = next;
    }
  }
  return order;
}

/** Columns left of the main one as far right as they fit, all others as far left as they fit. */
function placeAroundMain({ count, main }: Columns, limits: Limits, order: Int32Array): Float64Array {
  const at = new Float64Array(count);
  const isPlaced = new Uint8Array(count);
  if (main >= 0) isPlaced[main] = 1;
  for (let i = count - 1; i >= 0 && main >= 0; i--) {
    const column = order[i] ?? 0;
    if (column === main) continue;
    let highest = Infinity;
    for (const limit of limits.byLeft[column] ?? []) {
      const next = limits.right[limit] ?? 0;
      if (isPlaced[next]) highest = Math.min(highest, (at[next] ?? 0) - (limits.distance[limit] ?? 0));
    }
    if (highest === Infinity) continue;
    at[column] = highest;
    isPlaced[column] = 1;
  }
  for (const column of order) {
    if (isPlaced[column]) continue;
    let lowest = main >= 0 ? -Infinity : 0;
    for (const limit of limits.byRight[column] ?? []) {
      lowest = Math.max(lowest, (at[limits.left[limit] ?? 0] ?? 0) + (limits.distance[limit] ?? 0));
    }
    at[column] = lowest === -Infinity ? 0 : lowest;
    isPlaced[column] = 1;
  }
  return at;
}

/** Moves columns towards the median of their links, never past a neighbour; the main column stays. */
function relax(
  layering: Layering,
  columns: Columns,
  limits: Limits,
  { order, at }: { readonly order: Int32Array; readonly at: Float64Array },
): void {
  const pulls = collectPulls(layering, columns);
  const move = (column: number): boolean => {
    const list = pulls[column] ?? [];
    if (column === columns.main || list.length === 0) return false;
    let low = -Infinity;
    let high = Infinity;
    for (const limit of limits.byRight[column] ?? []) {
      low = Math.max(low, (at[limits.left[limit] ?? 0] ?? 0) + (limits.distance[limit] ?? 0));
    }
    for (const limit of limits.byLeft[column] ?? []) {
      high = Math.min(high, (at[limits.right[limit] ?? 0] ?? 0) - (limits.distance[limit] ?? 0));
    }
    const now = at[column] ?? 0;
    const wanted = medianNear(
      list.map(({ other, offset }) => (at[other] ?? 0) + offset),
      now,
    );
    const to = Math.max(low, Math.min(high, wanted));
    at[column] = to;
    return Math.abs(to - now) > 0.5;
  };
  for (let pass = 0; pass < PASSES; pass++) {
    let moved = false;
    if (pass % 2 === 0) for (let i = order.length - 1; i >= 0; i--) moved = move(order[i] ?? 0) || moved;
    else for (let i = 0; i < order.length; i++) moved = move(order[i] ?? 0) || moved;
    if (!moved && pass > 0) return;
  }
}

interface Pull {
  readonly other: number;
  /** Where the link would be straight, from the x of the other column. */
  readonly offset: number;
}

function collectPulls({ links }: Layering, { count, columnOf, shift }: Columns): Pull[][] {
  const pulls: Pull[][] = Array.from({ length: count }, () => []);
  for (let link = 0; link < links.count; link++) {
    const upper = links.upper[link] ?? 0;
    const lower = links.lower[link] ?? 0;
    const above = columnOf[upper] ?? 0;
    const below = columnOf[lower] ?? 0;
    if (above === below) continue;
    const bend =
      (shift[upper] ?? 0) + (links.upperOffset[link] ?? 0) - (shift[lower] ?? 0) - (links.lowerOffset[link] ?? 0);
    pulls[below]?.push({ other: above, offset: bend });
    pulls[above]?.push({ other: below, offset: -bend });
  }
  return pulls;
}

/** The median; between the middle two of an even number, the place nearest to `now`. */
function medianNear(places: number[], now: number): number {
  places.sort((a, b) => a - b);
  const half = places.length >> 1;
  const high = places[half] ?? now;
  if (places.length % 2 === 1) return high;
  return Math.max(places[half - 1] ?? now, Math.min(high, now));
}
