import { readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { parseJsonTree } from '../data/jsonTree';
import type { PruneParams, QuantizeParams, RecipeTargets } from '../protocol';
import { fileError } from '../util/files';
import { PressError } from '../util/pressError';
import { withoutUndefined } from '../util/withoutUndefined';
import { recipeSchema, type RecipeContent } from './pipeline/recipeSchema';
import { stepOfKind } from './pipeline/stepRegistry';
import { badRecipe, recipeFaults } from './recipeProblems';

/** One step of a recipe; its settings have passed the step's schema, and their paths are absolute. */
export interface RecipeStepEntry {
  readonly kind: string;
  readonly settings: Readonly<Record<string, unknown>>;
}

/** A recipe with every path made absolute. */
export interface Recipe extends Omit<QuantizeParams, 'settings'> {
  readonly path: string;
  /** 1: one step, whose run is repeated. 2: a pipeline. */
  readonly version: 1 | 2;
  /** At most so many samples of each data set. */
  readonly limit?: number;
  readonly steps: readonly RecipeStepEntry[];
  readonly targets?: RecipeTargets;
}

/** What a recipe of one run asks for: the kind of its step, and the request that takes it. */
export type RecipeRequest =
  | { readonly kind: 'quantize'; readonly params: QuantizeParams }
  | { readonly kind: 'prune'; readonly params: PruneParams };

/** The recipe that repeats a run, to be written at `recipePath`. The output's name is left to the next run. */
export function recipeOf({ kind, params }: RecipeRequest, recipePath: string): RecipeContent {
  const { settings, output: _output, ...rest } = params;
  return recipeContent({ ...rest, path: recipePath, version: 1, steps: [{ kind, settings: { ...settings } }] });
}

/** A recipe as it is written at its path: every path relative to it. */
export function recipeContent(recipe: Recipe): RecipeContent {
  const { path, version, steps, model, data, evaluationData, output, ...rest } = recipe;
  const folder = dirname(resolve(path));
  const local = (file: string): string => relative(folder, resolve(file)).replaceAll('\\', '/');
  return recipeSchema.parse({
    format: 'onnx-press-recipe',
    version,
    model: local(model),
    ...(output === undefined ? {} : { output: local(output) }),
    ...(data === undefined ? {} : { data: local(data) }),
    ...(evaluationData === undefined ? {} : { evaluationData: local(evaluationData) }),
    ...rest,
    steps: steps.map((step) => ({ kind: step.kind, ...withPaths(step, local) })),
  });
}

/** Reads a recipe, which may have comments. Throws `bad-recipe` with all that is wrong, `file-not-found`. */
export function openRecipe(path: string): Recipe {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw fileError(path, error);
  }
  return parseRecipe(text, path);
}

/** Reads the text of a recipe; its paths are relative to the folder of `path`. Throws `bad-recipe`. */
export function parseRecipe(text: string, path: string): Recipe {
  const json = parseJsonTree(text, { relaxed: true });
  if (json.problem !== undefined) throw badRecipe(path, text, [{ offset: json.offset, what: json.problem }]);
  const parsed = recipeSchema.safeParse(json.value);
  if (!parsed.success) throw badRecipe(path, text, recipeFaults(parsed.error, json.tree));
  const { $schema: _schema, format: _format, steps, model, data, evaluationData, output, ...rest } = parsed.data;
  const folder = dirname(resolve(path));
  const absolute = (local: string): string => resolve(folder, local);
  return {
    ...withoutUndefined(rest),
    path,
    model: absolute(model),
    ...(data === undefined ? {} : { data: absolute(data) }),
    ...(evaluationData === undefined ? {} : { evaluationData: absolute(evaluationData) }),
    ...(output === undefined ? {} : { output: absolute(output) }),
    steps: steps.map(({ kind, ...settings }) => {
      const step = { kind: String(kind), settings: withoutUndefined(settings) };
      return { kind: step.kind, settings: withPaths(step, absolute) };
    }),
  };
}

/** Reads the recipe of one run into the request that repeats it. Throws `bad-recipe`, also for a pipeline. */
export function readRecipe(path: string): RecipeRequest {
  const { version, path: _path, steps, targets: _targets, ...shared } = openRecipe(path);
  const [step] = steps;
  if (version !== 1 || step === undefined) {
    const why = 'it is not that of a single run';
    throw new PressError('bad-recipe', `${path} cannot be repeated: ${why}. Run it as a recipe.`, { path, why });
  }
  // Settings have passed the schema of their kind.
  return { kind: step.kind, params: { ...shared, settings: step.settings } } as unknown as RecipeRequest;
}

/** The settings of a step, with those that are paths turned. */
function withPaths({ kind, settings }: RecipeStepEntry, turn: (path: string) => string): Record<string, unknown> {
  const { paths } = stepOfKind(kind);
  return Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [
      key,
      paths[key] && typeof value === 'string' ? turn(value) : value,
    ]),
  );
}
