import { describe, expect, it } from 'vitest';
import type { TensorMap } from '../../../../src/onnx/tensorValue';
import type { TrainSettings } from '../../../../src/protocol';
import { fullSettings } from '../../../../src/recipe/train/trainSettings';

const sample: TensorMap = { x: { type: 'float32', dims: [1, 4], data: new Float32Array(4) } };

function care(settings: TrainSettings) {
  const { learningRate, clipNorm, warmup } = fullSettings({ model: 'm.onnx', settings }, sample, 100);
  return { learningRate, clipNorm, warmup };
}

describe('fullSettings', () => {
  it('fine-tunes at a tenth of the rate, with limited gradients and a warm-up', () => {
    expect(care({})).toEqual({ learningRate: 0.1 * 0.1, clipNorm: 1, warmup: 0.05 });
    expect(care({ qat: {} })).toMatchObject({ clipNorm: 1, warmup: 0.05 });
  });

  it('trains from scratch at the usual rate, with neither', () => {
    expect(care({ fromScratch: true })).toEqual({ learningRate: 0.1, clipNorm: undefined, warmup: undefined });
  });

  it('limits new weights too where a teacher pulls at them', () => {
    const { clipNorm, warmup } = fullSettings(
      { model: 'm.onnx', teacher: 't.onnx', settings: { fromScratch: true } },
      sample,
      100,
    );
    expect({ clipNorm, warmup }).toEqual({ clipNorm: 1, warmup: 0.05 });
  });

  it('takes what is given, and 0 as no limit', () => {
    expect(care({ clipNorm: 0, warmup: 0 })).toMatchObject({ clipNorm: 0, warmup: 0 });
  });
});
