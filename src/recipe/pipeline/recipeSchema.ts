import { z } from 'zod';
import { RECIPE_TEXTS } from '../../protocol/recipeTexts';
import { RECIPE_STEPS } from './stepRegistry';

const texts = RECIPE_TEXTS;
const share = z.number().min(0).max(1);
const positive = z.number().positive();
const atLeastOne = 'give at least one target here';

/** True for an object with a key that is set. */
function hasKey(value: object): boolean {
  return Object.values(value).some((entry) => entry !== undefined);
}

const targets = z.strictObject({
  accuracy: z
    .strictObject({
      atLeast: share.optional().describe(texts['targets.accuracy.atLeast']),
      lossPointsAtMost: z.number().min(0).max(100).optional().describe(texts['targets.accuracy.lossPointsAtMost']),
      lossPercentAtMost: z.number().min(0).max(100).optional().describe(texts['targets.accuracy.lossPercentAtMost']),
    })
    .refine(hasKey, atLeastOne)
    .optional()
    .describe(texts['targets.accuracy']),
  agreement: z
    .strictObject({ atLeast: share.optional().describe(texts['targets.agreement.atLeast']) })
    .refine(hasKey, atLeastOne)
    .optional()
    .describe(texts['targets.agreement']),
  size: z
    .strictObject({
      bytesAtMost: z.int().min(1).optional().describe(texts['targets.size.bytesAtMost']),
      ratioAtMost: positive.optional().describe(texts['targets.size.ratioAtMost']),
    })
    .refine(hasKey, atLeastOne)
    .optional()
    .describe(texts['targets.size']),
  latency: z
    .strictObject({
      msAtMost: positive.optional().describe(texts['targets.latency.msAtMost']),
      ratioAtMost: positive.optional().describe(texts['targets.latency.ratioAtMost']),
    })
    .refine(hasKey, atLeastOne)
    .optional()
    .describe(texts['targets.latency']),
});

/** Each kind of step with its own settings; `kind` says which. */
const steps = RECIPE_STEPS.map(({ kind, description, settings }) =>
  z.strictObject({ kind: z.literal(kind).describe(description), ...settings.shape }).describe(description),
);
const [firstStep, ...otherSteps] = steps;
if (firstStep === undefined) throw new Error('A recipe has no kind of step.');
/** One step of a recipe. */
const step = z.discriminatedUnion('kind', [firstStep, ...otherSteps]).describe(texts.step);

const common = {
  $schema: z.string().optional().describe(texts.$schema),
  format: z.literal('onnx-press-recipe').describe(texts.format),
  model: z.string().min(1).describe(texts.model),
  output: z.string().min(1).optional().describe(texts.output),
  data: z.string().min(1).optional().describe(texts.data),
  evaluationData: z.string().min(1).optional().describe(texts.evaluationData),
  synthetic: z.boolean().optional().describe(texts.synthetic),
  shapes: z
    .record(z.string(), z.array(z.int().min(0)))
    .optional()
    .describe(texts.shapes),
  fills: z.record(z.string(), z.number()).optional().describe(texts.fills),
  limit: z.int().min(1).optional().describe(texts.limit),
  threads: z.int().min(0).max(256).optional().describe(texts.threads),
  seed: z.int().optional().describe(texts.seed),
};

/** Version 1: what a run writes to be repeated. One step, and its report is that of the step. */
const version1 = z.strictObject({
  ...common,
  version: z.literal(1).describe(texts.version),
  steps: z.array(step).length(1, 'a recipe of version 1 has one step').describe(texts.steps),
});

/** Version 2: a pipeline with targets. */
const version2 = z.strictObject({
  ...common,
  version: z.literal(2).describe(texts.version),
  steps: z.array(step).min(1, 'a recipe has a step at least').max(50).describe(texts.steps),
  targets: targets.optional().describe(texts.targets),
});

/** The schema of a recipe file (`*.press.json`), of both versions. Paths are relative to the file. */
export const recipeSchema = z.discriminatedUnion('version', [version1, version2]).describe(texts.recipe);

/** A recipe as it stands in a file. */
export type RecipeContent = z.infer<typeof recipeSchema>;

/** The JSON Schema of recipe files, which VS Code completes and checks them with. */
export function recipeJsonSchema(): object {
  // The two keys are VS Code's own.
  return {
    ...z.toJSONSchema(recipeSchema, { io: 'input', target: 'draft-7' }),
    allowComments: true,
    allowTrailingCommas: true,
  };
}
