import { z } from 'zod';
import { RECIPE_TEXTS } from '../../../protocol/recipeTexts';
import { formatMs, formatPercent, formatQuantity } from '../../../util/format';
import { withoutUndefined } from '../../../util/withoutUndefined';
import { defineStep, sharedParams } from '../recipeStep';

/** Measures the model so far, and leaves it as it is. */
export const evaluateStep = defineStep({
  kind: 'evaluate',
  description: RECIPE_TEXTS.evaluate,
  settings: z.strictObject({
    data: z.string().min(1).optional().describe(RECIPE_TEXTS['evaluate.data']),
    limit: z.int().min(1).optional().describe(RECIPE_TEXTS['evaluate.limit']),
    batchSize: z.int().min(1).max(4096).optional().describe(RECIPE_TEXTS['evaluate.batchSize']),
  }),
  paths: { data: 'data' },
  async run(input, settings, context) {
    const { evaluateModel } = await import('../../evaluateModel');
    const { data, evaluationData, output: _output, ...shared } = sharedParams(input);
    const measured = evaluationData ?? data;
    const result = await evaluateModel(
      {
        ...shared,
        ...(measured === undefined ? { synthetic: true } : { data: measured }),
        ...(input.trusted ? { trusted: true } : {}),
        ...withoutUndefined(settings),
      },
      context,
    );
    const { model, evaluation, latency } = result;
    const { top1, samples, metrics = [] } = evaluation;
    const figures = [
      ...(top1 ? [`top-1 ${formatPercent(top1.value)}`] : []),
      ...metrics.map(({ name, figure }) => `${name} ${figure.value.toFixed(4)}`),
      formatMs(latency.ms.median),
    ];
    return {
      model: input.model,
      summary: `Measured on ${formatQuantity(samples, 'sample')}: ${figures.join(', ')}.`,
      figures: { sizeBytes: model.sizeBytes, latencyMs: latency.ms, ...(top1 ? { accuracy: top1 } : {}) },
      warnings: [],
      result,
    };
  },
});
