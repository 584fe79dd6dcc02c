import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { version } from '../../../package.json';
import { mergeInputOptions, readInputOptions } from '../../data/inputOptions';
import type {
  CompareResult,
  RecipeReport,
  RecipeResult,
  RecipeRunParams,
  RecipeStepReport,
  ReportWarning,
} from '../../protocol';
import { runtimeVersion } from '../../runtime/session';
import { freshPath, writeTextFile } from '../../util/files';
import { PressError } from '../../util/pressError';
import { compareModelFiles } from '../compareModelFiles';
import { jsonText } from '../compressionJob';
import { requireWritable } from '../outputPaths';
import { recipeContent, type Recipe } from '../recipeFile';
import type { RunContext } from '../runContext';
import { createStopwatch } from '../stopwatch';
import type { TrainContext } from '../train/runTraining';
import { checkTargets } from './checkTargets';
import { composeMappings } from './composeMappings';
import { placeModel, reportPathOf, resultStem } from './finalModel';
import { withRunLock } from './runLock';
import { runSteps, type StepsListener, type StepsResult } from './runSteps';

/** Seeds, threads and the like, as a run of the recipe has them. */
export type PipelineOptions = Pick<RecipeRunParams, 'from' | 'trusted'> & StepsListener;

/**
 * Runs a recipe of version 2: takes its steps, puts the last model beside the original, compares the two and holds the
 * targets against that. Steps whose inputs are unchanged are not taken again. Throws what the steps throw, `bad-option`
 * for a step that there is not, `output-exists`.
 */
export async function runPipeline(
  asked: Recipe,
  { from, trusted = false, ...listener }: PipelineOptions,
  context: TrainContext,
): Promise<RecipeResult> {
  const first = from === undefined ? undefined : stepNumber(asked, from);
  const recipe = await withInputOptions(asked);
  const folder = dirname(recipe.output ?? recipe.model);
  const stem = resultStem(recipe.model, recipe.path);
  const runFolder = join(folder, '.onnx-press', stem);
  requireWritable(join(folder, `${stem}.onnx`));
  mkdirSync(runFolder, { recursive: true });
  return withRunLock(runFolder, async () => {
    const watch = createStopwatch();
    const done = await watch.time(
      'steps',
      runSteps({
        recipe,
        runFolder,
        modelFile: `${stem}.onnx`,
        ...(first === undefined ? {} : { from: first }),
        trusted,
        context,
        ...listener,
      }),
    );
    const { model, modelHash } = done;
    const isChanged = model !== recipe.model;
    const output = isChanged
      ? await placeModel(model, modelHash, { wanted: recipe.output, folder, stem }, context.signal)
      : model;
    const comparison = await watch.time('compare', compareWithOriginal(recipe, output, trusted, context));
    const recipePath = join(runFolder, 'recipe.press.json');
    const copy = recipeContent({ ...recipe, path: recipePath });
    writeTextFile(recipePath, jsonText(copy), { overwrite: true });
    const report = reportOf({ asked, recipe, recipePath, done, comparison, seconds: watch.seconds() });
    const reportPath = ownReport(isChanged ? reportPathOf(output) : join(folder, `${stem}.report.json`));
    writeTextFile(reportPath, jsonText(report), { overwrite: true });
    const measuredData = recipe.synthetic ? undefined : (recipe.evaluationData ?? recipe.data);
    return {
      outputPath: output,
      reportPath,
      report,
      comparison,
      ...(measuredData === undefined ? {} : { measuredData }),
    };
  });
}

/** The number of a step that is named by its number or its kind. */
function stepNumber({ steps, path }: Recipe, from: string): number {
  const byKind = steps.findIndex(({ kind }) => kind === from) + 1;
  const number = /^\d+$/.test(from) ? Number(from) : byKind;
  if (number >= 1 && number <= steps.length) return number;
  const names = steps.map(({ kind }, i) => `${i + 1} (${kind})`).join(', ');
  throw new PressError('bad-option', `--from ${from}: ${path} has no such step. It has ${names}.`, { path, from });
}

