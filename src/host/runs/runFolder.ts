import { readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { parse } from 'jsonc-parser';
import * as z from 'zod';
import { stepMode } from '../../protocol/anyReport';
import { fileError } from '../../util/files';
import { PressError } from '../../util/pressError';

/** What tells a run from its recipe alone, whatever its steps are. */
const RECIPE = z.looseObject({
  format: z.literal('onnx-press-recipe'),
  model: z.string().min(1),
  data: z.string().optional(),
  evaluationData: z.string().optional(),
  synthetic: z.boolean().optional(),
  steps: z
    .array(z.looseObject({ kind: z.string(), mode: z.string().optional(), method: z.string().optional() }))
    .min(1),
});

/** A run by its folder `.onnx-press/NAME/`, which holds its recipe. Paths are absolute. */
export interface FoundRunFolder {
  readonly recipe: string;
  readonly source: string;
  /** Where the run wrote its model: beside `.onnx-press`, under the name of the folder. */
  readonly output: string;
  /** The mode or method of each step, or its kind where it has neither. */
  readonly mode: string;
  /** What the run was measured on, where the recipe says so. */
  readonly data?: string;
}

/** Reads the folder of a run by the recipe in it. Throws `file-not-found`, `bad-recipe`. */
export async function readRunFolder(recipe: string): Promise<FoundRunFolder> {
  let text: string;
  try {
    text = await readFile(recipe, 'utf8');
  } catch (error) {
    throw fileError(recipe, error);
  }
  const parsed = RECIPE.safeParse(parse(text));
  if (!parsed.success) {
    const why = parsed.error.issues[0]?.message ?? 'it does not fit the schema';
    throw new PressError('bad-recipe', `${recipe} is not a recipe: ${why}.`, { path: recipe, why });
  }
  const { model, data, evaluationData, synthetic, steps } = parsed.data;
  const folder = dirname(recipe);
  const absolute = (local: string): string => resolve(folder, local);
  const measured = synthetic ? undefined : (evaluationData ?? data);
  return {
    recipe,
    source: absolute(model),
    output: join(dirname(dirname(folder)), `${basename(folder)}.onnx`),
    mode: steps.map(({ kind, ...settings }) => stepMode({ kind, settings })).join(' + '),
    ...(measured === undefined ? {} : { data: absolute(measured) }),
  };
}
