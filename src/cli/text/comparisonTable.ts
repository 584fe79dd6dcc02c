import type { AccuracyReport, LatencyReport, Proportion } from '../../protocol';
import { formatBytes, formatMs, formatPoints, formatRatio } from '../../util/format';
import { textTable } from '../../util/textTable';
import { proportionText, speedupText } from './figures';

/** The figures of two models that lie side by side. */
export interface ComparedFigures {
  readonly beforeBytes: number;
  readonly afterBytes: number;
  readonly latency?: LatencyReport | undefined;
  readonly accuracy?: AccuracyReport | undefined;
  readonly agreement?: Proportion | undefined;
}

/** Size, latency, accuracy and agreement of two models, under the headings given. */
export function comparisonTable([first, second]: readonly [string, string], figures: ComparedFigures): string {
  const { beforeBytes, afterBytes, latency, accuracy, agreement } = figures;
  const rows = [
    ['', first, second, 'Change'],
    [
      'Size',
      formatBytes(beforeBytes),
      formatBytes(afterBytes),
      beforeBytes > 0 ? `${formatRatio(afterBytes / beforeBytes)} of the size` : '',
    ],
  ];
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
  if (agreement) rows.push(['Same class', '', proportionText(agreement), '']);
  return textTable(rows);
}
