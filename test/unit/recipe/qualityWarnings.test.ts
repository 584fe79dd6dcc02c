import { describe, expect, it } from 'vitest';
import type { LatencyReport, PairComparison, QuantizeSettings } from '../../../src/protocol';
import { adviseOnCompression } from '../../../src/recipe/advise';
import { qualityWarnings } from '../../../src/recipe/qualityWarnings';

const part = (value: number) => ({ value, low: value, high: value, successes: 0, count: 100 });
const spread = (median: number) => ({ median, low: median * 0.95, high: median * 1.05 });

function comparison(figures: { before?: number; points?: number; agreement?: number; top5?: boolean }): PairComparison {
  const { before, points = 0, agreement, top5 } = figures;
  return {
    samples: 100,
    batchSize: 1,
    fidelity: [],
    nonFinite: { before: 0, after: 0 },
    ...(agreement === undefined ? {} : { agreement: part(agreement) }),
    ...(before === undefined
      ? {}
      : {
          accuracy: {
            before: part(before),
            after: part(before + points / 100),
            changePoints: points,
            ...(top5 ? { top5Before: part(1), top5After: part(1) } : {}),
          },
        }),
  } as PairComparison; // only the fields that the warnings look at
}

const latency = (speedup: number): LatencyReport => ({
  beforeMs: spread(1),
  afterMs: spread(1 / speedup),
  speedup: spread(speedup),
  pairs: 10,
  threads: 1,
  batchSize: 1,
});

function codes(
  figures: Parameters<typeof comparison>[0],
  {
    settings = { mode: 'static' },
    speedup = 2,
    uncalibrated = false,
  }: { settings?: QuantizeSettings; speedup?: number; uncalibrated?: boolean } = {},
): string[] {
  const advice = adviseOnCompression({
    comparison: comparison(figures),
    latency: latency(speedup),
    settings,
    uncalibrated,
  });
  return qualityWarnings(settings, advice).map(({ code }) => code);
}

describe('qualityWarnings', () => {
  it('says nothing about a good result', () => {
    expect(codes({ before: 0.9, points: -0.9, agreement: 0.99 })).toEqual([]);
  });

  it.each([
    [-1, ['accuracy-loss']],
    [-0.99, []],
    [2, []],
  ])('judges a change of %d points', (points, expected) => {
    expect(codes({ before: 0.9, points, agreement: 0.5 })).toEqual(expected);
  });

  it('gives the figure and what fits the mode to do', () => {
    const [text] = adviseOnCompression({
      comparison: comparison({ before: 0.9, points: -2.345 }),
      settings: { mode: 'dynamic' },
      uncalibrated: false,
    });
    expect(text!.message).toBe('Accuracy fell by 2.35 points. Try excluding sensitive layers, or another mode.');
  });

  it('looks at agreement only where there are no labels', () => {
    expect(codes({ agreement: 0.96 })).toEqual(['low-agreement']);
    expect(codes({ agreement: 0.98 })).toEqual([]);
  });

  it('suspects the data when the original itself guesses', () => {
    expect(codes({ before: 0.15 })).toEqual(['low-baseline']);
    expect(codes({ before: 0.15, top5: true })).toEqual([]);
    expect(codes({ before: 0.05, top5: true })).toEqual(['low-baseline']);
  });

  it('does not judge accuracy on generated inputs', () => {
    expect(codes({ before: 0.1, points: -50, agreement: 0.1 }, { uncalibrated: true })).toEqual([]);
  });

  it('warns of a slower model when the spread leaves no doubt', () => {
    expect(codes({}, { speedup: 0.9 })).toEqual(['slower']);
    expect(codes({}, { speedup: 0.97 })).toEqual([]);
    expect(codes({}, { speedup: 0.5, settings: { mode: 'fp16' } })).toEqual([]);
    expect(codes({}, { speedup: 0.5, settings: { mode: 'fp16', fp16Compute: true } })).toEqual(['fp16-for-gpu']);
  });
});
