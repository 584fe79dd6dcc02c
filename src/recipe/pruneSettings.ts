import { z } from 'zod';
import type { PruneSettings } from '../protocol';
import { RECIPE_TEXTS } from '../protocol/recipeTexts';
import { withoutUndefined } from '../util/withoutUndefined';
import { augmentationSchema } from './pipeline/trainSchema';

const texts = RECIPE_TEXTS;
const share = z.number().min(0).max(1);
const size = z.int().min(1).max(4096);

/** The settings of a pruning as a recipe has them, with what each means. */
export const pruneSettings = z.strictObject({
  method: z.enum(['magnitude', 'nm', 'block', 'channel', 'depth', 'low-rank']).describe(texts['prune.method']),
  amount: share.optional().describe(texts['prune.amount']),
  importance: z
    .enum(['l1', 'l2', 'bn-scale', 'geometric-median', 'activation', 'taylor', 'random'])
    .optional()
    .describe(texts['prune.importance']),
  scope: z.enum(['global', 'local']).optional().describe(texts['prune.scope']),
  protect: z.array(z.string().min(1)).optional().describe(texts['prune.protect']),
  layers: z.record(z.string().min(1), share).optional().describe(texts['prune.layers']),
  minChannels: z.int().min(1).optional().describe(texts['prune.minChannels']),
  targetMacs: share.optional().describe(texts['prune.targetMacs']),
  targetSize: share.optional().describe(texts['prune.targetSize']),
  targetLatency: share.optional().describe(texts['prune.targetLatency']),
  steps: z.int().min(1).max(1000).optional().describe(texts['prune.steps']),
  finetune: z
    .strictObject({
      epochs: z.int().min(1).max(10_000).optional().describe(texts['prune.finetune.epochs']),
      teacher: z.literal('original').optional().describe(texts['prune.finetune.teacher']),
      learningRate: z.number().min(0).optional().describe(texts['prune.finetune.learningRate']),
      augmentation: augmentationSchema.optional().describe(texts['prune.finetune.augmentation']),
    })
    .optional()
    .describe(texts['prune.finetune']),
  nm: z
    .tuple([size, size])
    .refine(([n, m]) => n < m, 'N must be below M')
    .optional()
    .describe(texts['prune.nm']),
  block: z.tuple([size, size]).optional().describe(texts['prune.block']),
  energy: share.optional().describe(texts['prune.energy']),
  auto: z.boolean().optional().describe(texts['prune.auto']),
  recalibrate: z.boolean().optional().describe(texts['prune.recalibrate']),
});

/** The schema of the settings of a pruning, as requests carry them. */
export const pruneSettingsSchema: z.ZodType<PruneSettings> = pruneSettings.transform(withoutUndefined);
