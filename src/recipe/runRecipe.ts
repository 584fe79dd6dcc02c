import type { QuantizeParams, QuantizeResult } from '../protocol';
import { quantizeModel } from './quantizeModel';
import { readRecipe } from './recipeFile';
import type { RunContext } from './runContext';

/** What may differ from the recipe in one run of it. */
export type RecipeOverrides = Pick<QuantizeParams, 'output' | 'threads' | 'seed'>;

/** Takes the steps of a recipe file. Throws `bad-recipe`, and what the steps throw. */
export async function runRecipe(
  path: string,
  overrides: RecipeOverrides,
  context: RunContext,
): Promise<QuantizeResult> {
  return quantizeModel({ ...readRecipe(path), ...overrides }, context);
}
