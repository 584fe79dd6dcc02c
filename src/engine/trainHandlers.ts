import { z } from 'zod';
import type { TrainRequests } from '../protocol';
import type { EngineHandlers } from './handlers';
import { nameSchema, parseParams, pathSchema as path, runNameSchema as run, runSchemas } from './parseParams';
import type { RunningTrainings } from './runningTrainings';
import { trainReadHandlers, type TrainReadMethod } from './trainReadHandlers';

type RunMethod = Exclude<keyof TrainRequests, TrainReadMethod>;

const positive = z.number().min(0);
const share = z.number().min(0).max(1);

const settings = z.strictObject({
  qat: z
    .strictObject({
      weightBits: z.union([z.literal(4), z.literal(8)]).optional(),
      learnScales: z.boolean().optional(),
      exclude: z.array(nameSchema.min(1)).max(100_000).optional(),
    })
    .optional(),
  loss: z.enum(['cross-entropy', 'mse', 'l1', 'bce']).optional(),
  labelSmoothing: share.optional(),
  distillation: z
    .strictObject({
      temperature: positive.optional(),
      alpha: share.optional(),
      answers: z.enum(['kl', 'dist']).optional(),
      features: z.enum(['attention', 'hint', 'similarity', 'relational']).optional(),
      featureWeight: positive.optional(),
      pairs: z
        .array(z.tuple([nameSchema, nameSchema]))
        .max(1000)
        .optional(),
    })
    .optional(),
  epochs: z.int().min(1).max(10_000).optional(),
  batchSize: z.int().min(1).max(65_536).optional(),
  shards: z.int().min(1).max(4096).optional(),
  optimizer: z.enum(['sgd', 'adam', 'adamw']).optional(),
  learningRate: positive.optional(),
  momentum: share.optional(),
  nesterov: z.boolean().optional(),
  weightDecay: positive.optional(),
  schedule: z.enum(['constant', 'step', 'cosine']).optional(),
  warmup: share.optional(),
  clipNorm: positive.optional(),
  averageDecay: share.optional(),
  augmentation: z
    .strictObject({
      flip: z.boolean().optional(),
      cropPadding: z.int().min(0).max(1024).optional(),
      cutout: z.int().min(0).max(4096).optional(),
      mixup: positive.optional(),
    })
    .optional(),
  patience: z.int().min(1).max(10_000).optional(),
  heldOut: z.number().min(0).max(0.5).optional(),
  fromScratch: z.boolean().optional(),
  batchNorm: z.enum(['train', 'frozen', 'insert']).optional(),
});

const schemas: { readonly [M in RunMethod]: z.ZodType<TrainRequests[M]['params']> } = {
  'model/train': z.strictObject({
    run,
    model: path,
    teacher: path.optional(),
    data: path.optional(),
    evaluationData: path.optional(),
    synthetic: z.boolean().optional(),
    limit: z.int().min(1).optional(),
    batchSize: z.int().min(1).max(4096).optional(),
    trusted: z.boolean().optional(),
    output: path.optional(),
    workers: z.int().min(1).max(64).optional(),
    resume: z.boolean().optional(),
    settings,
    ...runSchemas,
  }),
  'train/control': z.strictObject({ run, action: z.enum(['pause', 'resume', 'finish']) }),
};

/** The handlers of the requests about training; the trainer is loaded on first use. */
export function trainHandlers(trainings: RunningTrainings): Pick<EngineHandlers, keyof TrainRequests> {
  return {
    'model/train': async (params, context) => {
      const { run: name, ...checked } = parseParams('model/train', schemas['model/train'], params);
      return trainings.add(name, context.signal, async (control) => {
        const { trainModel } = await import('../recipe/trainModel');
        return trainModel(checked, { ...context, control });
      });
    },
    'train/control': async (params) => {
      const { run: name, action } = parseParams('train/control', schemas['train/control'], params);
      return { known: trainings.act(name, action) };
    },
    ...trainReadHandlers(),
  };
}
