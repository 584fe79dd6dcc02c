import type { QuantizeSettings } from '../../protocol';

/** The four ways to quantize that the flow offers. */
export type PresetId = 'balanced' | 'fastest' | 'weights' | 'fp16';

/** In the order in which they are offered. */
export const PRESET_IDS: readonly PresetId[] = ['balanced', 'fastest', 'weights', 'fp16'];

/** What a person has set that shapes a preset. */
export interface PresetOptions {
  readonly calibrationMethod?: QuantizeSettings['calibration'] | undefined;
  readonly calibrationSamples?: number | undefined;
  readonly exclude: readonly string[];
  readonly keepFp16?: readonly string[];
}

/** Whether the preset measures activation ranges and so asks for calibration data. */
export function needsCalibration(preset: PresetId): boolean {
  return preset === 'balanced' || preset === 'fastest';
}

/**
 * The settings of a preset.
 * Both static presets end in the same integer kernels; *fastest* saves the second calibration pass and the bias
 * correction, so it is done sooner and may lose a little more accuracy.
 */
export function presetSettings(preset: PresetId, options: PresetOptions): QuantizeSettings {
  const exclude = options.exclude.length === 0 ? {} : { exclude: options.exclude };
  const { keepFp16 = [] } = options;
  const left = { ...exclude, ...(keepFp16.length === 0 ? {} : { keepFp16 }) };
  const samples = options.calibrationSamples === undefined ? {} : { calibrationSamples: options.calibrationSamples };
  switch (preset) {
    case 'balanced': {
      const calibration = options.calibrationMethod === undefined ? {} : { calibration: options.calibrationMethod };
      return { mode: 'static', perChannel: true, biasCorrection: true, ...calibration, ...samples, ...left };
    }
    case 'fastest':
      return { mode: 'static', perChannel: true, biasCorrection: false, calibration: 'minmax', ...samples, ...left };
    case 'weights':
      return { mode: 'weights', weightBits: 8, ...left };
    case 'fp16':
      return { mode: 'fp16', ...exclude };
  }
}
