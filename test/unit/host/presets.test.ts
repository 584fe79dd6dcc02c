import { expect, it } from 'vitest';
import { needsCalibration, PRESET_IDS, presetSettings } from '../../../src/host/flow/presets';

it('turns presets into settings', () => {
  expect(Object.fromEntries(PRESET_IDS.map((id) => [id, presetSettings(id, { exclude: [] })]))).toEqual({
    balanced: { mode: 'static', perChannel: true, biasCorrection: true },
    fastest: { mode: 'static', perChannel: true, biasCorrection: false, calibration: 'minmax' },
    weights: { mode: 'weights', weightBits: 8 },
    fp16: { mode: 'fp16' },
  });
});

it('applies what a person has set where it matters', () => {
  const options = { calibrationMethod: 'mse', calibrationSamples: 64, exclude: ['Softmax'] } as const;
  expect(Object.fromEntries(PRESET_IDS.map((id) => [id, presetSettings(id, options)]))).toMatchObject({
    balanced: { calibration: 'mse', calibrationSamples: 64, exclude: ['Softmax'] },
    fastest: { calibration: 'minmax', calibrationSamples: 64, exclude: ['Softmax'] },
    weights: { exclude: ['Softmax'] },
    fp16: { exclude: ['Softmax'] },
  });
  expect(presetSettings('fp16', options)).not.toHaveProperty('calibration');
});

it('keeps in fp16 what the recipe says, where anything else would be quantized', () => {
  const options = { exclude: [], keepFp16: ['head'] };
  expect(PRESET_IDS.map((id) => presetSettings(id, options).keepFp16)).toEqual([
    ['head'],
    ['head'],
    ['head'],
    undefined,
  ]);
});

it('asks for data where ranges are measured', () => {
  expect(PRESET_IDS.filter(needsCalibration)).toEqual(['balanced', 'fastest']);
});
