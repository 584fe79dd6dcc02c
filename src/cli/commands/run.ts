import type { Command } from '../command';
import { QUANTIZE_OPTIONS } from '../optionSpecs';
import { quantizeOutput } from './quantize';
import { runParams } from './requestOptions';

/** Repeats what a recipe file says. */
export const runCommand: Command = {
  name: 'run',
  summary: 'Takes the steps of a recipe (*.press.json); every quantization writes the one that repeats it.',
  operands: ['RECIPE'],
  options: { out: QUANTIZE_OPTIONS.out },
  examples: ['run .onnx-press/model.int8/recipe.press.json', 'run recipe.press.json --out again.onnx'],
  async run(options, context) {
    const output = options.text('out');
    const overrides = { ...runParams(options), ...(output === undefined ? {} : { output }) };
    const { runRecipe } = await import('../../recipe/runRecipe');
    return quantizeOutput(await runRecipe(options.positionals[0] ?? '', overrides, context));
  },
};
