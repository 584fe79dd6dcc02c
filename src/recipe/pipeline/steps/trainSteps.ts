import { existsSync } from 'node:fs';
import { z } from 'zod';
import type { TrainParams, TrainSettings } from '../../../protocol';
import { RECIPE_TEXTS } from '../../../protocol/recipeTexts';
import { formatPercent, formatQuantity } from '../../../util/format';
import { withoutUndefined } from '../../../util/withoutUndefined';
import type { TrainContext } from '../../train/runTraining';
import { defineStep, sharedParams, type StepInput, type StepOutcome } from '../recipeStep';
import { distilShape, trainShape } from '../trainSchema';

/** Trains the model on labels. */
export const trainStep = defineStep({
  kind: 'train',
  description: RECIPE_TEXTS.train,
  settings: z.strictObject(trainShape),
  paths: { data: 'data' },
  run: (input, { data, workers, ...settings }, context) =>
    train(input, { data, workers, settings: withoutUndefined(settings) }, context),
});

/** Trains the model by a teacher: the model that the recipe began with, unless another is named. */
export const distilStep = defineStep({
  kind: 'distil',
  description: RECIPE_TEXTS.distil,
  settings: z.strictObject({ ...distilShape, ...trainShape }),
  paths: { data: 'data', teacher: 'model' },
  run(input, given, context) {
    const { data, workers, teacher, temperature, alpha, answers, features, featureWeight, pairs, ...rest } = given;
    const distillation = withoutUndefined({ temperature, alpha, answers, features, featureWeight, pairs });
    const settings = { ...withoutUndefined(rest), distillation };
    return train(input, { data, workers, teacher: teacher ?? input.original, settings }, context);
  },
});

interface Training {
  readonly data: string | undefined;
  readonly workers: number | undefined;
  readonly teacher?: string;
  readonly settings: TrainSettings;
}

/** Trains; where an unfinished run of the same step has left a checkpoint, it goes on from there. */
async function train(
  input: StepInput,
  { data, workers, teacher, settings }: Training,
  context: TrainContext,
): Promise<StepOutcome> {
  const { trainModel } = await import('../../trainModel');
  const { checkpointPath } = await import('../../train/checkpointFile');
  const isUnfinished = input.output !== undefined && existsSync(checkpointPath(input.output));
  const params: TrainParams = {
    ...sharedParams(input),
    ...(data === undefined ? {} : { data }),
    ...(workers === undefined ? {} : { workers }),
    ...(teacher === undefined ? {} : { teacher }),
    ...(isUnfinished ? { resume: true } : {}),
    settings,
  };
  const result = await trainModel(params, context);
  const { output, history, bestEpoch, accuracy, agreement, warnings, samples } = result.report;
  const gain = accuracy
    ? `, accuracy ${formatPercent(accuracy.before.value)} to ${formatPercent(accuracy.after.value)}`
    : '';
  return {
    model: result.outputPath,
    summary: `${formatQuantity(history.length, 'epoch')} on ${formatQuantity(samples.training, 'sample')}, best after ${bestEpoch}${gain}.`,
    figures: {
      sizeBytes: output.sizeBytes,
      ...(accuracy ? { accuracy: accuracy.after } : {}),
      ...(agreement ? { agreement } : {}),
    },
    reportPath: result.reportPath,
    warnings,
    result,
  };
}
