import { z } from 'zod';
import type { QuantizeSettings } from '../protocol';
import { RECIPE_TEXTS } from '../protocol/recipeTexts';
import { withoutUndefined } from '../util/withoutUndefined';

const texts = RECIPE_TEXTS;
const patterns = z.array(z.string().min(1));

/** The settings of a quantization as a recipe has them, with what each means. */
export const quantizeSettings = z.strictObject({
  mode: z.enum(['static', 'dynamic', 'weights', 'fp16']).describe(texts['quantize.mode']),
  calibration: z
    .enum(['minmax', 'moving-average', 'percentile', 'entropy', 'mse'])
    .optional()
    .describe(texts['quantize.calibration']),
  exclude: patterns.optional().describe(texts['quantize.exclude']),
  keepFp16: patterns.optional().describe(texts['quantize.keepFp16']),
  perChannel: z.boolean().optional().describe(texts['quantize.perChannel']),
  reduceRange: z.boolean().optional().describe(texts['quantize.reduceRange']),
  activationType: z.enum(['uint8', 'int8', 'uint16', 'int16']).optional().describe(texts['quantize.activationType']),
  biasCorrection: z.boolean().optional().describe(texts['quantize.biasCorrection']),
  rounding: z.enum(['nearest', 'adaround']).optional().describe(texts['quantize.rounding']),
  weightBits: z
    .union([z.literal(4), z.literal(8)])
    .optional()
    .describe(texts['quantize.weightBits']),
  blockSize: z.int().min(16).max(1024).optional().describe(texts['quantize.blockSize']),
  includeConv: z.boolean().optional().describe(texts['quantize.includeConv']),
  fp16Compute: z.boolean().optional().describe(texts['quantize.fp16Compute']),
  calibrationSamples: z.int().min(1).optional().describe(texts['quantize.calibrationSamples']),
  layers: z
    .record(
      z.string().min(1),
      z.strictObject({
        perChannel: z.boolean().exactOptional().describe(texts['quantize.perChannel']),
        reduceRange: z.boolean().exactOptional().describe(texts['quantize.reduceRange']),
      }),
    )
    .optional()
    .describe(texts['quantize.layers']),
});

/** The schema of the settings of a quantization, as requests carry them. */
export const quantizeSettingsSchema: z.ZodType<QuantizeSettings> = quantizeSettings.transform(withoutUndefined);
