import { basename } from 'node:path';
import type {
  ChannelReport,
  DepthReport,
  FineTunedStep,
  LowRankLayer,
  PruneReport,
  PruneResult,
  SparsityReport,
} from '../../protocol';
import { formatBytes, formatCount, formatMs, formatPercent, formatQuantity } from '../../util/format';
import { textTable } from '../../util/textTable';
import { comparisonTable } from './comparisonTable';
import { skippedLines } from './dataText';
import { fidelityLines, indented, latencyNote, section } from './figures';
import { keptLines, undoneLines } from './layerLines';

/** Outputs, groups and layers that are listed; the report has all. */
const LISTED = 12;

/** What each step cost and training gave back. */
function finetunedLines(steps: readonly FineTunedStep[]): string[] {
  const figure = ({ loss, accuracy }: FineTunedStep['start']): string =>
    accuracy === undefined ? `loss ${loss.toFixed(4)}` : formatPercent(accuracy);
  return steps.map(
    ({ step, start, best, bestEpoch }) =>
      `Step ${step}: ${figure(start)} as pruned, ${figure(best)} after ${formatQuantity(bestEpoch, 'epoch')}.`,
  );
}

/** What a pruning gained and cost, for a person. */
export function pruneText({ outputPath, reportPath, report }: PruneResult): string {
  const seconds = Object.values(report.timings).reduce((sum, value) => sum + value, 0);
  return [
    `Pruned ${basename(report.source.path)} in ${formatMs(seconds * 1000)}: ${report.mode}`,
    '',
    comparisonTable(['Before', 'After'], {
      beforeBytes: report.source.sizeBytes,
      afterBytes: report.output.sizeBytes,
      latency: report.latency,
      accuracy: report.accuracy,
      agreement: report.agreement,
    }),
    '',
    textTable([
      ['Multiply-accumulates', ...countsText(report.macs)],
      ['Parameters', ...countsText(report.parameters)],
    ]),
    '',
    ...(report.latency ? [`Latency: ${latencyNote(report.latency)}.`] : []),
    ...section('Outputs against the original', fidelityLines(report.fidelity, LISTED)),
    ...(report.sparsity ? section('Sparsity', sparsityLines(report.sparsity)) : []),
    ...(report.channels ? section('Channels', channelLines(report.channels)) : []),
    ...(report.depth ? section('Residual branches', depthLines(report.depth)) : []),
    ...(report.lowRank ? section('Low rank', lowRankLines(report.lowRank)) : []),
    ...(report.finetuned ? section('Training on held-out samples', finetunedLines(report.finetuned)) : []),
    ...section('Recalibration', recalibrationLines(report)),
    ...section('Kept as they are', keptLines(report.kept)),
    ...section('Rewrites undone', undoneLines(report.rewrites)),
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

function countsText({ before, after }: { readonly before: number; readonly after: number }): string[] {
  return [formatCount(before), formatCount(after), formatPercent(before > 0 ? after / before : 1)];
}

function sparsityLines(sparsity: SparsityReport): string[] {
  const { gzipBytes } = sparsity;
  return indented(
    [
      `${formatPercent(sparsity.sparsity)} of ${formatQuantity(sparsity.tensors.length, 'pruned weight')} are zero, ${formatPercent(sparsity.modelSparsity)} of the model.`,
      `Dense ${formatBytes(sparsity.denseBytes)}, gzip ${formatBytes(gzipBytes.after)} (before ${formatBytes(gzipBytes.before)}), sparse initializers ${formatBytes(sparsity.sparseInitializerBytes)}.`,
      sparsity.note,
    ].join('\n'),
  );
}

function channelLines(channels: ChannelReport): string[] {
  const cut = channels.groups.filter(({ removed }) => removed.length > 0);
  const rows = cut
    .slice(0, LISTED)
    .map(({ group, units, removed, multiple }) => [
      group,
      formatCount(units),
      formatCount(units - removed.length),
      multiple > 1 ? `multiple of ${multiple}` : '',
    ]);
  return [
    `  ${formatCount(channels.channelsAfter)} of ${formatCount(channels.channelsBefore)} channels are left, by ${channels.importance} in ${formatQuantity(channels.steps, 'step')}.`,
    ...(rows.length > 0 ? indented(textTable(rows, ['left', 'right', 'right'])) : []),
    ...(cut.length > rows.length ? [`  and ${formatQuantity(cut.length - rows.length, 'group')} more`] : []),
    ...channels.adjustments.map((line) => `  ${line}`),
  ];
}

function depthLines({ branches, removed }: DepthReport): string[] {
  const rows = removed
    .slice(0, LISTED)
    .map(({ add, nodes, macs }) => [add, formatQuantity(nodes.length, 'node'), `${formatCount(macs)} MACs`]);
  return [
    `  ${removed.length} of ${formatQuantity(branches, 'residual branch', 'residual branches')} went, in this order:`,
    ...indented(textTable(rows)),
    ...(removed.length > rows.length ? [`  and ${removed.length - rows.length} more`] : []),
  ];
}

function lowRankLines(layers: readonly LowRankLayer[]): string[] {
  const rows = layers
    .slice(0, LISTED)
    .map(({ node, rows: outputs, columns, rank, energy }) => [
      node,
      `${outputs} x ${columns}`,
      `rank ${rank}`,
      formatPercent(energy),
    ]);
  return [
    ...indented(textTable(rows)),
    ...(layers.length > rows.length ? [`  and ${formatQuantity(layers.length - rows.length, 'layer')} more`] : []),
  ];
}

function recalibrationLines({ recalibration: { kind, layers } }: PruneReport): string[] {
  if (kind === 'none') return [];
  const how = RECALIBRATIONS[kind];
  return [`  Corrected in ${formatQuantity(layers, 'layer')} for what is gone: ${how}.`];
}

const RECALIBRATIONS: Record<Exclude<PruneReport['recalibration']['kind'], 'none'>, string> = {
  'least-squares': 'weights fitted to the original on samples',
  moments: 'means and deviations matched on samples',
  'batch-normalization': 'biases, by the statistics of BatchNormalization',
};

function warningLines({ warnings, skippedSamples }: PruneReport): string[] {
  return [...warnings.map(({ message }) => message), ...skippedLines(skippedSamples)].map((line) => `  ${line}`);
}
