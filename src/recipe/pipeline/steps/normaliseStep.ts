import { z } from 'zod';
import { RECIPE_TEXTS } from '../../../protocol/recipeTexts';
import { formatQuantity } from '../../../util/format';
import { withoutUndefined } from '../../../util/withoutUndefined';
import { outputPaths } from '../../outputPaths';
import { defineStep, sharedParams } from '../recipeStep';

/** Brings the graph into the form that compression starts from, and writes it. */
export const normaliseStep = defineStep({
  kind: 'normalise',
  description: RECIPE_TEXTS.normalise,
  settings: z.strictObject({
    minOpset: z.int().min(13).max(21).optional().describe(RECIPE_TEXTS['normalise.minOpset']),
    keepBatchNorm: z.boolean().optional().describe(RECIPE_TEXTS['normalise.keepBatchNorm']),
  }),
  async run(input, settings, context) {
    const { normaliseModelFile } = await import('../normaliseModelFile');
    const output = input.output ?? outputPaths(input.model, 'normalised').model;
    const result = await normaliseModelFile({ ...sharedParams(input), output, ...withoutUndefined(settings) }, context);
    const { records, sizeBytes } = result;
    const kept = records.filter((record) => record.kept);
    const changes = kept.reduce((sum, record) => sum + record.changes, 0);
    return {
      model: output,
      summary: `${formatQuantity(changes, 'change')} by ${formatQuantity(kept.length, 'rewrite')}, each verified.`,
      figures: { sizeBytes },
      warnings: records
        .filter((record) => !record.kept)
        .map(({ pass, reason }) => ({
          code: 'undone',
          message: `${pass} was undone: ${reason ?? 'it did not verify'}`,
        })),
      result: { outputPath: output, ...result },
    };
  },
});
