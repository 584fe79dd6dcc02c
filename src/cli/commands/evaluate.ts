import type { Command } from '../command';
import { DATA_OPTIONS, LIMIT_OPTION } from '../optionSpecs';
import { evaluateText } from '../text/evaluateText';
import { dataParams } from './requestOptions';

/** Measures one model. */
export const evaluateCommand: Command = {
  name: 'evaluate',
  summary: 'Measures accuracy (with 95 % confidence interval), latency and size of a model.',
  operands: ['MODEL'],
  options: { ...DATA_OPTIONS, ...LIMIT_OPTION },
  examples: ['evaluate model.onnx --data test.dataset.json', 'evaluate model.onnx --synthetic --threads 1 --json'],
  async run(options, context) {
    const [model = ''] = options.positionals;
    const params = { model, ...(await dataParams('evaluate', options)) };
    const { evaluateModel } = await import('../../recipe/evaluateModel');
    const result = await evaluateModel(params, context);
    return { json: result, text: () => evaluateText(result) };
  },
};
