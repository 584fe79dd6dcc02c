import type { PruneParams, PruneResult } from '../../protocol';
import type { Command, CommandOutput } from '../command';
import { DATA_OPTIONS, LIMIT_OPTION, PRUNE_OPTIONS, QUANTIZE_OPTIONS } from '../optionSpecs';
import type { ParsedOptions } from '../parseOptions';
import { pruneText } from '../text/pruneText';
import { pruneSettings } from './pruneSettings';
import { dataParams } from './requestOptions';
import { AUGMENTATION_OPTIONS } from './trainSettings';

const { data, shape, fill, synthetic } = DATA_OPTIONS;
const { method, ...rest } = PRUNE_OPTIONS;

/** Writes a pruned model and the report of what that gained and cost. */
export const pruneCommand: Command = {
  name: 'prune',
  summary: 'Writes a pruned model beside the original: fewer channels, sparse weights or low rank.',
  operands: ['MODEL'],
  options: {
    method,
    data,
    'eval-data': QUANTIZE_OPTIONS['eval-data'],
    ...rest,
    ...AUGMENTATION_OPTIONS,
    ...LIMIT_OPTION,
    shape,
    fill,
    synthetic,
  },
  examples: [
    'prune model.onnx --method channel --target-macs 0.5 --data photos/',
    'prune model.onnx --method channel --amount 0.3 --importance geometric-median --protect "/head/*"',
    'prune model.onnx --method nm --nm 2:4 --data photos/',
    'prune model.onnx --method channel --target-macs 0.5 --steps 5 --finetune-epochs 3 --flip --crop-padding 4 --teacher original --data train/ --eval-data test/',
    'prune model.onnx --method low-rank --energy 0.99 --synthetic',
  ],
  async run(options, context) {
    const params = await pruneParams(options);
    const { pruneModel } = await import('../../recipe/pruneModel');
    return pruneOutput(await pruneModel(params, context));
  },
};

/** What is printed about a finished pruning. */
export function pruneOutput(result: PruneResult): CommandOutput {
  return { json: result, text: () => pruneText(result), quiet: result.outputPath };
}

async function pruneParams(options: ParsedOptions): Promise<PruneParams> {
  const settings = pruneSettings(options);
  const output = options.text('out');
  const evaluationData = options.text('eval-data');
  return {
    model: options.positionals[0] ?? '',
    ...(await dataParams('prune', options)),
    ...(evaluationData === undefined ? {} : { evaluationData }),
    ...(output === undefined ? {} : { output }),
    settings,
  };
}
