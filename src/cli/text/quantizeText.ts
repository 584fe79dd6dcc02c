import { basename } from 'node:path';
import type { LayerKept, LayerQuantized, QuantizeReport, QuantizeResult } from '../../protocol';
import { formatCount, formatMs, formatQuantity } from '../../util/format';
import { textTable } from '../../util/textTable';
import { comparisonTable } from './comparisonTable';
import { skippedLines } from './dataText';
import { fidelityLines, indented, latencyNote, section } from './figures';

/** Outputs that are listed; the report has all. */
const LISTED_OUTPUTS = 4;
/** Reasons for keeping layers that are listed; the report has every layer. */
const LISTED_REASONS = 8;

/** What a quantization gained and cost, for a person. */
export function quantizeText({ outputPath, reportPath, report }: QuantizeResult): string {
  const seconds = Object.values(report.timings).reduce((sum, value) => sum + value, 0);
  return [
    `Quantized ${basename(report.source.path)} in ${formatMs(seconds * 1000)}: ${modeText(report)}`,
    '',
    comparisonTable(['Before', 'After'], {
      beforeBytes: report.source.sizeBytes,
      afterBytes: report.output.sizeBytes,
      latency: report.latency,
      accuracy: report.accuracy,
      agreement: report.agreement,
    }),
    '',
    ...(report.latency ? [`Latency: ${latencyNote(report.latency)}.`] : []),
    ...((report.accuracy ?? report.agreement)
      ? ['In brackets: 95 % confidence interval of a proportion, interquartile range of a speedup.']
      : []),
    ...section('Outputs against the original', fidelityLines(report.fidelity, LISTED_OUTPUTS)),
    ...section('Quantized', quantizedLines(report.quantized)),
    ...section('Kept as they are', keptLines(report.kept)),
    ...section('Rewrites undone', undoneLines(report)),
    ...section('Warnings', warningLines(report)),
    '',
    textTable([
      ['Model', outputPath],
      ['Report', reportPath],
      ['Recipe', report.recipePath],
    ]),
    '',
  ].join('\n');
}

function modeText({ mode, calibration, uncalibrated }: QuantizeReport): string {
  if (!calibration) return `${mode} mode`;
  if (uncalibrated) return `${mode} mode, uncalibrated`;
  return `${mode} mode, ${calibration.method} calibration on ${formatQuantity(calibration.samples, 'sample')}`;
}

/** By scheme: how many nodes of which operators. */
function quantizedLines(layers: readonly LayerQuantized[]): string[] {
  const groups = groupBy(layers, ({ scheme }) => scheme);
  return tableLines([...groups].map(([scheme, nodes]) => [formatCount(nodes.length), scheme, operatorCounts(nodes)]));
}

/** By reason: how many nodes, one of them by name. */
function keptLines(layers: readonly LayerKept[]): string[] {
  const groups = [...groupBy(layers, ({ reason }) => reason)].sort(([, a], [, b]) => b.length - a.length);
  const rows = groups
    .slice(0, LISTED_REASONS)
    .map(([reason, nodes]) => [formatCount(nodes.length), operatorCounts(nodes), reason]);
  const hidden = groups.slice(LISTED_REASONS).reduce((sum, [, nodes]) => sum + nodes.length, 0);
  return [
    ...tableLines(rows),
    ...(hidden > 0 ? [`  and ${formatQuantity(hidden, 'node')} for other reasons, listed in the report`] : []),
  ];
}

function undoneLines({ rewrites }: QuantizeReport): string[] {
  return rewrites
    .filter(({ kept, changes }) => !kept && changes > 0)
    .map(({ pass, reason }) => `  ${pass}${reason === undefined ? '' : `: ${reason}`}`);
}

function warningLines({ warnings, skippedSamples }: QuantizeReport): string[] {
  return [...warnings.map(({ message }) => message), ...skippedLines(skippedSamples)].map((line) => `  ${line}`);
}

/** `12 Conv, 1 Gemm`, or just the operator where all nodes are of one. */
function operatorCounts(nodes: readonly { readonly opType: string }[]): string {
  const groups = [...groupBy(nodes, ({ opType }) => opType)];
  const [only] = groups;
  if (only && groups.length === 1) return only[0];
  return groups
    .sort(([, a], [, b]) => b.length - a.length)
    .map(([opType, members]) => `${formatCount(members.length)} ${opType}`)
    .join(', ');
}

function tableLines(rows: readonly (readonly string[])[]): string[] {
  return rows.length === 0 ? [] : indented(textTable(rows, ['right']));
}

function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
}
