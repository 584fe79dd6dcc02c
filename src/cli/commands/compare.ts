import type { Command } from '../command';
import { DATA_OPTIONS, LIMIT_OPTION, METRIC_OPTION, type OptionSpec } from '../optionSpecs';
import { compareText } from '../text/compareText';
import { layerErrorText } from '../text/layerErrorText';
import { dataParams } from './requestOptions';

const LAYERS_OPTION = {
  layers: { kind: 'flag', text: 'Also the error of every layer: accumulated, and of each quantized alone.' },
} as const satisfies Record<string, OptionSpec>;

/** Measures two models on the same samples. */
export const compareCommand: Command = {
  name: 'compare',
  summary: 'Measures two models side by side: accuracy, agreement, paired test, output error, latency, size.',
  operands: ['A', 'B'],
  options: { ...DATA_OPTIONS, ...LIMIT_OPTION, ...METRIC_OPTION, ...LAYERS_OPTION },
  examples: [
    'compare model.onnx model.int8.onnx --data test.dataset.json',
    'compare a.onnx a.int8.onnx --data photos/ --layers',
    'compare a.onnx b.onnx --synthetic',
  ],
  async run(options, context) {
    const [before = '', after = ''] = options.positionals;
    const params = { before, after, ...(await dataParams('compare', options)) };
    const { compareModelFiles } = await import('../../recipe/compareModelFiles');
    const result = await compareModelFiles(params, context);
    if (!options.has('layers')) return { json: result, text: () => compareText(result) };
    const { layerErrors } = await import('../../recipe/layerErrors');
    const layers = await layerErrors({ ...params, layerwise: true }, context);
    return { json: { ...result, layers }, text: () => `${compareText(result)}${layerErrorText(layers)}` };
  },
};
