import { dirname, isAbsolute, resolve } from 'node:path';
import { parse } from 'jsonc-parser';
import { Uri, workspace } from 'vscode';
import * as z from 'zod';
import type { QuantizeParams, QuantizeSettings } from '../../protocol';
import { fileError } from '../../util/files';
import { PressError } from '../../util/pressError';

/** What the host needs to know of a recipe; the engine checks the settings. */
const RECIPE = z.object({
  format: z.literal('onnx-press-recipe'),
  model: z.string().min(1),
  data: z.string().optional(),
  evaluationData: z.string().optional(),
  synthetic: z.boolean().optional(),
  shapes: z.record(z.string(), z.array(z.number())).optional(),
  fills: z.record(z.string(), z.number()).optional(),
  threads: z.number().optional(),
  seed: z.number().optional(),
  steps: z.tuple([z.looseObject({ kind: z.literal('quantize') })]),
});

/** Reads the recipe of a run into what repeats it: a new output beside the model. Throws `file-not-found`, `bad-recipe`. */
export async function readRunRecipe(path: string): Promise<QuantizeParams> {
  let text: string;
  try {
    text = new TextDecoder().decode(await workspace.fs.readFile(Uri.file(path)));
  } catch (error) {
    throw fileError(path, error);
  }
  const parsed = RECIPE.safeParse(parse(text));
  if (!parsed.success) {
    const why = parsed.error.issues[0]?.message ?? 'it does not fit the schema';
    throw new PressError('bad-recipe', `${path} is not a recipe of a quantization: ${why}.`, { path, why });
  }
  const { model, data, evaluationData, synthetic, shapes, fills, threads, seed, steps } = parsed.data;
  const absolute = (local: string): string => (isAbsolute(local) ? local : resolve(dirname(path), local));
  const { kind: _kind, ...settings } = steps[0];
  return {
    model: absolute(model),
    // Checked by the engine when it is run.
    settings: settings as unknown as QuantizeSettings,
    ...(data === undefined ? {} : { data: absolute(data) }),
    ...(evaluationData === undefined ? {} : { evaluationData: absolute(evaluationData) }),
    ...(synthetic === undefined ? {} : { synthetic }),
    ...(shapes === undefined ? {} : { shapes }),
    ...(fills === undefined ? {} : { fills }),
    ...(threads === undefined ? {} : { threads }),
    ...(seed === undefined ? {} : { seed }),
  };
}
