import type { ExecutionProvider } from '../../protocol';
import type { Command } from '../command';
import { PROFILE_OPTIONS } from '../optionSpecs';
import { profileText } from '../text/profileText';
import { UsageError } from '../usageError';
import { runParams } from './requestOptions';

/** Batch sizes beyond this are mistyped. */
const MAX_BATCH = 4096;

/** Measures where the time of a model goes. */
export const profileCommand: Command = {
  name: 'profile',
  summary: 'Measures latency by node and by operator, memory, and batch sizes; on generated inputs.',
  operands: ['MODEL'],
  options: PROFILE_OPTIONS,
  examples: [
    'profile model.onnx --threads 1',
    'profile model.onnx --batch 1,4,8 --json',
    'profile model.onnx --provider cuda',
  ],
  async run(options, context) {
    const [model = ''] = options.positionals;
    const runs = options.count('runs');
    const batch = options.text('batch');
    // The choices of the option are the members of the type.
    const provider = options.text('provider') as ExecutionProvider | undefined;
    const { parseInputOptions } = await import('../../recipe/parseInputOptions');
    const { profileModel } = await import('../../recipe/profileModel');
    const result = await profileModel(
      {
        model,
        ...(provider === undefined ? {} : { provider }),
        ...(batch === undefined ? {} : { batches: batchSizes(batch) }),
        ...(runs === undefined ? {} : { runs }),
        ...parseInputOptions(options.texts('shape'), options.texts('fill')),
        ...runParams(options),
      },
      context,
    );
    return { json: result, text: () => profileText(result) };
  },
};

function batchSizes(text: string): number[] {
  const sizes = text.split(',').map((part) => (/^\s*\d{1,4}\s*$/.test(part) ? Number(part) : 0));
  if (sizes.every((size) => size >= 1 && size <= MAX_BATCH)) return [...new Set(sizes)];
  throw new UsageError(`--batch ${text} is not possible. Give whole numbers from 1 to ${MAX_BATCH}: 1,4,8.`, 'profile');
}
