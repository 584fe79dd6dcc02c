import { basename, extname, relative, resolve } from 'node:path';
import type { ReadyRecipe, RecipeRequests } from '../../protocol';
import type { ReadyFacts } from './readyFacts';
import { readySteps } from './readySteps';
import { READY_TARGETS, type ReadyStep, type ReadyTarget } from './readyTargets';

/** The names of the machines that there are ready recipes for. */
export const READY_TARGET_NAMES: readonly string[] = READY_TARGETS.map(({ name }) => name);

/** The ready recipes for a model of which `facts` tells, one a target, as texts for a file in `folder`. */
export function readyRecipes(
  { model, folder, data, evaluationData }: RecipeRequests['recipe/ready']['params'],
  facts: ReadyFacts,
): ReadyRecipe[] {
  const local = (path: string): string => relative(resolve(folder), resolve(path)).replaceAll('\\', '/');
  const paths = {
    model: local(model),
    data: data && local(data),
    evaluationData: evaluationData && local(evaluationData),
  };
  return READY_TARGETS.map((target) => ({
    target: target.name,
    text: recipeText(target, [...readySteps(facts), target.quantize], paths),
  }));
}

/** The file name of a ready recipe: `digits.server-x86.press.json`. */
export function readyRecipeName(model: string, target: string): string {
  return `${basename(model, extname(model))}.${target}.press.json`;
}

/** Paths as they are written, relative to the recipe. */
interface LocalPaths {
  readonly model: string;
  readonly data: string | undefined;
  readonly evaluationData: string | undefined;
}

/** A recipe in JSON with comments, steps and targets each with their reason. */
function recipeText(
  target: ReadyTarget,
  taken: readonly ReadyStep[],
  { model, data, evaluationData }: LocalPaths,
): string {
  const needsData = 'Give data here: a dataset file, a folder of class folders, .npz, .jsonl. See docs/datasets.md.';
  const measures = 'Labelled data that only measures; without it the figures come from the data above.';
  const steps = taken.map(({ reason, settings }) => [...comments(reason, 4), `    ${oneLine(settings)},`]);
  return [
    '{',
    ...comments(target.summary, 2),
    '  "format": "onnx-press-recipe",',
    '  "version": 2,',
    `  "model": ${JSON.stringify(model)},`,
    ...(data === undefined
      ? [...comments(needsData, 2), '  // "data": "calibration.dataset.json",']
      : [`  "data": ${JSON.stringify(data)},`]),
    ...(evaluationData === undefined
      ? [...comments(measures, 2), '  // "evaluationData": "evaluation.dataset.json",']
      : [`  "evaluationData": ${JSON.stringify(evaluationData)},`]),
    '  "steps": [',
    ...steps.flat(),
    '  ],',
    ...comments(target.targetsReason, 2),
    '  "targets": {',
    ...Object.entries(target.targets).map(([key, value]) => `    ${JSON.stringify(key)}: ${oneLine(value)},`),
    '  },',
    '}',
    '',
  ].join('\n');
}

/** An object on one line, spaced like the rest of the file. */
function oneLine(value: unknown): string {
  return JSON.stringify(value, null, 1).replace(/\n\s*/g, ' ');
}

/** A sentence as line comments of at most 100 columns. */
function comments(text: string, indent: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= 100) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(`${' '.repeat(indent)}// ${word}`);
  }
  return lines;
}
