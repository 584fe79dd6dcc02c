import type { QuantizeParams, QuantizeResult } from '../protocol';
import { namingModel } from './modelRefusals';
import { quantizeModel } from './quantizeModel';
import { readRecipe } from './recipeFile';
import type { RunContext } from './runContext';

/** What may differ from the recipe in one run of it. */
export type RecipeOverrides = Pick<QuantizeParams, 'output' | 'threads' | 'seed'>;

/** Takes the steps of a recipe file. Throws `bad-recipe`, and what the steps throw, naming the model. */
export async function runRecipe(
  path: string,
  overrides: RecipeOverrides,
  context: RunContext,
): Promise<QuantizeResult> {
  const params = { ...readRecipe(path), ...overrides };
  try {
    return await quantizeModel(params, context);
  } catch (error) {
    throw namingModel(error, params.model);
  }
}
