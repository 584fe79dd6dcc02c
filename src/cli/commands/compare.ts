import type { Command } from '../command';
import { DATA_OPTIONS, LIMIT_OPTION, METRIC_OPTION } from '../optionSpecs';
import { compareText } from '../text/compareText';
import { dataParams } from './requestOptions';

/** Measures two models on the same samples. */
export const compareCommand: Command = {
  name: 'compare',
  summary: 'Measures two models side by side: accuracy, agreement, paired test, output error, latency, size.',
  operands: ['A', 'B'],
  options: { ...DATA_OPTIONS, ...LIMIT_OPTION, ...METRIC_OPTION },
  examples: ['compare model.onnx model.int8.onnx --data test.dataset.json', 'compare a.onnx b.onnx --synthetic'],
  async run(options, context) {
    const [before = '', after = ''] = options.positionals;
    const params = { before, after, ...(await dataParams('compare', options)) };
    const { compareModelFiles } = await import('../../recipe/compareModelFiles');
    const result = await compareModelFiles(params, context);
    return { json: result, text: () => compareText(result) };
  },
};
