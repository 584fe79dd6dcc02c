import { z } from 'zod';
import type { RecipeRequests } from '../protocol';
import { PressError } from '../util/pressError';
import type { EngineHandlers } from './handlers';
import { parseParams, pathSchema as path, runSchemas } from './parseParams';

const schemas: { readonly [M in keyof RecipeRequests]: z.ZodType<RecipeRequests[M]['params']> } = {
  'recipe/run': z.strictObject({
    path,
    from: z.string().min(1).max(100).optional(),
    output: path.optional(),
    threads: runSchemas.threads,
    seed: runSchemas.seed,
    trusted: z.boolean().optional(),
  }),
  'recipe/ready': z.strictObject({
    model: path,
    folder: path,
    data: path.optional(),
    evaluationData: path.optional(),
  }),
};

/** The handlers of recipes; each checks what it was asked with and loads its part on first use. */
export function recipeHandlers(): Pick<EngineHandlers, keyof RecipeRequests> {
  return {
    'recipe/run': async (params, context) => {
      const checked = parseParams('recipe/run', schemas['recipe/run'], params);
      const { runRecipe } = await import('../recipe/runRecipe');
      const outcome = await runRecipe(checked, context);
      if (outcome.kind === 'pipeline') return outcome.result;
      throw new PressError(
        'bad-recipe',
        `${checked.path} is the recipe of a single run; repeat it from the runs view.`,
        {
          path: checked.path,
          why: 'it is that of a single run',
        },
      );
    },
    'recipe/ready': async (params) => {
      const checked = parseParams('recipe/ready', schemas['recipe/ready'], params);
      const { readyRecipes } = await import('../recipe/pipeline/readyRecipes');
      return { recipes: readyRecipes(checked) };
    },
  };
}
