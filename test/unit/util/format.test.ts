import { describe, expect, it } from 'vitest';
import {
  formatBytes,
  formatCount,
  formatDecibels,
  formatDims,
  formatMs,
  formatNumber,
  formatPercent,
  formatPoints,
  formatQuantity,
  formatRatio,
} from '../../../src/util/format';

const table = <T>(format: (value: T) => string, values: readonly T[]): string[] => values.map((value) => format(value));

describe('formats', () => {
  it('bytes in decimal units with three significant digits', () => {
    expect(table(formatBytes, [0, 999, 1000, 351_234, 999_499, 999_500, 46_700_000, 6e9, 2e15])).toEqual([
      ...['0 B', '999 B', '1.00 KB', '351 KB', '999 KB', '1.00 MB', '46.7 MB', '6.00 GB', '2000 TB'],
    ]);
  });

  it('durations in the unit that reads best, never 60 seconds or 1000 milliseconds', () => {
    expect(table(formatMs, [0, 0.085, 0.99949, 1, 1.3249, 99.94, 999.4, 999.6, 12_400, 59_960, 185_000])).toEqual([
      ...['0 µs', '85.0 µs', '999 µs', '1.00 ms', '1.32 ms', '99.9 ms', '999 ms', '1.00 s', '12.4 s'],
      ...['1 min 00 s', '3 min 05 s'],
    ]);
    expect(formatMs(7_300_000)).toBe('2 h 01 min');
  });

  it('shares, points and factors', () => {
    expect(formatPercent(0.91478)).toBe('91.48 %');
    expect(formatPercent(1, 0)).toBe('100 %');
    expect(table(formatPoints, [0.123, -0.3, -0.001])).toEqual(['+0.12 points', '−0.30 points', '0.00 points']);
    expect(table(formatRatio, [2.807, 0.25, 0.0123456, 12.34, 123.4, Infinity])).toEqual([
      ...['2.81x', '0.25x', '0.0123x', '12.3x', '123x', 'unknown'],
    ]);
  });

  it('counts, quantities and small numbers', () => {
    expect(table(formatCount, [0, 999, 1000, 25_557_032])).toEqual(['0', '999', '1,000', '25,557,032']);
    expect([formatQuantity(1, 'node'), formatQuantity(1200, 'class', 'classes')]).toEqual(['1 node', '1,200 classes']);
    expect(table(formatNumber, [0, 0.00123, 4.5e-9, -2.5, 1234.4, NaN, -Infinity])).toEqual([
      ...['0', '0.00123', '4.5e−9', '−2.50', '1,234', 'NaN', '−infinite'],
    ]);
    expect(table(formatDecibels, [34.21, -3, null])).toEqual(['34.2 dB', '−3.0 dB', 'identical']);
    expect(formatDims([1, 'height', null])).toBe('[1, height, ?]');
  });
});
