import type { Command } from '../command';
import { DATA_OPTIONS, LIMIT_OPTION } from '../optionSpecs';
import { fusionText } from '../text/fusionText';
import { dataParams } from './requestOptions';

/** Says which nodes run in integer kernels and, with data, whether sums saturate on processors without VNNI. */
export const fusionCommand: Command = {
  name: 'fusion',
  summary:
    'Says for each node whether it runs in an int8 kernel, in float or fused, and why; with data, checks saturation.',
  operands: ['MODEL'],
  options: { ...DATA_OPTIONS, ...LIMIT_OPTION },
  examples: ['fusion model.int8.onnx', 'fusion model.int8.onnx --data photos/ --limit 64'],
  async run(options, context) {
    const [model = ''] = options.positionals;
    const params = { model, ...(await dataParams('fusion', options)) };
    const { fusionCheck } = await import('../../recipe/fusionCheck');
    const result = await fusionCheck(params, context);
    return { json: result, text: () => fusionText(result) };
  },
};
