import { basename } from 'node:path';
import type { EvaluateResult } from '../../protocol';
import { formatBytes, formatCount, formatQuantity } from '../../util/format';
import { textTable } from '../../util/textTable';
import { dataLines } from './dataText';
import { proportionText, spreadText, threadsText } from './figures';

/** An evaluation for a person. */
export function evaluateText({ model, data, evaluation, latency }: EvaluateResult): string {
  const { top1, top5, samples, nonFinite, classOutput } = evaluation;
  const how = `median of ${formatQuantity(latency.runs, 'run')}, batch ${latency.batchSize}, ${threadsText(latency.threads)}`;
  const rows = [
    ['Size', formatBytes(model.sizeBytes), ''],
    ['Latency', spreadText(latency.ms), how],
    ...(top1 ? [['Top-1', proportionText(top1), `of ${formatQuantity(top1.count, 'sample')}`]] : []),
    ...(top5 ? [['Top-5', proportionText(top5), '']] : []),
    ...(top1 ? [] : [['Accuracy', 'not measured', whyNoAccuracy(data.synthetic, classOutput)]]),
    ...(nonFinite > 0
      ? [['Not finite', formatCount(nonFinite), 'elements of the outputs are infinite or not a number']]
      : []),
  ];
  return [
    `${basename(model.path)} on ${formatQuantity(samples, 'sample')}`,
    '',
    textTable(rows),
    '',
    'In brackets: 95 % confidence interval of a proportion, interquartile range of a latency.',
    ...dataLines(data),
    '',
  ].join('\n');
}

function whyNoAccuracy(synthetic: boolean, classOutput: string | undefined): string {
  if (synthetic) return 'the inputs are generated';
  return classOutput === undefined ? 'no output looks like class scores' : 'the data has no labels';
}
