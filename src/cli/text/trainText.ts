import { basename } from 'node:path';
import type { TrainEpoch, TrainReport, TrainResult } from '../../protocol';
import { formatCount, formatMs, formatPercent, formatQuantity } from '../../util/format';
import { textTable } from '../../util/textTable';
import { comparisonTable } from './comparisonTable';
import { section } from './figures';

/** Epochs that are listed; the report has all. */
const LISTED_EPOCHS = 20;

/** What a training gained, for a person. */
export function trainText({ outputPath, reportPath, report }: TrainResult): string {
  const { settings, samples } = report;
  const seconds = report.timings['train'] ?? 0;
  return [
    `Trained ${basename(report.source.path)} for ${formatQuantity(report.history.length, 'epoch')} in ${formatMs(seconds * 1000)}: ` +
      `${settings.optimizer}, learning rate ${settings.learningRate}, batches of ${settings.batchSize}, ${formatQuantity(report.workers, 'process', 'processes')}.`,
    `${formatCount(samples.training)} samples trained, ${formatCount(samples.heldOut)} chose the weights, ${formatCount(samples.measured)} measured.`,
    '',
    comparisonTable(['Before', 'After'], {
      beforeBytes: report.source.sizeBytes,
      afterBytes: report.output.sizeBytes,
      latency: undefined,
      accuracy: report.accuracy,
      agreement: report.agreement,
    }),
    ...section('Epochs', epochLines(report)),
    ...section(
      'Warnings',
      report.warnings.map(({ message }) => message),
    ),
    '',
    textTable([
      ['Model', outputPath],
      ['Report', reportPath],
    ]),
    '',
  ].join('\n');
}

/** The last epochs and how they fared on the held-out samples; the kept one is marked. */
function epochLines({ history, start, bestEpoch }: TrainReport): string[] {
  const hasClasses = start.accuracy !== undefined;
  const rows = history.slice(-LISTED_EPOCHS).map((epoch) => row(epoch, hasClasses, epoch.epoch === bestEpoch));
  const before = ['before', '', start.loss.toFixed(4), ...(hasClasses ? ['', share(start.accuracy)] : [])];
  const heading = ['', 'loss', 'held out', ...(hasClasses ? ['accuracy', 'held out'] : [])];
  return textTable(
    [heading, [...before, bestEpoch === 0 ? 'kept' : ''], ...rows],
    ['right', 'right', 'right', 'right', 'right'],
  ).split('\n');
}

function row(epoch: TrainEpoch, hasClasses: boolean, isKept: boolean): string[] {
  const accuracies = hasClasses ? [share(epoch.accuracy), share(epoch.heldOutAccuracy)] : [];
  const losses = [epoch.loss.toFixed(4), epoch.heldOutLoss.toFixed(4)];
  return [String(epoch.epoch), ...losses, ...accuracies, isKept ? 'kept' : ''];
}

function share(value: number | undefined): string {
  return value === undefined ? '' : formatPercent(value);
}
