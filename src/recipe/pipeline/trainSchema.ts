import { z } from 'zod';
import { RECIPE_TEXTS } from '../../protocol/recipeTexts';

const texts = RECIPE_TEXTS;
const share = z.number().min(0).max(1);
const positive = z.number().min(0);

/** How images are changed each time that they are seen. */
export const augmentationSchema = z.strictObject({
  flip: z.boolean().optional().describe(texts['train.augmentation.flip']),
  cropPadding: z.int().min(0).max(1024).optional().describe(texts['train.augmentation.cropPadding']),
  cutout: z.int().min(0).max(4096).optional().describe(texts['train.augmentation.cutout']),
  mixup: positive.optional().describe(texts['train.augmentation.mixup']),
});

/** The settings of a training that does not depend on a teacher, with what each means. */
export const trainShape = {
  data: z.string().min(1).optional().describe(texts['train.data']),
  workers: z.int().min(1).max(64).optional().describe(texts['train.workers']),
  epochs: z.int().min(1).max(10_000).optional().describe(texts['train.epochs']),
  batchSize: z.int().min(1).max(65_536).optional().describe(texts['train.batchSize']),
  shards: z.int().min(1).max(4096).optional().describe(texts['train.shards']),
  optimizer: z.enum(['sgd', 'adam', 'adamw']).optional().describe(texts['train.optimizer']),
  learningRate: positive.optional().describe(texts['train.learningRate']),
  momentum: share.optional().describe(texts['train.momentum']),
  nesterov: z.boolean().optional().describe(texts['train.nesterov']),
  weightDecay: positive.optional().describe(texts['train.weightDecay']),
  schedule: z.enum(['constant', 'step', 'cosine']).optional().describe(texts['train.schedule']),
  warmup: share.optional().describe(texts['train.warmup']),
  clipNorm: positive.optional().describe(texts['train.clipNorm']),
  averageDecay: share.optional().describe(texts['train.averageDecay']),
  loss: z.enum(['cross-entropy', 'mse', 'l1', 'bce']).optional().describe(texts['train.loss']),
  labelSmoothing: share.optional().describe(texts['train.labelSmoothing']),
  augmentation: augmentationSchema.optional().describe(texts['train.augmentation']),
  patience: z.int().min(1).max(10_000).optional().describe(texts['train.patience']),
  heldOut: z.number().min(0).max(0.5).optional().describe(texts['train.heldOut']),
  fromScratch: z.boolean().optional().describe(texts['train.fromScratch']),
  batchNorm: z.enum(['train', 'frozen', 'insert']).optional().describe(texts['train.batchNorm']),
  qat: z
    .strictObject({
      weightBits: z
        .union([z.literal(4), z.literal(8)])
        .optional()
        .describe(texts['train.qat.weightBits']),
      learnScales: z.boolean().optional().describe(texts['train.qat.learnScales']),
      exclude: z.array(z.string().min(1)).optional().describe(texts['train.qat.exclude']),
    })
    .optional()
    .describe(texts['train.qat']),
};

/** What distillation has on top; the keys of its settings stand beside the others. */
export const distilShape = {
  teacher: z.string().min(1).optional().describe(texts['distil.teacher']),
  temperature: positive.optional().describe(texts['distil.temperature']),
  alpha: share.optional().describe(texts['distil.alpha']),
  answers: z.enum(['kl', 'dist']).optional().describe(texts['distil.answers']),
  features: z.enum(['attention', 'hint', 'similarity', 'relational']).optional().describe(texts['distil.features']),
  featureWeight: positive.optional().describe(texts['distil.featureWeight']),
  pairs: z
    .array(z.tuple([z.string(), z.string()]))
    .max(1000)
    .optional()
    .describe(texts['distil.pairs']),
};
