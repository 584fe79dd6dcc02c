import type { QuantizationGrid } from '../../../src/protocol';
import { fill } from '../../ui/format';
import type { GridSummary } from '../model/quantizationGrid';
import type { InspectorContext } from './context';

/**
 * What a grid of integers means, row by row, for people: one figure where all channels agree, else smallest and largest.
 * Where the grid lists no scales, `summary` says what is known of them; what is known of nothing has no row.
 */
export function quantizationFacts(
  grid: QuantizationGrid,
  { strings, formats }: Pick<InspectorContext, 'strings' | 'formats'>,
  summary?: GridSummary,
): (readonly [string, string])[] {
  const [lowest, highest] = grid.integerRange;
  const scales = grid.scales.length > 0 ? grid.scales : (summary?.scaleRange ?? []);
  const zeroPoints = grid.zeroPoints.length > 0 ? grid.zeroPoints : (summary?.zeroPointRange ?? [0]);
  const limits = limitsOf(grid, summary);
  const scaleCount = Math.max(grid.scales.length, summary?.scaleCount ?? 0);
  const spread = (values: readonly number[], format: (value: number) => string): string => {
    const [low, high] = [Math.min(...values), Math.max(...values)].map(format);
    return low === high ? (low ?? '') : fill(strings.fromTo, low ?? '', high ?? '');
  };
  return [
    [strings.type, grid.dataType],
    [strings.integers, fill(strings.fromTo, formats.integer(lowest), formats.integer(highest))],
    ...(scales.length === 0 ? [] : ([[strings.scale, spread(scales, formats.significant)]] as const)),
    [strings.zeroPoint, spread(zeroPoints, formats.integer)],
    ...(limits === undefined
      ? []
      : ([[strings.range, fill(strings.fromTo, ...limits.map(formats.significant))]] as const)),
    ...(scaleCount > 1 ? ([[strings.channels, formats.integer(scaleCount)]] as const) : []),
    ...(grid.axis === undefined ? [] : ([[strings.axis, formats.integer(grid.axis)]] as const)),
    ...(grid.blockSize === undefined ? [] : ([[strings.blockSize, formats.integer(grid.blockSize)]] as const)),
  ];
}

/** Smallest and largest value that any channel can express; of a summary known only where all zero points are equal. */
function limitsOf(grid: QuantizationGrid, summary: GridSummary | undefined): readonly [number, number] | undefined {
  const [lowest, highest] = grid.integerRange;
  const ends = (scale: number, zero: number): readonly [number, number] => [
    (lowest - zero) * scale,
    (highest - zero) * scale,
  ];
  const all = grid.scales.map((scale, index) => ends(scale, grid.zeroPoints[index] ?? grid.zeroPoints[0] ?? 0));
  if (all.length > 0) return [Math.min(...all.map(([low]) => low)), Math.max(...all.map(([, high]) => high))];
  if (summary?.scaleRange === undefined || summary.zeroPointRange[0] !== summary.zeroPointRange[1]) return undefined;
  return ends(summary.scaleRange[1], summary.zeroPointRange[0]);
}
