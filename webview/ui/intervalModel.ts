import { extent } from 'd3-array';

/** One measured value with its interval; low equals high where there is none. */
export interface IntervalRow {
  readonly role: 'before' | 'after';
  readonly label: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** How the value reads. */
  readonly text: string;
}

/** Room around the intervals, as a share of their width. */
const PADDING = 0.15;

/**
 * The stretch of values that a chart shows.
 * Bars start at zero, because their length is compared; points show the neighbourhood of their intervals.
 */
export function intervalDomain(rows: readonly IntervalRow[], kind: 'bar' | 'point'): [number, number] {
  const [low = 0, high = 1] = extent(rows.flatMap((row) => [row.low, row.value, row.high]));
  if (kind === 'bar') return [0, high > 0 ? high : 1];
  const room = (high - low || Math.abs(high) || 1) * PADDING;
  return [low - room, high + room];
}
