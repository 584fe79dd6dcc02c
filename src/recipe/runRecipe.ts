import type { RecipeResult, RecipeRunParams } from '../protocol';
import { namingModel } from './modelRefusals';
import { stepOfKind } from './pipeline/stepRegistry';
import type { StepsListener } from './pipeline/runSteps';
import type { Recipe } from './recipeFile';
import type { TrainContext } from './train/runTraining';

/** What a run of a recipe comes to: of version 1 what the command of its only step answers, of version 2 a pipeline's. */
export type RecipeOutcome =
  | { readonly kind: 'pipeline'; readonly result: RecipeResult }
  | { readonly kind: 'step'; readonly step: string; readonly result: unknown };

/** What a run asks for on top of the recipe, and who is told of the steps of a pipeline. */
export type RecipeOptions = Omit<RecipeRunParams, 'path'> & StepsListener;

/** Runs a recipe. Throws `bad-recipe`, `bad-option`, and what the steps throw, naming the model. */
export async function runRecipe(
  opened: Recipe,
  { from, trusted, output, threads, seed, ...listener }: RecipeOptions,
  context: TrainContext,
): Promise<RecipeOutcome> {
  const recipe: Recipe = {
    ...opened,
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
      ...listener,
    };
    return { kind: 'pipeline', result: await runPipeline(recipe, options, context) };
  } catch (error) {
    throw namingModel(error, recipe.model);
  }
}
