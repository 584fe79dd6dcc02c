import type { PruneResult, QuantizeResult, RecipeResult, RecipeStepReport } from '../../protocol';
import type { RecipeOutcome } from '../../recipe/runRecipe';
import { writeTextFile } from '../../util/files';
import { errorMessage, PressError } from '../../util/pressError';
import type { Command, CommandOutput } from '../command';
import { METRIC_OPTION, QUANTIZE_OPTIONS, type OptionSpec } from '../optionSpecs';
import type { ParsedOptions } from '../parseOptions';
import type { FailedRun } from '../text/failedRun';
import { failureJunit, recipeJunit } from '../text/recipeJunit';
import { failureMarkdown, recipeMarkdown } from '../text/recipeMarkdown';
import { missedTargets, recipeText } from '../text/recipeText';
import { UsageError } from '../usageError';
import { pruneOutput } from './prune';
import { quantizeOutput } from './quantize';
import { runParams } from './requestOptions';

const RUN_OPTIONS = {
  from: {
    kind: 'text',
    value: 'STEP',
    text: 'Take this step and those after it again, even where nothing has changed: its number, or its kind.',
  },
  markdown: { kind: 'text', value: 'FILE', text: 'Write a summary in Markdown, replacing the file.' },
  junit: { kind: 'text', value: 'FILE', text: 'Write a JUnit file with a case for every step and target.' },
} as const satisfies Record<string, OptionSpec>;

/** Takes the steps of a recipe file and holds its targets against the result. */
export const runCommand: Command = {
  name: 'run',
  summary:
    'Takes the steps of a recipe (*.press.json) and fails where a target is missed; steps with the same inputs are not taken again.',
  operands: ['RECIPE'],
  options: { ...RUN_OPTIONS, out: QUANTIZE_OPTIONS.out, ...METRIC_OPTION },
  examples: [
    'run digits.server-x86.press.json',
    'run digits.server-x86.press.json --from quantize',
    'run digits.server-x86.press.json --markdown summary.md --junit recipe.xml',
    'run .onnx-press/model.int8/recipe.press.json --out again.onnx',
  ],
  async run(options, context) {
    const path = options.positionals[0] ?? '';
    const [from, output] = [options.text('from'), options.text('out')];
    const { openRecipe } = await import('../../recipe/recipeFile');
    const { runRecipe } = await import('../../recipe/runRecipe');
    const finished: RecipeStepReport[] = [];
    let kinds: readonly string[] = [];
    try {
      const recipe = openRecipe(path);
      if (recipe.version === 1) refuseSummaries(options);
      kinds = recipe.steps.map(({ kind }) => kind);
      const outcome = await runRecipe(
        recipe,
        {
          ...runParams(options),
          ...(from === undefined ? {} : { from }),
          ...(output === undefined ? {} : { output }),
          ...(options.has('allow-metric-command') ? { trusted: true } : {}),
          onStep: (step) => finished.push(step),
        },
        context,
      );
      if (outcome.kind === 'step') return stepOutput(outcome);
      writeSummaries(options, () => [recipeMarkdown(outcome.result), recipeJunit(outcome.result)]);
      return recipeOutput(outcome.result);
    } catch (error) {
      if (!context.signal.aborted && !(error instanceof UsageError)) {
        const failed = failedRun(path, kinds, finished, error);
        writeSummaries(options, () => [failureMarkdown(failed), failureJunit(failed)]);
      }
      throw error;
    }
  },
};

/** A recipe of version 1, the one beside a model, has no steps to sum up. */
function refuseSummaries(options: ParsedOptions): void {
  const given = ['markdown', 'junit'].find((name) => options.has(name));
  if (given === undefined) return;
  throw new UsageError(`--${given} needs a recipe of steps (version 2); this one is of version 1.`, 'run');
}

/** How far a run came that threw this error. */
function failedRun(
  recipe: string,
  kinds: readonly string[],
  finished: readonly RecipeStepReport[],
  error: unknown,
): FailedRun {
  const step = error instanceof PressError ? error.details['step'] : undefined;
  return {
    recipe,
    kinds,
    finished,
    ...(typeof step === 'number' ? { failedStep: step } : {}),
    type: error instanceof PressError ? error.code : 'internal',
    message: errorMessage(error),
  };
}

/** What is printed about a finished pipeline; it fails where a target is missed. */
function recipeOutput(result: RecipeResult): CommandOutput {
  const failure = missedTargets(result.report);
  return {
    json: result,
    text: () => recipeText(result),
    quiet: result.outputPath,
    ...(failure === undefined ? {} : { failure }),
  };
}

/** What is printed about the only step of a recipe that a run has written. */
function stepOutput({ step, result }: Extract<RecipeOutcome, { kind: 'step' }>): CommandOutput {
  // Each kind answers what its command does.
  if (step === 'quantize') return quantizeOutput(result as QuantizeResult);
  if (step === 'prune') return pruneOutput(result as PruneResult);
  return { json: result, text: () => `${JSON.stringify(result, null, 2)}\n` };
}

/** Writes the summaries that were asked for; a job that fails has them too. */
function writeSummaries(options: ParsedOptions, texts: () => readonly [markdown: string, junit: string]): void {
  const [markdown, junit] = [options.text('markdown'), options.text('junit')];
  if (markdown === undefined && junit === undefined) return;
  const [markdownText, junitText] = texts();
  if (markdown !== undefined) writeTextFile(markdown, markdownText, { overwrite: true });
  if (junit !== undefined) writeTextFile(junit, junitText, { overwrite: true });
}
