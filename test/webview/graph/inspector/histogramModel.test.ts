import { describe, expect, it } from 'vitest';
import { buildHistogram, gridLines, shareOutside } from '../../../../webview/graph/inspector/histogramModel';

const histogram = { low: -1, high: 1, counts: [1, 3, 8, 4] };

describe('buildHistogram', () => {
  it('scales the bars to the tallest and reaches as far as values and limits do', () => {
    expect(buildHistogram(histogram, [-1.5, 0.5], false)).toEqual({
      bars: [
        { from: -1, to: -0.5, count: 1, height: 1 / 8 },
        { from: -0.5, to: 0, count: 3, height: 3 / 8 },
        { from: 0, to: 0.5, count: 8, height: 1 },
        { from: 0.5, to: 1, count: 4, height: 0.5 },
      ],
      domain: [-1.5, 1],
      total: 16,
      bulk: { from: 0, to: 0.5, share: 0.5 },
    });
  });

  it('lifts small bars with logarithmic heights and leaves empty ones empty', () => {
    const { bars } = buildHistogram({ low: 0, high: 3, counts: [0, 1, 1000] }, [], true);
    expect(bars.map(({ height }) => Number(height.toFixed(3)))).toEqual([0, 0.1, 1]);
  });

  it('widens a stretch of one value so that it has a scale', () => {
    const model = buildHistogram({ low: 2, high: 2, counts: [5] }, [], false);
    expect([model.domain, model.bulk]).toEqual([[1, 3], { from: 2, to: 2, share: 1 }]);
  });

  it('grows the bulk to the fuller neighbour until half of the values are inside', () => {
    expect(buildHistogram({ low: 0, high: 5, counts: [2, 3, 4, 2, 3] }, [], false).bulk).toEqual({
      from: 1,
      to: 3,
      share: 0.5,
    });
  });
});

describe('gridLines', () => {
  it('draws every level of a coarse grid within what the histogram covers', () => {
    const grid = { dataType: 'int4', scales: [0.25], zeroPoints: [0], integerRange: [-8, 7] as const };
    expect(gridLines(grid, [-0.6, 0.6])).toEqual({
      limits: [-2, 1.75],
      levels: [-0.5, -0.25, 0, 0.25, 0.5],
      every: 1,
      steps: [0.25, 0.25],
    });
  });

  it('leaves levels out where there are too many to tell apart', () => {
    const grid = { dataType: 'uint8', scales: [0.01], zeroPoints: [128], integerRange: [0, 255] as const };
    const lines = gridLines(grid, [-10, 10]);
    expect([lines.levels.length, lines.every]).toEqual([64, 4]);
  });

  it('shows the limits of the widest and the narrowest of several channels', () => {
    const grid = {
      dataType: 'int8',
      scales: [0.5, 0.1, 1],
      zeroPoints: [0, 0, 0],
      axis: 0,
      integerRange: [-128, 127] as const,
    };
    expect(gridLines(grid, [-1, 1])).toEqual({
      limits: [-128, 127],
      narrowest: [-12.8, 12.700000000000001],
      levels: [],
      every: 1,
      steps: [0.1, 1],
    });
  });
});

describe('shareOutside', () => {
  it('counts a bar that a limit cuts by the part outside', () => {
    expect(shareOutside(histogram, [-0.75, 0.75])).toBeCloseTo((0.5 + 2) / 16, 12);
  });

  it('knows whether a histogram of one value is inside', () => {
    const single = { low: 2, high: 2, counts: [5] };
    expect([shareOutside(single, [0, 3]), shareOutside(single, [0, 1])]).toEqual([0, 1]);
  });
});
