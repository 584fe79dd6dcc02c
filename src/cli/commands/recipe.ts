import { dirname, join } from 'node:path';
import { writeTextFile } from '../../util/files';
import type { Command } from '../command';
import { DATA_OPTIONS, QUANTIZE_OPTIONS } from '../optionSpecs';
import { didYouMean } from '../suggest';
import { UsageError } from '../usageError';

/** Writes a ready recipe for a kind of machine. */
export const recipeCommand: Command = {
  name: 'recipe',
  summary:
    'Writes a ready recipe for a target: server-x86, laptop-arm, mobile-cpu, browser-webgpu, tensorrt, qualcomm-npu or core-ml.',
  operands: ['TARGET', 'MODEL'],
  options: {
    data: DATA_OPTIONS.data,
    'eval-data': QUANTIZE_OPTIONS['eval-data'],
    out: { kind: 'text', value: 'FILE', text: 'The recipe to write; beside the model under both names when absent.' },
  },
  examples: [
    'recipe server-x86 digits.onnx --data train.dataset.json --eval-data test.dataset.json',
    'recipe browser-webgpu digits.onnx',
  ],
  async run(options, { signal }) {
    const [target = '', model = ''] = options.positionals;
    const { READY_TARGET_NAMES, readyRecipeName, readyRecipes } = await import('../../recipe/pipeline/readyRecipes');
    if (!READY_TARGET_NAMES.includes(target)) {
      throw new UsageError(
        `There is no ready recipe for ${target}.${didYouMean(target, READY_TARGET_NAMES)} There are ${READY_TARGET_NAMES.join(', ')}.`,
        'recipe',
      );
    }
    const { readyFacts } = await import('../../recipe/pipeline/readyFacts');
    const facts = await readyFacts(model, signal);
    const path = options.text('out') ?? join(dirname(model), readyRecipeName(model, target));
    const [data, evaluationData] = [options.text('data'), options.text('eval-data')];
    const recipes = readyRecipes(
      {
        model,
        folder: dirname(path),
        ...(data === undefined ? {} : { data }),
        ...(evaluationData === undefined ? {} : { evaluationData }),
      },
      facts,
    );
    const text = recipes.find((recipe) => recipe.target === target)?.text ?? '';
    writeTextFile(path, text);
    return { json: { path, target, text }, text: () => `${path}\n`, quiet: path };
  },
};
