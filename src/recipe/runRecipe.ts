import type { RecipeResult, RecipeRunParams, RecipeStepReport } from '../protocol';
import { namingModel } from './modelRefusals';
import { stepOfKind } from './pipeline/stepRegistry';
import { openRecipe, type Recipe } from './recipeFile';
import type { RunContext } from './runContext';

/** What a run of a recipe comes to: of version 1 what the command of its only step answers, of version 2 a pipeline's. */
export type RecipeOutcome =
  | { readonly kind: 'pipeline'; readonly result: RecipeResult }
  | { readonly kind: 'step'; readonly step: string; readonly result: unknown };

/**
 * Runs a recipe file; `onStep` is told of every step of a pipeline that is finished. Throws `bad-recipe`, `bad-option`,
 * and what the steps throw, naming the model.
 */
export async function runRecipe(
  params: RecipeRunParams,
  context: RunContext,
  onStep?: (step: RecipeStepReport) => void,
): Promise<RecipeOutcome> {
  const { path, from, trusted, output, threads, seed } = params;
  const recipe: Recipe = {
    ...openRecipe(path),
    ...(output === undefined ? {} : { output }),
    ...(threads === undefined ? {} : { threads }),
    ...(seed === undefined ? {} : { seed }),
  };
  try {
    const [step] = recipe.steps;
    if (recipe.version === 1 && step !== undefined) {
      const { path: _path, version: _version, steps: _steps, targets: _targets, ...input } = recipe;
      const { result } = await stepOfKind(step.kind).run(
        { ...input, original: recipe.model, ...(trusted ? { trusted } : {}) },
        step.settings,
        context,
      );
      return { kind: 'step', step: step.kind, result };
    }
    const { runPipeline } = await import('./pipeline/runPipeline');
    const options = {
      ...(from === undefined ? {} : { from }),
      ...(trusted ? { trusted } : {}),
      ...(onStep === undefined ? {} : { onStep }),
    };
    return { kind: 'pipeline', result: await runPipeline(recipe, options, context) };
  } catch (error) {
    throw namingModel(error, recipe.model);
  }
}
