import { readFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { parse } from 'jsonc-parser';
import * as z from 'zod';
import type { PruneParams, PruneSettings, QuantizeParams, QuantizeSettings, TrainParams } from '../../protocol';
import { fileError } from '../../util/files';
import { PressError } from '../../util/pressError';
import { withoutUndefined } from '../../util/withoutUndefined';

/** What repeats a run: the request to the engine, or, for several steps, the recipe itself. */
export type RunRecipe =
  | { readonly kind: 'quantize'; readonly params: QuantizeParams }
  | { readonly kind: 'prune'; readonly params: PruneParams }
  | { readonly kind: 'train'; readonly params: TrainParams }
  | { readonly kind: 'pipeline'; readonly path: string };

/** The file that a training leaves in its run folder instead of a recipe: what it was asked for. */
const TRAIN_FILE = 'train.json';

/** What the host needs to know of a recipe of one step; the engine checks the settings. */
const STEP_RECIPE = z.object({
  format: z.literal('onnx-press-recipe'),
  version: z.literal(1),
  model: z.string().min(1),
  data: z.string().optional(),
  evaluationData: z.string().optional(),
  synthetic: z.boolean().optional(),
  limit: z.number().optional(),
  shapes: z.record(z.string(), z.array(z.number())).optional(),
  fills: z.record(z.string(), z.number()).optional(),
  threads: z.number().optional(),
  seed: z.number().optional(),
  steps: z.tuple([z.looseObject({ kind: z.enum(['quantize', 'prune']) })]),
});
const PIPELINE = z.looseObject({ format: z.literal('onnx-press-recipe'), version: z.literal(2) });
const TRAINING = z.looseObject({
  model: z.string().min(1),
  output: z.string().optional(),
  resume: z.boolean().optional(),
  settings: z.looseObject({}),
});

/**
 * Reads what a run left in its folder into what repeats it, with a new output beside the model.
 * Throws `file-not-found`, `bad-recipe`.
 */
export async function readRunRecipe(path: string): Promise<RunRecipe> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw fileError(path, error);
  }
  const json: unknown = parse(text);
  if (basename(path) === TRAIN_FILE) {
    const { output: _output, resume: _resume, ...params } = check(TRAINING, json, path);
    return { kind: 'train', params: params as unknown as TrainParams }; // Checked by the engine when it is run.
  }
  if (PIPELINE.safeParse(json).success) return { kind: 'pipeline', path };
  const {
    format: _format,
    version: _version,
    model,
    data,
    evaluationData,
    steps,
    ...rest
  } = check(STEP_RECIPE, json, path);
  const absolute = (local: string): string => resolve(dirname(path), local);
  const { kind, ...settings } = steps[0];
  const shared = {
    ...withoutUndefined(rest),
    model: absolute(model),
    ...(data === undefined ? {} : { data: absolute(data) }),
    ...(evaluationData === undefined ? {} : { evaluationData: absolute(evaluationData) }),
  };
  // The engine checks the settings when they are run.
  return kind === 'quantize'
    ? { kind, params: { ...shared, settings: settings as unknown as QuantizeSettings } }
    : { kind, params: { ...shared, settings: settings as unknown as PruneSettings } };
}

function check<T>(schema: z.ZodType<T>, json: unknown, path: string): T {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const why = parsed.error.issues[0]?.message ?? 'it does not fit the schema';
  throw new PressError('bad-recipe', `${path} does not say how the run was made: ${why}.`, { path, why });
}
