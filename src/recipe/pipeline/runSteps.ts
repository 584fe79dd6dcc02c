import { basename, join } from 'node:path';
import { version } from '../../../package.json';
import type { NodeMapping, RecipeStepReport } from '../../protocol';
import { runtimeVersion } from '../../runtime/session';
import { PressError, throwIfCancelled } from '../../util/pressError';
import { namingModel } from '../modelRefusals';
import type { Recipe, RecipeStepEntry } from '../recipeFile';
import type { TrainContext } from '../train/runTraining';
import { hashJson, hashModel, stampData } from './fingerprint';
import type { StepInput } from './recipeStep';
import { beginStep, readStep, removeOtherSteps, stepFolderOf, writeStep, type StepRecord } from './stepFolder';
import { stepOfKind } from './stepRegistry';

/**
 * Steps of other runs that a failed or cancelled one leaves: more than most recipes have, so that none is lost before it
 * was looked at, and not those of every attempt, since each holds a model.
 */
const SPARED_AFTER_FAILURE = 16;

/** Who is told of the steps of a recipe. */
export interface StepsListener {
  /** Told of every step that is taken, before it. */
  readonly onBegin?: () => void;
  /** Told of every step that is finished or taken over. */
  readonly onStep?: (step: RecipeStepReport) => void;
}

/** What the steps of a recipe work with. */
export interface StepsRun extends StepsListener {
  readonly recipe: Recipe;
  readonly runFolder: string;
  /** File name of the models of all steps: that of the result, which weights in files of their own are named after. */
  readonly modelFile: string;
  /** The first step that is run again though nothing has changed; none when absent. */
  readonly from?: number;
  readonly trusted: boolean;
  readonly context: TrainContext;
}

/** The model after the last step, and what was done. */
export interface StepsResult {
  readonly model: string;
  readonly modelHash: string;
  readonly steps: readonly RecipeStepReport[];
  readonly mappings: readonly (readonly NodeMapping[])[];
}

/** The model that a step begins with. */
interface Current {
  readonly model: string;
  readonly hash: string;
}

/**
 * Takes the steps of a recipe one after the other, each in a folder of its own. A step that was done before on the same
 * model (by content), data (by size and time), settings and version of this tool is taken over, wherever it stood.
 * Whatever fails or is cancelled leaves the steps before it done. Throws what the steps throw, naming the step.
 */
export async function runSteps(run: StepsRun): Promise<StepsResult> {
  const folders: string[] = [];
  try {
    const result = await takeSteps(run, folders);
    removeOtherSteps(run.runFolder, folders, 0);
    return result;
  } catch (error) {
    removeOtherSteps(run.runFolder, folders, SPARED_AFTER_FAILURE);
    throw error;
  }
}

/** Takes the steps; their folders are added to `folders`. */
async function takeSteps(run: StepsRun, folders: string[]): Promise<StepsResult> {
  const { recipe, runFolder, from = Infinity, context } = run;
  const original: Current = { model: recipe.model, hash: await hashModel(recipe.model, context.signal) };
  const data = await dataStamps(run);
  let current = original;
  const reports: RecipeStepReport[] = [];
  const mappings: (readonly NodeMapping[])[] = [];
  for (const [i, step] of recipe.steps.entries()) {
    const number = i + 1;
    throwIfCancelled(context.signal);
    context.onProgress({ stage: 'step', done: i, total: recipe.steps.length });
    const fingerprint = hashJson({
      tool: [version, runtimeVersion],
      kind: step.kind,
      settings: step.settings,
      model: current.hash,
      original: original.hash,
      data,
      paths: await pathStamps(step, context.signal),
    });
    const folder = stepFolderOf(runFolder, step.kind, fingerprint);
    // What this run itself has done already is not done again: the model to begin with may lie there.
    const mayKnow = number < from || folders.includes(folder);
    folders.push(folder);
    const known = mayKnow ? readStep(folder, fingerprint) : undefined;
    const isKnown = known !== undefined && (await isWhole(folder, known, current, context.signal));
    const record = isKnown ? known : await takeStep(run, { step, number, folder, current, fingerprint });
    // Only pruning changes how much is multiplied.
    const macs = record.figures.macs ?? reports.at(-1)?.figures.macs;
    const model = record.modelFile === undefined ? current.model : join(folder, record.modelFile);
    const report: RecipeStepReport = {
      number,
      kind: step.kind,
      settings: step.settings,
      state: isKnown ? 'unchanged' : 'ran',
      seconds: record.seconds,
      model,
      summary: record.summary,
      figures: { ...record.figures, ...(macs === undefined ? {} : { macs }) },
      ...(record.reportFile === undefined ? {} : { reportPath: join(folder, record.reportFile) }),
      warnings: record.warnings,
    };
    reports.push(report);
    run.onStep?.(report);
    if (record.mapping) mappings.push(record.mapping);
    current = { model, hash: record.modelHash };
  }
  return { model: current.model, modelHash: current.hash, steps: reports, mappings };
}

