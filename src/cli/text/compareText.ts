import { basename } from 'node:path';
import type { CompareResult, Estimate } from '../../protocol';
import { formatCount, formatQuantity } from '../../util/format';
import { dataLines } from './dataText';
import { comparisonTable } from './comparisonTable';
import { fidelityLines, latencyNote, metricText, section } from './figures';
import { flipLines } from './flipText';

/** Outputs that are listed. */
const LISTED_OUTPUTS = 12;

/** A comparison for a person. */
export function compareText({ before, after, data, comparison, latency, advice }: CompareResult): string {
  const { flips, nonFinite } = comparison;
  return [
    `A ${before.path}`,
    `B ${after.path}`,
    `on ${formatQuantity(comparison.samples, 'sample')}`,
    '',
    comparisonTable(['A', 'B'], {
      beforeBytes: before.sizeBytes,
      afterBytes: after.sizeBytes,
      latency,
      accuracy: comparison.accuracy,
      agreement: comparison.agreement,
      metrics: comparison.metrics,
      parameters: [before.parameterCount, after.parameterCount],
    }),
    '',
    `Latency: ${latencyNote(latency)}.`,
    'In brackets: 95 % confidence interval of a figure, interquartile range of a speedup.',
    ...(flips
      ? [
          `Right in both ${formatCount(flips.bothRight)}, only in A ${formatCount(flips.onlyBefore)}, only in B ${formatCount(flips.onlyAfter)}, in neither ${formatCount(flips.bothWrong)}; ${pValueText(flips.pValue)}.`,
        ]
      : []),
    ...(comparison.divergence
      ? [`Divergence of class probabilities (KL of B from A): ${metricText(comparison.divergence)} nats.`]
      : []),
    ...(comparison.metrics ?? []).flatMap(({ name, change }) => (change ? [verdictText(name, change)] : [])),
    ...(nonFinite.before + nonFinite.after > 0
      ? [
          `Elements that are infinite or not a number: ${formatCount(nonFinite.before)} in A, ${formatCount(nonFinite.after)} in B.`,
        ]
      : []),
    ...(comparison.classFlips ? flipLines(comparison.classFlips) : []),
    ...section(
      `Outputs of ${basename(after.path)} against ${basename(before.path)}`,
      fidelityLines(comparison.fidelity, LISTED_OUTPUTS),
    ),
    ...section(
      'Advice',
      (advice ?? []).map(({ message }) => `  ${message}`),
    ),
    '',
    ...dataLines(data),
    '',
  ].join('\n');
}

function pValueText(pValue: number): string {
  const p = pValue < 0.001 ? 'p < 0.001' : `p = ${pValue.toFixed(3)}`;
  return `McNemar's test ${p}: ${pValue < 0.05 ? 'one is more accurate' : 'no difference in accuracy can be told'}`;
}

function verdictText(name: string, { low, high }: Estimate): string {
  const differs = low > 0 || high < 0;
  return `${name}: ${differs ? 'the change is more than chance (its 95 % interval leaves out 0)' : 'no difference can be told (the 95 % interval of the change holds 0)'}.`;
}
