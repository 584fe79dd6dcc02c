import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { TensorInfo } from '../../../src/onnx/tensorValue';
import type { QuantizeParams } from '../../../src/protocol';
import { fewSamplesWarning, openQuantizeSamples, samplesOf } from '../../../src/recipe/quantizeSamples';

const SAMPLE = join(__dirname, '../../../media/sample');
const MODEL = join(SAMPLE, 'digits.onnx');
const CALIBRATION = join(SAMPLE, 'digits-calibration.dataset.json'); // 500 samples
const EVALUATION = join(SAMPLE, 'digits-evaluation.dataset.json'); // 1,000 samples
const INPUTS: readonly TensorInfo[] = [{ name: 'image', type: 'float32', dims: ['batch', 1, 28, 28] }];

async function split(params: Omit<QuantizeParams, 'model'>) {
  const { calibration, evaluation, uncalibrated, warnings } = await openQuantizeSamples(
    { model: MODEL, ...params },
    INPUTS,
  );
  return {
    calibration: [calibration.start, calibration.count],
    evaluation: [evaluation.start, evaluation.count],
    sameData: calibration.dataset === evaluation.dataset,
    uncalibrated,
    warnings: warnings.map(({ code }) => code),
  };
}

const FINE = { sameData: true, uncalibrated: false, warnings: [] };

describe('openQuantizeSamples', () => {
  it('calibrates on the first samples and measures on the others', async () => {
    const settings = { mode: 'static', calibrationSamples: 100 } as const;
    expect(await split({ data: CALIBRATION, settings })).toEqual({
      ...FINE,
      calibration: [0, 100],
      evaluation: [100, 400],
    });
  });

  it('takes half of the data at most when the same data has to measure', async () => {
    expect(await split({ data: CALIBRATION, settings: { mode: 'static' } })).toEqual({
      ...FINE,
      calibration: [0, 250],
      evaluation: [250, 250],
    });
  });

  it('calibrates on all it wants when other data measures', async () => {
    const params = { data: CALIBRATION, evaluationData: EVALUATION, settings: { mode: 'static' } } as const;
    expect(await split(params)).toEqual({ ...FINE, sameData: false, calibration: [0, 500], evaluation: [0, 1000] });
  });

  it('measures on all samples in modes that need no calibration', async () => {
    for (const mode of ['dynamic', 'weights', 'fp16'] as const)
      expect((await split({ data: CALIBRATION, settings: { mode } })).evaluation).toEqual([0, 500]);
  });

  it('warns of fewer samples than 32', () => {
    expect(fewSamplesWarning(31).map(({ code }) => code)).toEqual(['few-samples']);
    expect(fewSamplesWarning(32)).toEqual([]);
  });

  it('marks generated samples as uncalibrated, even when data is given', async () => {
    for (const data of [{}, { data: CALIBRATION }]) {
      const found = await split({ ...data, synthetic: true, settings: { mode: 'static' } });
      expect(found).toMatchObject({ uncalibrated: true, warnings: ['uncalibrated'] });
    }
    expect(await split({ settings: { mode: 'fp16' } })).toMatchObject({
      uncalibrated: true,
      warnings: ['uncalibrated'],
    });
  });

  it('refuses static quantization without samples, and says what to give', async () => {
    await expect(split({ settings: { mode: 'static' } })).rejects.toMatchObject({ code: 'no-data' });
    await expect(split({ settings: { mode: 'static' } })).rejects.toThrow('--synthetic');
  });
});

describe('samplesOf', () => {
  it('gives the samples of a part alone', async () => {
    const { evaluation } = await openQuantizeSamples(
      { model: MODEL, data: CALIBRATION, settings: { mode: 'static', calibrationSamples: 498 } },
      INPUTS,
    );
    const sources: string[] = [];
    for await (const { source } of samplesOf({ ...evaluation, count: 3 }, new AbortController().signal))
      sources.push(source);
    expect(sources.length).toBe(3);
    expect(new Set(sources).size).toBe(3);
  });
});
