import { join } from 'node:path';
import type { QuantizeSettings } from '../protocol';
import { reportOfOutput, runFolderOfReport } from './graph/findReports';
import { sameFile } from './graph/sameFile';
import { readRecipe } from './recipeFile';

/**
 * The settings that made a model of another, from the recipe of its run; a sentence that says why single layers cannot
 * be quantized as that run did where there is none, or another mode.
 */
export function recipeSettingsOf(before: string, after: string): QuantizeSettings | string {
  const found = reportOfOutput(after);
  if (!found || !sameFile(found.report.source.path, before, found.path))
    return 'No report beside the second model says how it was made of the first, so no layer was quantized alone.';
  if (found.report.mode === undefined) return 'The second model was not quantized.';
  if (found.report.mode !== 'static')
    return `Layers are quantized alone in static mode only; the second model was made in ${found.report.mode} mode.`;
  const recipe = readRecipe(join(runFolderOfReport(found), 'recipe.press.json'));
  return recipe.kind === 'quantize' ? recipe.params.settings : 'The second model was not quantized.';
}
