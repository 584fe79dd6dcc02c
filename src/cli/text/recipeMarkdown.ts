import { basename } from 'node:path';
import type { RecipeReport, RecipeResult, RecipeStepReport } from '../../protocol';
import { formatBytes, formatMs, formatPoints, formatQuantity, formatRatio } from '../../util/format';
import { failedName, skippedSteps, type FailedRun } from './failedRun';
import { latencyNote, proportionText, speedupText } from './figures';
import { figureCells, flipLine } from './recipeText';

/** A run of a recipe in Markdown, as the summary of a CI job or a comment shows it. */
export function recipeMarkdown({ outputPath, report }: RecipeResult): string {
  const { targets, flips, latency, warnings } = report;
  const missed = targets.filter(({ isMet }) => !isMet).length;
  const verdict = targets.length === 0 ? '' : missed === 0 ? ': every target met' : `: ${missed} missed`;
  return [
    `## ${escape(basename(report.recipe))}${verdict}`,
    '',
    `\`${basename(report.source.path)}\` to \`${basename(outputPath)}\`, on ${formatQuantity(report.samples, 'sample')}.`,
    '',
    ...(targets.length === 0
      ? []
      : [
          ...table([
            ['Target', '', 'Figures'],
            ...targets.map(({ key, isMet, message }) => [`\`${key}\``, isMet ? '✅ met' : '❌ missed', message]),
          ]),
          '',
        ]),
    ...table([['', 'Original', 'Result', 'Change'], ...comparedRows(report)]),
    '',
    ...table([STEP_HEAD, ...report.steps.map(stepRow)]),
    '',
    `Latency: ${latencyNote(latency)}. In brackets: 95 % confidence interval, interquartile range of a speedup.`,
    ...(flips ? ['', flipLine(flips)] : []),
    ...warnings.flatMap(({ message }) => ['', `> ⚠️ ${escape(message)}`]),
    '',
  ].join('\n');
}

/** What is said of a run that failed: the error, and how far its steps came. */
export function failureMarkdown(run: FailedRun): string {
  const { recipe, finished, message, failedStep } = run;
  const noFigures = ['', '', '', ''];
  const steps = [
    ...finished.map(stepRow),
    ...(failedStep === undefined ? [] : [[failedName(run), '❌ failed', ...noFigures]]),
    ...skippedSteps(run).map((name) => [name, 'skipped', ...noFigures]),
  ];
  return [
    `## ${escape(basename(recipe))}: failed`,
    '',
    escape(message),
    '',
    ...(steps.length === 0 ? [] : [...table([STEP_HEAD, ...steps]), '']),
  ].join('\n');
}

const STEP_HEAD = ['Step', '', 'Size', 'Top-1', 'Latency', ''];

function stepRow({ number, kind, state, summary, figures }: RecipeStepReport): string[] {
  return [`${number} ${kind}`, state === 'unchanged' ? 'unchanged' : 'done', ...figureCells(figures), summary];
}

function comparedRows({ source, output, latency, accuracy, agreement }: RecipeReport): string[][] {
  return [
    [
      'Size',
      formatBytes(source.sizeBytes),
      formatBytes(output.sizeBytes),
      source.sizeBytes > 0 ? `${formatRatio(output.sizeBytes / source.sizeBytes)} of the size` : '',
    ],
    ['Latency', formatMs(latency.beforeMs.median), formatMs(latency.afterMs.median), speedupText(latency.speedup)],
    ...(accuracy
      ? [
          [
            'Top-1',
            proportionText(accuracy.before),
            proportionText(accuracy.after),
            formatPoints(accuracy.changePoints),
          ],
        ]
      : []),
    ...(agreement ? [['Same class', '', proportionText(agreement), '']] : []),
  ];
}

function table([head = [], ...rows]: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.map(escape).join(' | ')} |`;
  return [line(head), `|${head.map(() => ' --- |').join('')}`, ...rows.map(line)];
}

/** Cells must not end their row, and names must not become markup. */
function escape(text: string): string {
  return text.replace(/[|<>]/g, (char) => `\\${char}`).replace(/\s*\n\s*/g, ' ');
}
