import { RECIPE_TEXTS } from '../../../protocol/recipeTexts';
import { formatCount, formatPercent } from '../../../util/format';
import { withoutUndefined } from '../../../util/withoutUndefined';
import { pruneSettings } from '../../pruneSettings';
import { defineStep, sharedParams } from '../recipeStep';
import { compressionFigures } from '../stepFigures';

/** Prunes the model; the settings are those of the command. */
export const pruneStep = defineStep({
  kind: 'prune',
  description: RECIPE_TEXTS.prune,
  settings: pruneSettings,
  async run(input, settings, context) {
    const { pruneModel } = await import('../../pruneModel');
    const result = await pruneModel({ ...sharedParams(input), settings: withoutUndefined(settings) }, context);
    const { report } = result;
    const { parameters, macs, sparsity } = report;
    const zeros = sparsity ? `, ${formatPercent(sparsity.sparsity)} of the masked weights zero` : '';
    return {
      model: result.outputPath,
      summary: `Pruned (${report.mode}): parameters ${formatCount(parameters.before)} to ${formatCount(parameters.after)}, multiply-accumulates ${formatCount(macs.before)} to ${formatCount(macs.after)}${zeros}.`,
      figures: compressionFigures(report),
      reportPath: result.reportPath,
      mapping: report.mapping,
      warnings: report.warnings,
      result,
    };
  },
});
