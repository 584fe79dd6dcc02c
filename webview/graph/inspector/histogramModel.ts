import type { Histogram, QuantizationGrid } from '../../../src/protocol';

/** One bar: the values it counts, and its height as a share of the tallest one's. */
export interface HistogramBar {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly height: number;
}

/** What a grid of integers can express of real values. */
export interface GridLines {
  /** The values between which nothing is clipped; of the widest channel where there are several. */
  readonly limits: readonly [number, number];
  /** The limits of the narrowest channel, where there are several. */
  readonly narrowest?: readonly [number, number];
  /** Real values of grid levels to draw; empty where every channel has its own grid. */
  readonly levels: readonly number[];
  /** Every how many levels one is drawn; 1 draws all. */
  readonly every: number;
  /** Smallest and largest distance between two levels. */
  readonly steps: readonly [number, number];
}

/** A histogram ready to be drawn. */
export interface HistogramModel {
  readonly bars: readonly HistogramBar[];
  /** The values at both ends of the drawing: all values and all limits. */
  readonly domain: readonly [number, number];
  readonly total: number;
  /** Bounds of the fullest neighbouring bars that hold at least half of the values, and their share. */
  readonly bulk: { readonly from: number; readonly to: number; readonly share: number };
}

/** More lines than this are a grey sheet. */
const MAX_LEVELS = 64;

/** Heights of bars: proportional to the counts, or to their logarithm so that tails are seen. */
export function buildHistogram(
  histogram: Histogram,
  limits: readonly number[],
  isLogarithmic: boolean,
): HistogramModel {
  const { low, high, counts } = histogram;
  const width = (high - low) / counts.length;
  const height = (count: number): number => (isLogarithmic ? Math.log1p(count) : count);
  const tallest = Math.max(1e-12, ...counts.map(height));
  return {
    bars: counts.map((count, index) => ({
      from: low + index * width,
      to: low + (index + 1) * width,
      count,
      height: height(count) / tallest,
    })),
    domain: widen(Math.min(low, ...limits), Math.max(high, ...limits)),
    total: counts.reduce((sum, count) => sum + count, 0),
    bulk: bulkOf(histogram, width),
  };
}

/** The lines of a quantization grid inside `view`, the values that the histogram covers. */
export function gridLines(grid: QuantizationGrid, view: readonly [number, number]): GridLines {
  const [lowest, highest] = grid.integerRange;
  const ranges = grid.scales.map((scale, index): [number, number] => {
    const zero = grid.zeroPoints[index] ?? grid.zeroPoints[0] ?? 0;
    return [(lowest - zero) * scale, (highest - zero) * scale];
  });
  const bySize = [...ranges].sort((a, b) => a[1] - a[0] - (b[1] - b[0]));
  const limits = bySize.at(-1) ?? [0, 0];
  const steps: [number, number] = [Math.min(...grid.scales), Math.max(...grid.scales)];
  if (grid.scales.length !== 1) {
    return { limits, ...(bySize[0] === undefined ? {} : { narrowest: bySize[0] }), levels: [], every: 1, steps };
  }
  const scale = steps[0];
  const from = Math.max(0, Math.ceil((view[0] - limits[0]) / scale));
  const to = Math.min(highest - lowest, Math.floor((view[1] - limits[0]) / scale));
  const every = Math.max(1, Math.ceil((to - from + 1) / MAX_LEVELS));
  const levels: number[] = [];
  for (let level = from; level <= to; level += every) levels.push(limits[0] + level * scale);
  return { limits, levels, every, steps };
}

/** Share of the counted values outside of two limits; a bar that a limit cuts counts by the part outside. */
export function shareOutside({ low, high, counts }: Histogram, [lower, upper]: readonly [number, number]): number {
  const width = (high - low) / counts.length;
  let outside = 0;
  let total = 0;
  counts.forEach((count, index) => {
    const from = low + index * width;
    const inside = Math.max(0, Math.min(upper, from + width) - Math.max(lower, from));
    const isPoint = width === 0;
    const kept = isPoint ? Number(lower <= low && low <= upper) : Math.min(1, inside / width);
    outside += count * (1 - kept);
    total += count;
  });
  return total === 0 ? 0 : outside / total;
}

/** Grows from the fullest bar to the fuller neighbour until half of the values are inside. */
function bulkOf({ low, counts }: Histogram, width: number): HistogramModel['bulk'] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  let first = counts.indexOf(Math.max(...counts));
  let last = first;
  let inside = counts[first] ?? 0;
  while (inside < total / 2) {
    const before = counts[first - 1] ?? -1;
    const after = counts[last + 1] ?? -1;
    if (before > after) first--;
    else last++;
    inside += Math.max(before, after);
  }
  return { from: low + first * width, to: low + (last + 1) * width, share: total === 0 ? 0 : inside / total };
}

/** A stretch of one value gets some room, so that there is a scale at all. */
function widen(low: number, high: number): [number, number] {
  if (high > low) return [low, high];
  const room = Math.abs(low) / 2 || 1;
  return [low - room, high + room];
}
