import { reportCore } from '../../src/protocol/anyReport';
import type { AnyReport, ReportStringKey } from '../../src/protocol/index';

/** How a result reads at a glance; `symbol` says it without colour. */
export interface Verdict {
  readonly tone: 'good' | 'fair' | 'poor' | 'unknown';
  readonly symbol: '✓' | '!' | '✗' | '?';
  readonly texts: readonly ReportStringKey[];
}

/** Losses in top-1 accuracy, in percentage points: below the first nobody notices, above the second it hurts. */
const GOOD_LOSS_POINTS = 0.5;
const FAIR_LOSS_POINTS = 2;
/** Shares of samples that keep their class. */
const GOOD_AGREEMENT = 0.98;
const FAIR_AGREEMENT = 0.95;
/** Signal to noise of the worst output, in dB: 20 dB is an error of a tenth of the signal. */
const GOOD_SQNR_DB = 20;
const FAIR_SQNR_DB = 10;
/** A median speed-up below this is slower beyond what two equal models scatter. */
const SLOWER = 0.95;

/** Judges a report by its targets if it has any, else by accuracy, agreement, or the fidelity of the outputs. */
export function reportVerdict(report: AnyReport): Verdict {
  if (report.kind === 'recipe' && report.targets.length > 0) {
    return report.targets.every(({ isMet }) => isMet)
      ? { tone: 'good', symbol: '✓', texts: ['verdictTargetsMet'] }
      : { tone: 'poor', symbol: '✗', texts: ['verdictTargetsMissed'] };
  }
  const quality = qualityVerdict(report);
  const speedup = reportCore(report).latency?.speedup;
  // On a busy machine the median strays; it counts where the upper quartile is slower too.
  const isSlower = speedup !== undefined && speedup.median < SLOWER && speedup.high < 1;
  if (!isSlower) return quality;
  const base = quality.tone === 'good' ? ({ ...quality, tone: 'fair', symbol: '!' } as const) : quality;
  return { ...base, texts: [...quality.texts, 'verdictSlower'] };
}

function qualityVerdict(report: AnyReport): Verdict {
  const { accuracy, agreement, fidelity } = report;
  if (reportCore(report).uncalibrated) return UNKNOWN;
  if (accuracy !== undefined) return grade(-accuracy.changePoints, GOOD_LOSS_POINTS, FAIR_LOSS_POINTS);
  if (agreement !== undefined) return grade(-agreement.value, -GOOD_AGREEMENT, -FAIR_AGREEMENT);
  if (fidelity.length === 0) return UNKNOWN;
  // Identical outputs have no noise at all.
  const worst = Math.min(...fidelity.map(({ sqnrDb }) => sqnrDb ?? Infinity));
  return grade(-worst, -GOOD_SQNR_DB, -FAIR_SQNR_DB);
}

const UNKNOWN: Verdict = { tone: 'unknown', symbol: '?', texts: ['verdictUnknown'] };

/** Grades a loss (larger is worse) by its two borders. */
function grade(loss: number, good: number, fair: number): Verdict {
  if (loss <= good) return { tone: 'good', symbol: '✓', texts: ['verdictGood'] };
  if (loss <= fair) return { tone: 'fair', symbol: '!', texts: ['verdictFair'] };
  return { tone: 'poor', symbol: '✗', texts: ['verdictPoor'] };
}
