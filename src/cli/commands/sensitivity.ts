import type { Command } from '../command';
import { DATA_OPTIONS, LIMIT_OPTION } from '../optionSpecs';
import { sensitivityText } from '../text/sensitivityText';
import { STATIC_OPTIONS, staticSettings } from './quantizeSettings';
import { dataParams } from './requestOptions';

/** Ranks the layers of a model by what quantizing each alone does to its outputs. */
export const sensitivityCommand: Command = {
  name: 'sensitivity',
  summary: 'Ranks layers by what quantizing each alone does to the outputs; goes on where it was interrupted.',
  operands: ['MODEL'],
  options: { ...DATA_OPTIONS, ...LIMIT_OPTION, ...STATIC_OPTIONS },
  examples: ['sensitivity model.onnx --data photos/', 'sensitivity model.onnx --data photos/ --per-tensor --limit 128'],
  async run(options, context) {
    const [model = ''] = options.positionals;
    const params = { model, settings: staticSettings(options), ...(await dataParams('sensitivity', options)) };
    const { measureSensitivity } = await import('../../recipe/sensitivity');
    const result = await measureSensitivity(params, context);
    return { json: result, text: () => sensitivityText(result) };
  },
};
