import { describe, expect, it } from 'vitest';
import type { QuantizeReport } from '../../src/protocol';
import { reportVerdict } from '../../webview/panels/reportVerdict';
import { sampleReport } from './sampleReport';

const PROPORTION = { value: 0.9, low: 0.88, high: 0.92, count: 1000 };

function withLoss(points: number): QuantizeReport {
  return sampleReport({ accuracy: { before: PROPORTION, after: PROPORTION, changePoints: -points } });
}

/** A report whose quality shows in its outputs alone. */
function withSqnr(...values: readonly (number | null)[]): QuantizeReport {
  return sampleReport({
    accuracy: undefined,
    agreement: undefined,
    fidelity: values.map((sqnrDb, i) => ({ output: `${i}`, sqnrDb, cosine: 1, maxAbsError: 0 })),
  });
}

describe('reportVerdict', () => {
  it.each([
    [-1, 'good'],
    [0.5, 'good'],
    [0.51, 'fair'],
    [2, 'fair'],
    [2.01, 'poor'],
  ])('grades a loss of %d points as %s', (loss, tone) => {
    expect(reportVerdict(withLoss(loss)).tone).toBe(tone);
  });

  it.each([
    [0.98, 'good'],
    [0.96, 'fair'],
    [0.9, 'poor'],
  ])('grades an agreement of %d as %s where there are no labels', (value, tone) => {
    const report = sampleReport({ accuracy: undefined, agreement: { ...PROPORTION, value } });
    expect(reportVerdict(report).tone).toBe(tone);
  });

  it('grades by the worst output where there are no classes, and identical outputs as good', () => {
    expect(reportVerdict(withSqnr(40, 12)).tone).toBe('fair');
    expect(reportVerdict(withSqnr(40, 5)).tone).toBe('poor');
    expect(reportVerdict(withSqnr(null, null)).tone).toBe('good');
  });

  it('does not judge accuracy that was not measured', () => {
    expect(reportVerdict(sampleReport({ uncalibrated: true })).texts).toEqual(['verdictUnknown']);
    expect(reportVerdict(withSqnr()).tone).toBe('unknown');
  });

  it('says so when the result is slower, and does not call it good', () => {
    const latency = sampleReport().latency;
    if (latency === undefined) throw new Error('The sample has a latency.');
    const slower = { ...latency, speedup: { median: 0.8, low: 0.7, high: 0.9 } };
    expect(reportVerdict(sampleReport({ latency: slower }))).toEqual({
      tone: 'fair',
      symbol: '!',
      texts: ['verdictGood', 'verdictSlower'],
    });
  });

  it('calls nothing slower that was as fast in a quarter of the measurements', () => {
    const latency = sampleReport().latency;
    if (latency === undefined) throw new Error('The sample has a latency.');
    const scattered = { ...latency, speedup: { median: 0.9, low: 0.6, high: 1.1 } };
    expect(reportVerdict(sampleReport({ latency: scattered })).texts).toEqual(['verdictGood']);
  });
});
