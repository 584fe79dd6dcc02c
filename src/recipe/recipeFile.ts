import { readFileSync } from 'node:fs';
import { dirname, isAbsolute, relative, resolve } from 'node:path';
import { z } from 'zod';
import { parseJsonTree } from '../data/jsonTree';
import type { QuantizeParams, QuantizeSettings } from '../protocol';
import { fileError } from '../util/files';
import { PressError } from '../util/pressError';

const quantizeSettings = z.strictObject({
  mode: z.enum(['static', 'dynamic', 'weights', 'fp16']),
  calibration: z.enum(['minmax', 'moving-average', 'percentile', 'entropy', 'mse']).optional(),
  exclude: z.array(z.string().min(1)).optional(),
  keepFp16: z.array(z.string().min(1)).optional(),
  perChannel: z.boolean().optional(),
  reduceRange: z.boolean().optional(),
  activationType: z.enum(['uint8', 'int8', 'uint16', 'int16']).optional(),
  biasCorrection: z.boolean().optional(),
  weightBits: z.union([z.literal(4), z.literal(8)]).optional(),
  blockSize: z.int().min(16).max(1024).optional(),
  includeConv: z.boolean().optional(),
  fp16Compute: z.boolean().optional(),
  calibrationSamples: z.int().min(1).optional(),
  layers: z
    .record(
      z.string().min(1),
      z.strictObject({ perChannel: z.boolean().exactOptional(), reduceRange: z.boolean().exactOptional() }),
    )
    .optional(),
});

/** The schema of the settings of a quantization. */
export const quantizeSettingsSchema: z.ZodType<QuantizeSettings> = quantizeSettings.transform(withoutUndefined);

const quantizeStep = quantizeSettings.extend({ kind: z.literal('quantize') });

/** The schema of a recipe file (`*.press.json`): a model, its data and the steps to take. Paths are relative to the file. */
export const recipeSchema = z.strictObject({
  format: z.literal('onnx-press-recipe'),
  version: z.literal(1),
  model: z.string().min(1),
  output: z.string().min(1).optional(),
  data: z.string().min(1).optional(),
  evaluationData: z.string().min(1).optional(),
  synthetic: z.boolean().optional(),
  shapes: z.record(z.string(), z.array(z.int().min(0))).optional(),
  fills: z.record(z.string(), z.number()).optional(),
  threads: z.int().min(0).max(256).optional(),
  seed: z.int().optional(),
  steps: z.array(quantizeStep).length(1, 'a recipe has one step in this version'),
});

/** A recipe as it stands in a file. */
export type Recipe = z.infer<typeof recipeSchema>;

/** The recipe that repeats a run, to be written at `recipePath`. The output's name is left to the next run. */
export function recipeOf(params: QuantizeParams, recipePath: string): Recipe {
  const folder = dirname(resolve(recipePath));
  const local = (path: string): string => relative(folder, resolve(path)).replaceAll('\\', '/');
  const { model, data, evaluationData, settings, output: _output, ...rest } = params;
  return recipeSchema.parse({
    format: 'onnx-press-recipe',
    version: 1,
    model: local(model),
    ...(data === undefined ? {} : { data: local(data) }),
    ...(evaluationData === undefined ? {} : { evaluationData: local(evaluationData) }),
    ...rest,
    steps: [{ kind: 'quantize', ...settings }],
  });
}

/** Reads a recipe, which may have comments. Throws `bad-recipe` with the key that is wrong. */
export function readRecipe(path: string): QuantizeParams {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw fileError(path, error);
  }
  const json = parseJsonTree(text, { relaxed: true });
  if (json.problem !== undefined) throw badRecipe(path, `${json.problem} at character ${json.offset}`);
  const parsed = recipeSchema.safeParse(json.value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw badRecipe(
      path,
      issue ? `${issue.path.join('.') || 'the file'}: ${issue.message}` : 'it does not fit the schema',
    );
  }
  const { steps, format: _format, version: _version, model, data, evaluationData, output, ...rest } = parsed.data;
  const folder = dirname(resolve(path));
  const absolute = (local: string): string => (isAbsolute(local) ? local : resolve(folder, local));
  const [step] = steps;
  if (!step) throw badRecipe(path, 'it has no step');
  const { kind: _kind, ...settings } = step;
  return {
    model: absolute(model),
    ...(data === undefined ? {} : { data: absolute(data) }),
    ...(evaluationData === undefined ? {} : { evaluationData: absolute(evaluationData) }),
    ...(output === undefined ? {} : { output: absolute(output) }),
    ...withoutUndefined(rest),
    settings: withoutUndefined(settings),
  };
}

function badRecipe(path: string, why: string): PressError {
  return new PressError('bad-recipe', `${path} is not a recipe: ${why}. Correct it, or make one with Quantize Model.`, {
    path,
    why,
  });
}

/** Optional keys of a parsed file are absent or set, never undefined. */
function withoutUndefined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
