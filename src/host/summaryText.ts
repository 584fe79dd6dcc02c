import { basename } from 'node:path';
import { l10n } from 'vscode';
import type { AnyReport } from '../protocol';
import { reportCore } from '../protocol/anyReport';
import { formatBytes, formatPercent } from '../util/format';

/** The result of a run in one line: the new file, its size, its speed and what it cost in accuracy. */
export function summaryText(report: AnyReport): string {
  const { source, output } = report;
  const { latency } = reportCore(report);
  const parts = [
    l10n.t(
      '{0} is ready: {1} → {2}',
      basename(output.path),
      formatBytes(source.sizeBytes),
      formatBytes(output.sizeBytes),
    ),
  ];
  if (latency !== undefined) parts.push(l10n.t('{0}× as fast', latency.speedup.median.toFixed(2)));
  if (report.kind === 'prune') {
    const { macs, sparsity } = report;
    if (macs.after < macs.before) {
      parts.push(l10n.t('{0} of the multiply-accumulates', formatPercent(macs.after / macs.before)));
    }
    if (sparsity) parts.push(l10n.t('{0} of the weights are zero', formatPercent(sparsity.modelSparsity)));
  }
  parts.push(accuracyText(report));
  return parts.join(l10n.t(', ')) + l10n.t('.');
}

function accuracyText(report: AnyReport): string {
  const { accuracy, agreement, fidelity, kind } = report;
  if (reportCore(report).uncalibrated) {
    return kind === 'quantize'
      ? l10n.t('uncalibrated: accuracy was not measured')
      : l10n.t('without data: accuracy was not measured');
  }
  if (accuracy !== undefined) {
    return l10n.t('accuracy {0} → {1}', formatPercent(accuracy.before.value), formatPercent(accuracy.after.value));
  }
  if (agreement !== undefined) return l10n.t('same class as the original for {0}', formatPercent(agreement.value));
  const worst = fidelity.reduce((least, { sqnrDb }) => Math.min(least, sqnrDb ?? Infinity), Infinity);
  if (worst === Infinity) return l10n.t('identical output');
  return l10n.t('output SQNR {0} dB', worst.toFixed(1));
}