/** Models of steps lie elsewhere, so what `inputs.json` beside the original says is taken along. */
async function withInputOptions(recipe: Recipe): Promise<Recipe> {
  const { shapes, fills } = mergeInputOptions(await readInputOptions(recipe.model), {
    shapes: recipe.shapes ?? {},
    fills: recipe.fills ?? {},
  });
  return {
    ...recipe,
    ...(Object.keys(shapes).length > 0 ? { shapes } : {}),
    ...(Object.keys(fills).length > 0 ? { fills } : {}),
  };
}

function compareWithOriginal(
  { model, data, evaluationData, synthetic, limit, shapes, fills, threads, seed }: Recipe,
  after: string,
  trusted: boolean,
  context: RunContext,
): Promise<CompareResult> {
  const measured = evaluationData ?? data;
  return compareModelFiles(
    {
      before: model,
      after,
      ...(measured === undefined || synthetic ? { synthetic: true } : { data: measured }),
      ...(limit === undefined ? {} : { limit }),
      ...(shapes === undefined ? {} : { shapes }),
      ...(fills === undefined ? {} : { fills }),
      ...(threads === undefined ? {} : { threads }),
      ...(seed === undefined ? {} : { seed }),
      ...(trusted ? { trusted } : {}),
    },
    context,
  );
}

interface Finished {
  readonly asked: Recipe;
  readonly recipe: Recipe;
  readonly recipePath: string;
  readonly done: StepsResult;
  readonly comparison: CompareResult;
  readonly seconds: Readonly<Record<string, number>>;
}

function reportOf({ asked, recipe, recipePath, done, comparison: result, seconds }: Finished): RecipeReport {
  const { before, after, data, comparison, latency } = result;
  const uncalibrated = data.synthetic;
  return {
    format: 'onnx-press-report',
    version: 1,
    kind: 'recipe',
    tool: { name: 'ONNX Press', version, runtime: runtimeVersion },
    recipe: asked.path,
    recipePath,
    mode: 'recipe',
    source: { path: before.path, sizeBytes: before.sizeBytes },
    output: { path: after.path, sizeBytes: after.sizeBytes },
    steps: done.steps,
    targets: checkTargets(recipe.targets ?? {}, result),
    data,
    uncalibrated,
    samples: comparison.samples,
    ...(comparison.accuracy && !uncalibrated ? { accuracy: comparison.accuracy } : {}),
    ...(comparison.flips && !uncalibrated ? { flips: comparison.flips } : {}),
    ...(comparison.metrics ? { metrics: comparison.metrics } : {}),
    ...(comparison.agreement ? { agreement: comparison.agreement } : {}),
    fidelity: comparison.fidelity,
    latency,
    mapping: composeMappings(done.mappings),
    warnings: warningsOf(recipe, uncalibrated, done.steps),
    timings: seconds,
  };
}

/** What makes the figures of the whole less than they seem. */
function warningsOf(recipe: Recipe, uncalibrated: boolean, steps: readonly RecipeStepReport[]): ReportWarning[] {
  if (uncalibrated) {
    return [{ code: 'uncalibrated', message: 'Compared on generated inputs: accuracy is unknown. Give data.' }];
  }
  if (recipe.evaluationData !== undefined || steps.every(({ kind }) => kind === 'evaluate')) return [];
  const message =
    'The data that the steps work with also measures, so accuracy may look better than it is. Give evaluationData.';
  return [{ code: 'same-samples', message }];
}

/** The report's place: what an earlier run of a recipe has written there is replaced, anything else stays. */
function ownReport(path: string): string {
  if (!existsSync(path)) return path;
  try {
    const found: unknown = JSON.parse(readFileSync(path, 'utf8'));
    const isOwn = typeof found === 'object' && found !== null && 'kind' in found && found.kind === 'recipe';
    return isOwn ? path : freshPath(path);
  } catch {
    return freshPath(path);
  }
}
