import type { CalibrationMethod, QuantizeMode, QuantizeSettings } from '../../protocol';
import { QUANTIZE_OPTIONS, type OptionSpec } from '../optionSpecs';
import type { ParsedOptions } from '../parseOptions';
import { UsageError } from '../usageError';

const { calibration, exclude, 'per-tensor': perTensor, 'reduce-range': reduceRange } = QUANTIZE_OPTIONS;

/** Options of static mode for commands that look at layers. */
export const STATIC_OPTIONS = { calibration, exclude, 'per-tensor': perTensor, 'reduce-range': reduceRange } as const;

/** The settings of static mode that {@link STATIC_OPTIONS} ask for. */
export function staticSettings(options: ParsedOptions): QuantizeSettings {
  // The choices of an option are the members of the type that it stands for.
  const method = options.text('calibration') as CalibrationMethod | undefined;
  const patterns = options.texts('exclude');
  return {
    mode: 'static',
    ...(method === undefined ? {} : { calibration: method }),
    ...(patterns.length === 0 ? {} : { exclude: patterns }),
    ...(options.has('per-tensor') ? { perChannel: false } : {}),
    ...(options.has('reduce-range') ? { reduceRange: true } : {}),
  };
}

/** The settings that the options of `quantize` ask for. Throws {@link UsageError} for options that change nothing. */
export function quantizeSettings(options: ParsedOptions): QuantizeSettings {
  // The choices of an option are the members of the type that it stands for.
  const mode = (options.text('mode') ?? 'static') as QuantizeMode;
  refuseWithoutEffect(options, mode);
  const calibration = options.text('calibration') as CalibrationMethod | undefined;
  const activationType = options.text('activations') as QuantizeSettings['activationType'];
  const rounding = options.text('rounding') as QuantizeSettings['rounding'];
  const bits = options.text('bits');
  const blockSize = options.count('block');
  if (blockSize !== undefined && !Number.isInteger(Math.log2(blockSize))) {
    throw new UsageError(`--block ${blockSize} is not possible. Give a power of two: 16, 32, 64, 128...`, 'quantize');
  }
  const calibrationSamples = options.count('samples');
  const exclude = options.texts('exclude');
  const keepFp16 = options.texts('keep-fp16');
  return {
    mode,
    ...(calibration === undefined ? {} : { calibration }),
    ...(exclude.length === 0 ? {} : { exclude }),
    ...(keepFp16.length === 0 ? {} : { keepFp16 }),
    ...(options.has('per-tensor') ? { perChannel: false } : {}),
    ...(options.has('reduce-range') ? { reduceRange: true } : {}),
    ...(activationType === undefined ? {} : { activationType }),
    ...(options.has('no-bias-correction') ? { biasCorrection: false } : {}),
    ...(rounding === undefined ? {} : { rounding }),
    ...(bits === undefined ? {} : { weightBits: bits === '4' ? 4 : 8 }),
    ...(blockSize === undefined ? {} : { blockSize }),
    ...(options.has('include-conv') ? { includeConv: true } : {}),
    ...(options.has('fp16-compute') ? { fp16Compute: true } : {}),
    ...(calibrationSamples === undefined ? {} : { calibrationSamples }),
  };
}

function refuseWithoutEffect(options: ParsedOptions, mode: QuantizeMode): void {
  for (const [name, { modes }] of Object.entries<OptionSpec>(QUANTIZE_OPTIONS)) {
    if (!modes || modes.includes(mode) || !options.has(name)) continue;
    throw new UsageError(
      `--${name} changes nothing with --mode ${mode}. Leave it out, or choose --mode ${modes.join(' or ')}.`,
      'quantize',
    );
  }
}
