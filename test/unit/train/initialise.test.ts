import { describe, expect, it } from 'vitest';
import { readFloats } from '../../../src/onnx/tensor';
import { mainGraph } from '../../../src/onnx/model';
import { initialiseModel } from '../../../src/train/step/initialise';
import { trainableWeights } from '../../../src/train/step/trainableWeights';
import { tinyNetwork } from './tinyTraining';

describe('new weights', () => {
  const model = tinyNetwork(64, { batchNorm: true });
  const values = (of: typeof model): number[][] =>
    mainGraph(of).initializer.map((tensor) => [...readFloats(of, tensor)]);

  it('have the variance of their fan-in; biases are zero and normalisations do nothing', () => {
    const drawn = values(initialiseModel(model, 1));
    const deviation = (row: readonly number[]): number =>
      Math.sqrt(row.reduce((sum, v) => sum + v * v, 0) / row.length);
    const [conv, bias, scale, shift, mean, variance, second] = drawn as [number[], ...number[][]];
    expect(deviation(conv)).toBeCloseTo(Math.sqrt(2 / 18), 1);
    expect(deviation(second as number[])).toBeCloseTo(Math.sqrt(2 / (64 * 9)), 2);
    expect([bias, scale, shift, mean, variance].map((row) => new Set(row))).toEqual(
      [0, 1, 0, 0, 1].map((value) => new Set([value])),
    );
    const gemm = drawn.find((row) => row.length === 3 * 64) as number[];
    expect(deviation(gemm)).toBeCloseTo(Math.sqrt(1 / 64), 1);
  });

  it('are the same for a seed, others for another, and leave the model alone', () => {
    const before = values(model);
    expect(values(initialiseModel(model, 1))).toEqual(values(initialiseModel(model, 1)));
    expect(values(initialiseModel(model, 2))[0]).not.toEqual(values(initialiseModel(model, 1))[0]);
    expect(values(model)).toEqual(before);
  });
});

describe('trainable weights', () => {
  it('are weights and biases of operators; running statistics are none, and only what multiplies decays', () => {
    const found = trainableWeights(tinyNetwork(4, { batchNorm: true }));
    expect(found.map(({ dims, decays }) => `${dims.join('x')}${decays ? ' decays' : ''}`)).toEqual([
      '4x2x3x3 decays',
      '4',
      '4',
      '4',
      '4x4x3x3 decays',
      '4',
      '3x4 decays',
      '3',
    ]);
  });
});
