import { basename } from 'node:path';
import type { ClassReport, EvaluateResult, Metric, ReferenceReport } from '../../protocol';
import { formatBytes, formatCount, formatQuantity } from '../../util/format';
import { textTable } from '../../util/textTable';
import { dataLines } from './dataText';
import {
  classText,
  fidelityLines,
  indented,
  metricNumber,
  metricText,
  proportionText,
  section,
  spreadText,
  threadsText,
} from './figures';

/** Classes that are listed: all of small models, the worst of others. */
const LISTED_CLASSES = 20;
const LISTED_CONFUSIONS = 10;
const LISTED_OUTPUTS = 12;

/** An evaluation for a person. */
export function evaluateText({ model, data, evaluation, reference, latency }: EvaluateResult): string {
  const { top1, top5, metrics = [], samples, nonFinite, classOutput } = evaluation;
  const how = `median of ${formatQuantity(latency.runs, 'run')}, batch ${latency.batchSize}, ${threadsText(latency.threads)}`;
  const rows = [
    ['Size', formatBytes(model.sizeBytes), `${formatCount(model.parameterCount)} parameters`],
    ['Latency', spreadText(latency.ms), how],
    ...(top1 ? [['Top-1', proportionText(top1), `of ${formatQuantity(top1.count, 'sample')}`]] : []),
    ...(top5 ? [['Top-5', proportionText(top5), '']] : []),
    ...metrics.map(({ name, figure }) => [name, metricText(figure), `of ${formatQuantity(figure.count, 'sample')}`]),
    ...(top1 || metrics.length > 0 ? [] : [['Accuracy', 'not measured', whyNoAccuracy(data.synthetic, classOutput)]]),
    ...(nonFinite > 0
      ? [['Not finite', formatCount(nonFinite), 'elements of the outputs are infinite or not a number']]
      : []),
  ];
  return [
    `${basename(model.path)} on ${formatQuantity(samples, 'sample')}`,
    '',
    textTable(rows),
    '',
    'In brackets: 95 % confidence interval of a figure, interquartile range of a latency.',
    ...(evaluation.classes ? classLines(evaluation.classes) : []),
    ...metrics.flatMap(metricClassLines),
    ...(reference ? referenceLines(reference) : []),
    '',
    ...dataLines(data),
    '',
  ].join('\n');
}

/** Accuracy by class, and what is taken for what. */
function classLines({ classes, confusions, confusionPairs }: ClassReport): string[] {
  const worstFirst = [...classes].sort((a, b) => a.accuracy.value - b.accuracy.value || a.label - b.label);
  const rows = worstFirst
    .slice(0, LISTED_CLASSES)
    .map(({ label, name, accuracy }) => [
      classText(label, name),
      proportionText(accuracy),
      formatCount(accuracy.count),
    ]);
  const pairs = confusions
    .slice(0, LISTED_CONFUSIONS)
    .map(({ label, labelName, predicted, predictedName, count }) => [
      classText(label, labelName),
      classText(predicted, predictedName),
      formatCount(count),
    ]);
  const more = classes.length - rows.length;
  return [
    ...section(more > 0 ? `Classes, the worst ${rows.length} of ${classes.length}` : 'Classes, the worst first', [
      ...indented(textTable([['Class', 'Accuracy', 'Samples'], ...rows], ['left', 'left', 'right'])),
    ]),
    ...(pairs.length === 0
      ? []
      : section(`Taken for another class, the most frequent of ${formatQuantity(confusionPairs, 'pair')}`, [
          ...indented(textTable([['Is', 'Taken for', 'Samples'], ...pairs], ['left', 'left', 'right'])),
        ])),
  ];
}

/** A metric by class, the worst first. */
function metricClassLines({ name, classes = [] }: Metric): string[] {
  if (classes.length < 2) return [];
  const worstFirst = [...classes].sort((a, b) => a.value - b.value || a.label - b.label).slice(0, LISTED_CLASSES);
  const rows = worstFirst.map((each) => [
    classText(each.label, each.name),
    metricNumber(each.value),
    formatCount(each.count),
  ]);
  return section(`${name} by class, the worst first`, [
    ...indented(textTable([['Class', name, 'Count'], ...rows], ['left', 'right', 'right'])),
  ]);
}

function referenceLines({ model, agreement, divergence, fidelity }: ReferenceReport): string[] {
  return section(`Against ${model.path}`, [
    ...(agreement
      ? [`  Same class: ${proportionText(agreement)} of ${formatQuantity(agreement.count, 'sample')}`]
      : []),
    ...(divergence ? [`  Divergence of class probabilities (KL): ${metricText(divergence)} nats`] : []),
    ...fidelityLines(fidelity, LISTED_OUTPUTS),
  ]);
}

function whyNoAccuracy(synthetic: boolean, classOutput: string | undefined): string {
  if (synthetic) return 'the inputs are generated';
  return classOutput === undefined ? 'no output looks like class scores' : 'the data has no labels';
}
