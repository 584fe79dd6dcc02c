import type { TrainParams } from '../../protocol';
import type { Command } from '../command';
import { DATA_OPTIONS, LIMIT_OPTION, type OptionSpec } from '../optionSpecs';
import type { ParsedOptions } from '../parseOptions';
import { trainText } from '../text/trainText';
import { dataParams } from './requestOptions';
import { TRAIN_OPTIONS, trainSettings } from './trainSettings';

const RUN_OPTIONS = {
  teacher: { kind: 'text', value: 'MODEL', text: 'A model whose answers are learned; labels are then not needed.' },
  'eval-data': { kind: 'text', value: 'PATH', text: 'Measures the result only; nothing is chosen by it.' },
  out: {
    kind: 'text',
    value: 'FILE',
    text: 'Name of the new model (default: MODEL.trained.onnx beside the model). Never overwrites.',
  },
  workers: {
    kind: 'count',
    value: 'N',
    range: [1, 64],
    text: 'Processes that compute gradients (default: one a processor, at most 8).',
  },
  resume: { kind: 'flag', text: 'Go on with the unfinished training of this model, with the same options.' },
} as const satisfies Record<string, OptionSpec>;

/** Fine-tunes, distils, or trains from scratch. */
export const trainCommand: Command = {
  name: 'train',
  summary: 'Fine-tunes a model on data, or teaches it by another; writes it with the best weights, and a report.',
  operands: ['MODEL'],
  options: {
    data: DATA_OPTIONS.data,
    ...RUN_OPTIONS,
    ...TRAIN_OPTIONS,
    ...LIMIT_OPTION,
    shape: DATA_OPTIONS.shape,
    fill: DATA_OPTIONS.fill,
  },
  examples: [
    'train model.onnx --data photos/ --epochs 5 --flip --crop-padding 4',
    'train small.onnx --teacher large.onnx --data train.dataset.json --temperature 4 --alpha 0.9',
    'train model.onnx --data train.dataset.json --eval-data test.dataset.json --from-scratch --epochs 50',
    'train model.onnx --data photos/ --epochs 5 --flip --crop-padding 4 --resume',
    'train model.onnx --data photos/ --qat --weight-bits 4 --epochs 3',
  ],
  async run(options, context) {
    const params = await trainParams(options);
    const { trainModel } = await import('../../recipe/trainModel');
    const result = await trainModel(params, context);
    return { json: result, text: () => trainText(result), quiet: result.outputPath };
  },
};

async function trainParams(options: ParsedOptions): Promise<TrainParams> {
  const teacher = options.text('teacher');
  const evaluationData = options.text('eval-data');
  const output = options.text('out');
  const workers = options.count('workers');
  return {
    model: options.positionals[0] ?? '',
    ...(await dataParams('train', options)),
    ...(teacher === undefined ? {} : { teacher }),
    ...(evaluationData === undefined ? {} : { evaluationData }),
    ...(output === undefined ? {} : { output }),
    ...(workers === undefined ? {} : { workers }),
    ...(options.has('resume') ? { resume: true } : {}),
    settings: trainSettings(options),
  };
}
