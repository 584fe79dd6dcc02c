import { basename } from 'node:path';
import type { RecipeResult, RecipeStepReport } from '../../protocol';
import { failedName, skippedSteps, type FailedRun } from './failedRun';

/** One case of a JUnit file. */
interface TestCase {
  readonly group: string;
  readonly name: string;
  readonly seconds: number;
  readonly failure?: { readonly kind: 'failure' | 'error'; readonly type: string; readonly message: string };
  readonly isSkipped?: boolean;
  readonly output?: string;
}

/** A run of a recipe as a JUnit file, which CI servers show: a case for every step and for every target. */
export function recipeJunit({ report }: RecipeResult): string {
  const targets = report.targets.map(({ key, isMet, message }): TestCase => ({
    group: 'targets',
    name: key,
    seconds: 0,
    output: message,
    ...(isMet ? {} : { failure: { kind: 'failure', type: 'target-missed', message } }),
  }));
  return junit(report.recipe, [...report.steps.map(stepCase), ...targets]);
}

/** A run that did not come to an end, as a JUnit file: a case for every step, and an error where no step failed. */
export function failureJunit(run: FailedRun): string {
  const { recipe, finished, failedStep, type, message } = run;
  const kind = failedStep === undefined ? 'error' : 'failure';
  const failed: TestCase = { group: 'steps', name: failedName(run), seconds: 0, failure: { kind, type, message } };
  const skipped = skippedSteps(run).map((name): TestCase => ({ group: 'steps', name, seconds: 0, isSkipped: true }));
  return junit(recipe, [...finished.map(stepCase), failed, ...skipped]);
}

function stepCase({ number, kind, state, seconds, summary }: RecipeStepReport): TestCase {
  const name = `${number} ${kind}`;
  return { group: 'steps', name, seconds: state === 'unchanged' ? 0 : seconds, output: summary };
}

function junit(recipe: string, cases: readonly TestCase[]): string {
  const count = (kind: string): number => cases.filter(({ failure }) => failure?.kind === kind).length;
  const skipped = cases.filter(({ isSkipped }) => isSkipped).length;
  const seconds = cases.reduce((sum, test) => sum + test.seconds, 0);
  const totals = `tests="${cases.length}" failures="${count('failure')}" errors="${count('error')}" skipped="${skipped}" time="${seconds.toFixed(3)}"`;
  const name = basename(recipe);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${totals}>`,
    `  <testsuite name="${escape(name)}" ${totals}>`,
    ...cases.flatMap((test) => caseLines(name, test)),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function caseLines(suite: string, { group, name, seconds, failure, isSkipped, output }: TestCase): string[] {
  const head = `    <testcase classname="${escape(`${suite}.${group}`)}" name="${escape(name)}" time="${seconds.toFixed(3)}"`;
  const lines = [
    ...(failure
      ? [`      <${failure.kind} type="${escape(failure.type)}" message="${escape(failure.message)}"/>`]
      : []),
    ...(isSkipped ? ['      <skipped/>'] : []),
    ...(output === undefined ? [] : [`      <system-out>${escape(output)}</system-out>`]),
  ];
  return lines.length === 0 ? [`${head}/>`] : [`${head}>`, ...lines, '    </testcase>'];
}

/** Characters that XML 1.0 has no place for are left out, the others that mean something are escaped. */
function escape(text: string): string {
  return (
    text
      // eslint-disable-next-line no-control-regex -- just these are meant
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
      .replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`)
      .replace(/[\r\n\t]+/g, ' ')
  );
}
