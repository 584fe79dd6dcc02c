import type { QuantizeParams, QuantizeResult } from '../../protocol';
import type { Command, CommandOutput } from '../command';
import { DATA_OPTIONS, QUANTIZE_OPTIONS } from '../optionSpecs';
import type { ParsedOptions } from '../parseOptions';
import { quantizeText } from '../text/quantizeText';
import { UsageError } from '../usageError';
import { quantizeSettings } from './quantizeSettings';
import { dataParams } from './requestOptions';

const { data, shape, fill, synthetic } = DATA_OPTIONS;
const { mode, out, 'eval-data': evalData, ...rest } = QUANTIZE_OPTIONS;

/** Writes a quantized model and the report of what that gained and cost. */
export const quantizeCommand: Command = {
  name: 'quantize',
  summary: 'Writes a quantized model beside the original, verifies it on samples and reports the cost.',
  operands: ['MODEL'],
  options: { mode, data, 'eval-data': evalData, out, ...rest, shape, fill, synthetic },
  examples: [
    'quantize model.onnx --data photos/',
    'quantize model.onnx --data train.dataset.json --eval-data test.dataset.json --calibration entropy',
    'quantize bert.onnx --mode dynamic --shape input_ids=1x128',
    'quantize llm.onnx --mode weights --bits 4 --block 32',
    'quantize model.onnx --data photos/ --exclude Softmax --exclude "/head/*"',
  ],
  async run(options, context) {
    const params = await quantizeParams(options);
    const { quantizeModel } = await import('../../recipe/quantizeModel');
    return quantizeOutput(await quantizeModel(params, context));
  },
};

/** What is printed about a finished quantization. */
export function quantizeOutput(result: QuantizeResult): CommandOutput {
  return { json: result, text: () => quantizeText(result), quiet: result.outputPath };
}

async function quantizeParams(options: ParsedOptions): Promise<QuantizeParams> {
  const settings = quantizeSettings(options);
  const { data: given, ...shared } = await dataParams('quantize', options);
  const evaluationData = options.text('eval-data');
  if (evaluationData !== undefined && shared.synthetic) {
    throw new UsageError('--eval-data and --synthetic exclude each other. Leave one out.', 'quantize');
  }
  if (evaluationData !== undefined && given === undefined && settings.mode === 'static') {
    throw new UsageError('--eval-data measures only; static mode also needs --data to calibrate.', 'quantize');
  }
  // Without calibration, data is there to measure.
  const samples = given ?? evaluationData;
  const output = options.text('out');
  return {
    model: options.positionals[0] ?? '',
    ...(samples === undefined ? {} : { data: samples }),
    ...(evaluationData === undefined ? {} : { evaluationData }),
    ...(output === undefined ? {} : { output }),
    ...shared,
    settings,
  };
}
