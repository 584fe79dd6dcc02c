import { RECIPE_TEXTS } from '../../../protocol/recipeTexts';
import { formatQuantity } from '../../../util/format';
import { withoutUndefined } from '../../../util/withoutUndefined';
import { quantizeSettings } from '../../quantizeSettings';
import { defineStep, sharedParams } from '../recipeStep';
import { compressionFigures } from '../stepFigures';

/** Quantizes the model; the settings are those of the command. */
export const quantizeStep = defineStep({
  kind: 'quantize',
  description: RECIPE_TEXTS.quantize,
  settings: quantizeSettings,
  async run(input, settings, context) {
    const { quantizeModel } = await import('../../quantizeModel');
    const result = await quantizeModel({ ...sharedParams(input), settings: withoutUndefined(settings) }, context);
    const { report } = result;
    const kept = report.kept.length === 0 ? '' : `, ${formatQuantity(report.kept.length, 'node')} stayed as they were`;
    return {
      model: result.outputPath,
      summary: `${formatQuantity(report.quantized.length, 'node')} quantized (${report.mode})${kept}.`,
      figures: compressionFigures(report),
      reportPath: result.reportPath,
      mapping: report.mapping,
      warnings: report.warnings,
      result,
    };
  },
});
