import type { AccuracyReport, Estimate, LatencyReport, PairedMetric, Proportion } from '../../protocol';
import { formatBytes, formatCount, formatMs, formatPoints, formatRatio } from '../../util/format';
import { textTable } from '../../util/textTable';
import { metricNumber, metricText, proportionText, speedupText } from './figures';

/** The figures of two models that lie side by side. */
export interface ComparedFigures {
  readonly beforeBytes: number;
  readonly afterBytes: number;
  readonly latency?: LatencyReport | undefined;
  readonly accuracy?: AccuracyReport | undefined;
  readonly agreement?: Proportion | undefined;
  readonly metrics?: readonly PairedMetric[] | undefined;
  /** Parameters of both models. */
  readonly parameters?: readonly [number, number] | undefined;
}

/** Size, latency, accuracy and agreement of two models, under the headings given. */
export function comparisonTable([first, second]: readonly [string, string], figures: ComparedFigures): string {
  const { beforeBytes, afterBytes, latency, accuracy, agreement, metrics = [], parameters } = figures;
  const rows = [
    ['', first, second, 'Change'],
    [
      'Size',
      formatBytes(beforeBytes),
      formatBytes(afterBytes),
      beforeBytes > 0 ? `${formatRatio(afterBytes / beforeBytes)} of the size` : '',
    ],
  ];
  if (parameters) rows.push(['Parameters', ...parameters.map(formatCount)]);
  if (latency) {
    rows.push([
      'Latency',
      formatMs(latency.beforeMs.median),
      formatMs(latency.afterMs.median),
      speedupText(latency.speedup),
    ]);
  }
  if (accuracy) {
    rows.push([
      'Top-1',
      proportionText(accuracy.before),
      proportionText(accuracy.after),
      formatPoints(accuracy.changePoints),
    ]);
  }
  if (accuracy?.top5Before && accuracy.top5After) {
    rows.push([
      'Top-5',
      proportionText(accuracy.top5Before),
      proportionText(accuracy.top5After),
      formatPoints((accuracy.top5After.value - accuracy.top5Before.value) * 100),
    ]);
  }
  for (const { name, before, after, change } of metrics) {
    rows.push([name, metricText(before.figure), metricText(after.figure), change ? changeText(change) : '']);
  }
  if (agreement) rows.push(['Same class', '', proportionText(agreement), '']);
  return textTable(rows);
}

/** A change with its interval. */
function changeText({ value, low, high }: Estimate): string {
  const sign = value > 0 ? '+' : '';
  return `${sign}${metricNumber(value)} [${metricNumber(low)}, ${metricNumber(high)}]`;
}
