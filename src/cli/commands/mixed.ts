import type { MixedPrecisionParams, Remedy } from '../../protocol';
import type { Command } from '../command';
import { DATA_OPTIONS, QUANTIZE_OPTIONS, type OptionSpec } from '../optionSpecs';
import type { ParsedOptions } from '../parseOptions';
import { mixedText } from '../text/mixedText';
import { UsageError } from '../usageError';
import { STATIC_OPTIONS, staticSettings } from './quantizeSettings';
import { dataParams } from './requestOptions';

const MIXED_OPTIONS = {
  'max-drop': { kind: 'text', value: 'POINTS', text: 'What accuracy may fall by, in percentage points (default 1).' },
  time: { kind: 'count', value: 'SECONDS', range: [1, 86_400], text: 'Ends with the best model so far (default 180).' },
  remedy: {
    kind: 'choice',
    choices: ['calibration', 'per-channel', 'float'],
    repeatable: true,
    text: 'What may be done to layers that cost too much; repeatable (default all).',
  },
  samples: QUANTIZE_OPTIONS.samples,
  'eval-data': QUANTIZE_OPTIONS['eval-data'],
  out: QUANTIZE_OPTIONS.out,
} as const satisfies Record<string, OptionSpec>;

/** Quantizes as much of a model as an accuracy budget allows. */
export const mixedCommand: Command = {
  name: 'mixed',
  summary: 'Quantizes to int8 all that an accuracy budget allows, and keeps the fewest layers in float.',
  operands: ['MODEL'],
  options: { ...DATA_OPTIONS, ...MIXED_OPTIONS, ...STATIC_OPTIONS },
  examples: [
    'mixed model.onnx --data photos/ --max-drop 1',
    'mixed model.onnx --data train.dataset.json --eval-data test.dataset.json --max-drop 0.5 --time 600',
    'mixed model.onnx --data photos/ --per-tensor --remedy float',
  ],
  async run(options, context) {
    const params = await mixedParams(options);
    const { mixedPrecision } = await import('../../recipe/mixedPrecision');
    const result = await mixedPrecision(params, context);
    return { json: result, text: () => mixedText(result), quiet: result.outputPath };
  },
};

async function mixedParams(options: ParsedOptions): Promise<MixedPrecisionParams> {
  const maxSeconds = options.count('time');
  const samples = options.count('samples');
  const remedies = options.texts('remedy') as readonly Remedy[]; // the choices of the option are its members
  const output = options.text('out');
  const evaluationData = options.text('eval-data');
  return {
    model: options.positionals[0] ?? '',
    ...(await dataParams('mixed', options)),
    settings: { ...staticSettings(options), ...(samples === undefined ? {} : { calibrationSamples: samples }) },
    ...(evaluationData === undefined ? {} : { evaluationData }),
    ...(output === undefined ? {} : { output }),
    ...(options.has('max-drop') ? { maxDropPoints: points(options.text('max-drop') ?? '') } : {}),
    ...(maxSeconds === undefined ? {} : { maxSeconds }),
    ...(remedies.length === 0 ? {} : { remedies }),
  };
}

function points(text: string): number {
  if (/^\d{1,3}(\.\d{1,6})?$/.test(text) && Number(text) <= 100) return Number(text);
  throw new UsageError(`--max-drop ${text} is not possible. Give percentage points from 0 to 100: 0.5.`, 'mixed');
}
