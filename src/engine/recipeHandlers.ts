import { z } from 'zod';
import type { RecipeRequests } from '../protocol';
import { PressError } from '../util/pressError';
import type { EngineHandlers } from './handlers';
import { parseParams, pathSchema as path, runNameSchema as run, runSchemas } from './parseParams';
import type { RunningTrainings } from './runningTrainings';

const schemas: { readonly [M in keyof RecipeRequests]: z.ZodType<RecipeRequests[M]['params']> } = {
  'recipe/run': z.strictObject({
    run,
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
export function recipeHandlers(trainings: RunningTrainings): Pick<EngineHandlers, keyof RecipeRequests> {
  return {
    'recipe/run': async (params, context) => {
      const { run: name, path: file, ...options } = parseParams('recipe/run', schemas['recipe/run'], params);
      const { openRecipe } = await import('../recipe/recipeFile');
      const { runRecipe } = await import('../recipe/runRecipe');
      const outcome = await trainings.add(name, context.signal, (control) =>
        runRecipe(openRecipe(file), { ...options, onBegin: () => control.renew() }, { ...context, control }),
      );
      if (outcome.kind === 'pipeline') return outcome.result;
      throw new PressError('bad-recipe', `${file} is the recipe of a single run; repeat it from the runs view.`, {
        path: file,
        why: 'it is that of a single run',
      });
    },
    'recipe/ready': async (params, { signal }) => {
      const checked = parseParams('recipe/ready', schemas['recipe/ready'], params);
      const { readyRecipes } = await import('../recipe/pipeline/readyRecipes');
      const { readyFacts } = await import('../recipe/pipeline/readyFacts');
      return { recipes: readyRecipes(checked, await readyFacts(checked.model, signal)) };
    },
  };
}
