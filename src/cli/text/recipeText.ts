import type { RecipeReport, RecipeResult, StepFigures } from '../../protocol';
import { formatBytes, formatCount, formatMs, formatPercent, formatQuantity } from '../../util/format';
import { textTable } from '../../util/textTable';
import { comparisonTable } from './comparisonTable';
import { indented, latencyNote, section } from './figures';

/** A run of a recipe for a person. */
export function recipeText({ outputPath, reportPath, report }: RecipeResult): string {
  const { targets, steps, flips, latency, warnings } = report;
  return [
    `${report.source.path} to ${outputPath}`,
    '',
    ...indented(textTable([['Step', '', 'Size', 'Top-1', 'Latency', ''], ...steps.map(stepRow)])),
    '',
    comparisonTable(['Original', 'Result'], {
      beforeBytes: report.source.sizeBytes,
      afterBytes: report.output.sizeBytes,
      latency,
      accuracy: report.accuracy,
      agreement: report.agreement,
      metrics: report.metrics,
    }),
    '',
    `On ${formatQuantity(report.samples, 'sample')}. Latency: ${latencyNote(latency)}.`,
    ...(flips ? [flipLine(flips)] : []),
    ...section('Targets', targets.map(targetLine)),
    ...section('Warnings', [
      ...warnings.map(({ message }) => `  ${message}`),
      ...steps.flatMap(({ number, kind, warnings: own }) =>
        own.map(({ message }) => `  ${number} ${kind}: ${message}`),
      ),
    ]),
    '',
    `Report: ${reportPath}`,
    '',
  ].join('\n');
}

/** McNemar's test in a sentence. */
export function flipLine({ onlyBefore, onlyAfter, pValue }: NonNullable<RecipeReport['flips']>): string {
  const p = pValue < 0.001 ? 'p < 0.001' : `p = ${pValue.toFixed(3)}`;
  const verdict = pValue < 0.05 ? 'the models differ in accuracy' : 'no difference in accuracy can be told';
  return `Right only in the original ${formatCount(onlyBefore)}, only in the result ${formatCount(onlyAfter)}; McNemar's test ${p}: ${verdict}.`;
}

/** The figures of a step as cells: size, accuracy, latency; what was not measured is empty. */
export function figureCells({ sizeBytes, accuracy, latencyMs }: StepFigures): readonly [string, string, string] {
  return [
    formatBytes(sizeBytes),
    accuracy ? formatPercent(accuracy.value) : '',
    latencyMs ? formatMs(latencyMs.median) : '',
  ];
}

/** What was missed, in one line; undefined when every target is met. */
export function missedTargets({ targets }: RecipeReport): string | undefined {
  const missed = targets.filter(({ isMet }) => !isMet);
  if (missed.length === 0) return undefined;
  const count = `${missed.length} of ${formatQuantity(targets.length, 'target')} missed`;
  return `${count}: ${missed.map(({ message }) => message).join(' ')} The model was written.`;
}

function stepRow({ number, kind, state, summary, figures }: RecipeReport['steps'][number]): string[] {
  return [`${number} ${kind}`, state === 'unchanged' ? 'unchanged' : 'done', ...figureCells(figures), summary];
}

function targetLine({ isMet, message }: RecipeReport['targets'][number]): string {
  return `  ${isMet ? 'met   ' : 'MISSED'}  ${message}`;
}
