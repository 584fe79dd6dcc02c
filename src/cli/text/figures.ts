import type { LatencyReport, Metric, OutputFidelity, Proportion, Spread } from '../../protocol';
import {
  formatDecibels,
  formatMs,
  formatNumber,
  formatPercent,
  formatQuantity,
  formatRatio,
  formatSigned,
} from '../../util/format';
import { textTable } from '../../util/textTable';

/** A proportion with its 95 % confidence interval: `98.80 % [97.92, 99.31]`. */
export function proportionText({ value, low, high }: Proportion): string {
  return `${formatPercent(value)} [${(low * 100).toFixed(2)}, ${(high * 100).toFixed(2)}]`;
}

/** A metric with its 95 % confidence interval where it has one: `0.412 [0.398, 0.425]`. */
export function metricText({ value, low, high }: Metric['figure']): string {
  const interval = low === undefined || high === undefined ? '' : ` [${metricNumber(low)}, ${metricNumber(high)}]`;
  return `${metricNumber(value)}${interval}`;
}

/** A metric between 0 and 1 with four digits, so that a change of a hundredth of a point shows; others as they are. */
export function metricNumber(value: number): string {
  return Math.abs(value) <= 1 ? value.toFixed(4).replace('-', '\u2212') : formatNumber(value);
}

/** A class by its name and number: `cat (3)`. */
export function classText(label: number | undefined, name: string | undefined): string {
  if (label === undefined) return '';
  if (label < 0) return 'none';
  return name === undefined ? String(label) : `${name} (${label})`;
}

/** A speedup in words: `2.41x as fast`, with its interquartile range. */
export function speedupText({ median, low, high }: Spread): string {
  return `${formatRatio(median)} as fast [${formatRatio(low)}, ${formatRatio(high)}]`;
}

/** How a latency was measured: `median of 60 pairs, batch 1, default threads`. */
export function latencyNote({
  pairs,
  threads,
  batchSize,
}: Omit<LatencyReport, 'beforeMs' | 'afterMs' | 'speedup'>): string {
  return `median of ${formatQuantity(pairs, 'alternating pair')}, batch ${batchSize}, ${threadsText(threads)}`;
}

/** `1 thread`, or who decided. */
export function threadsText(threads: number): string {
  return threads === 0 ? 'default threads' : formatQuantity(threads, 'thread');
}

/** Median with its interquartile range: `85.0 µs [83.1 µs, 90.2 µs]`. */
export function spreadText({ median, low, high }: Spread): string {
  return `${formatMs(median)} [${formatMs(low)}, ${formatMs(high)}]`;
}

/** How far every output moved; at most `limit` of them, those that moved most first. */
export function fidelityLines(fidelity: readonly OutputFidelity[], limit: number): string[] {
  if (fidelity.length === 0) return ['No output has the same name in both models, so outputs were not compared.'];
  const worstFirst = [...fidelity].sort((a, b) => (a.sqnrDb ?? Infinity) - (b.sqnrDb ?? Infinity) || 0);
  const rows = worstFirst
    .slice(0, limit)
    .map(({ output, sqnrDb, sqnrInterval, cosine, maxAbsError }) => [
      output,
      formatDecibels(sqnrDb),
      sqnrInterval ? `[${sqnrInterval.map((db) => formatSigned(db, 1).replace('+', '')).join(', ')}]` : '',
      cosine.toFixed(5),
      formatNumber(maxAbsError),
    ]);
  const more = fidelity.length - rows.length;
  return [
    ...indented(
      textTable(
        [['Output', 'SQNR', '95 %', 'Cosine', 'Largest error'], ...rows],
        ['left', 'right', 'right', 'right', 'right'],
      ),
    ),
    ...(more > 0 ? [`  and ${formatQuantity(more, 'output')} that moved less`] : []),
  ];
}

/** The lines of a text, indented below their heading. */
export function indented(text: string): string[] {
  return text.split('\n').map((line) => `  ${line}`);
}

/** A heading with lines below it and an empty line before; nothing without lines. */
export function section(heading: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', heading, ...lines];
}