interface StepTask {
  readonly step: RecipeStepEntry;
  readonly number: number;
  readonly folder: string;
  readonly current: Current;
  readonly fingerprint: string;
}

/** Does a step in its empty folder and leaves the record of it. */
async function takeStep(
  { recipe, modelFile, trusted, context, onBegin }: StepsRun,
  { step, number, folder, current, fingerprint }: StepTask,
): Promise<StepRecord> {
  beginStep(folder);
  const { path: _path, version: _version, steps: _steps, targets: _targets, ...shared } = recipe;
  const input: StepInput = {
    ...shared,
    model: current.model,
    original: recipe.model,
    output: join(folder, modelFile),
    ...(trusted ? { trusted } : {}),
  };
  onBegin?.();
  const start = performance.now();
  const outcome = await stepOfKind(step.kind)
    .run(input, step.settings, namingTrainings(context, recipe, step, number))
    .catch((error: unknown) => {
      throw namingStep(namingModel(error, current.model), number, step.kind);
    });
  const isNew = outcome.model !== current.model;
  const record: StepRecord = {
    fingerprint,
    modelHash: isNew ? await hashModel(outcome.model, context.signal) : current.hash,
    ...(isNew ? { modelFile: basename(outcome.model) } : {}),
    seconds: Math.round(performance.now() - start) / 1000,
    summary: outcome.summary,
    figures: outcome.figures,
    ...(outcome.reportPath === undefined ? {} : { reportFile: basename(outcome.reportPath) }),
    ...(outcome.mapping
      ? { mapping: outcome.mapping.map(({ source, targets }) => ({ source, targets: [...targets] })) }
      : {}),
    warnings: outcome.warnings,
  };
  writeStep(folder, record);
  return record;
}

/** The context of a step, whose trainings say which step they belong to. */
function namingTrainings(
  context: TrainContext,
  recipe: Recipe,
  { kind, settings }: RecipeStepEntry,
  number: number,
): TrainContext {
  const { onTrain } = context;
  if (onTrain === undefined) return context;
  const data = typeof settings['data'] === 'string' ? settings['data'] : recipe.data;
  const teacher = typeof settings['teacher'] === 'string' ? settings['teacher'] : recipe.model;
  const recipeStep = {
    number,
    count: recipe.steps.length,
    ...(data === undefined ? {} : { data }),
    ...(kind === 'distil' ? { teacher } : {}),
  };
  return { ...context, onTrain: (progress) => onTrain({ ...progress, recipeStep }) };
}

/** True when the model that a step made is still what it was. */
async function isWhole(folder: string, record: StepRecord, current: Current, signal: AbortSignal): Promise<boolean> {
  if (record.modelFile === undefined) return record.modelHash === current.hash;
  const hash = await hashModel(join(folder, record.modelFile), signal).catch((error: unknown) => {
    throwIfCancelled(signal);
    return error instanceof PressError ? undefined : Promise.reject(error);
  });
  return hash === record.modelHash;
}

/** What the recipe says about data, as far as every step depends on it. */
async function dataStamps({ recipe, context: { signal } }: StepsRun): Promise<unknown> {
  const { data, evaluationData, synthetic, limit, shapes, fills, seed } = recipe;
  return {
    data: data === undefined ? null : [data, await stampData(data, signal)],
    evaluationData: evaluationData === undefined ? null : [evaluationData, await stampData(evaluationData, signal)],
    synthetic: synthetic ?? false,
    limit: limit ?? null,
    shapes: shapes ?? {},
    fills: fills ?? {},
    seed: seed ?? 0,
  };
}

/** What the files are that the settings of a step name. */
async function pathStamps({ kind, settings }: RecipeStepEntry, signal: AbortSignal): Promise<unknown> {
  const stamps: Record<string, string> = {};
  for (const [key, use] of Object.entries(stepOfKind(kind).paths)) {
    const path = settings[key];
    if (typeof path !== 'string') continue;
    stamps[key] = use === 'model' ? await hashModel(path, signal) : await stampData(path, signal);
  }
  return stamps;
}

/** The error, with the step that it happened in. */
function namingStep(error: unknown, number: number, kind: string): unknown {
  if (!(error instanceof PressError)) return error;
  const details = { ...error.details, step: number, kind };
  return new PressError(error.code, `Step ${number} (${kind}): ${error.message}`, details, { cause: error });
}
