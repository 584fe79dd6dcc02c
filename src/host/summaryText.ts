import { basename } from 'node:path';
import { l10n } from 'vscode';
import type { QuantizeReport } from '../protocol';
import { formatBytes, formatPercent } from '../util/format';

/** The result of a run in one line: the new file, its size, its speed and what it cost in accuracy. */
export function summaryText(report: QuantizeReport): string {
  const { source, output, latency } = report;
  const parts = [
    l10n.t(
      '{0} is ready: {1} → {2}',
      basename(output.path),
      formatBytes(source.sizeBytes),
      formatBytes(output.sizeBytes),
    ),
  ];
  if (latency !== undefined) parts.push(l10n.t('{0}× as fast', latency.speedup.median.toFixed(2)));
  parts.push(accuracyText(report));
  return parts.join(l10n.t(', ')) + l10n.t('.');
}

function accuracyText({ accuracy, agreement, fidelity, uncalibrated }: QuantizeReport): string {
  if (uncalibrated) return l10n.t('uncalibrated: accuracy was not measured');
  if (accuracy !== undefined) {
    return l10n.t('accuracy {0} → {1}', formatPercent(accuracy.before.value), formatPercent(accuracy.after.value));
  }
  if (agreement !== undefined) return l10n.t('same class as the original for {0}', formatPercent(agreement.value));
  const worst = fidelity.reduce((least, { sqnrDb }) => Math.min(least, sqnrDb ?? Infinity), Infinity);
  if (worst === Infinity) return l10n.t('identical output');
  return l10n.t('output SQNR {0} dB', worst.toFixed(1));
}
