import type { Command } from '../command';
import { DATA_OPTIONS, LIMIT_OPTION, METRIC_OPTION, REFERENCE_OPTION } from '../optionSpecs';
import { evaluateText } from '../text/evaluateText';
import { dataParams } from './requestOptions';

/** Measures one model. */
export const evaluateCommand: Command = {
  name: 'evaluate',
  summary: 'Measures accuracy, mAP or mean IoU (with 95 % confidence interval), latency and size of a model.',
  operands: ['MODEL'],
  options: { ...DATA_OPTIONS, ...LIMIT_OPTION, ...REFERENCE_OPTION, ...METRIC_OPTION },
  examples: [
    'evaluate model.onnx --data test.dataset.json',
    'evaluate model.int8.onnx --reference model.onnx --data photos/',
    'evaluate model.onnx --synthetic --threads 1 --json',
  ],
  async run(options, context) {
    const [model = ''] = options.positionals;
    const reference = options.text('reference');
    const params = {
      model,
      ...(reference === undefined ? {} : { reference }),
      ...(await dataParams('evaluate', options)),
    };
    const { evaluateModel } = await import('../../recipe/evaluateModel');
    const result = await evaluateModel(params, context);
    return { json: result, text: () => evaluateText(result) };
  },
};
