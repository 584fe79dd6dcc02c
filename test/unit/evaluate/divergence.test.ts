import { describe, expect, it } from 'vitest';
import { divergenceOf } from '../../../src/evaluate/divergence';
import type { TensorMap } from '../../../src/onnx/tensorValue';

function outputs(values: readonly number[], dims: readonly number[] = [1, values.length]): TensorMap {
  return { y: { type: 'float32', dims, data: Float32Array.from(values) } };
}

describe('the divergence of outputs', () => {
  it('is that of the class distributions, from logits as from probabilities', () => {
    const p = [0.5, 0.25, 0.25];
    const q = [0.25, 0.5, 0.25];
    const expected = 0.5 * Math.log(2) + 0.25 * Math.log(0.5);
    const fromProbabilities = divergenceOf(outputs(p), outputs(q), 'y');
    expect(fromProbabilities.divergence).toBeCloseTo(expected, 6);
    expect(fromProbabilities).toMatchObject({ rows: 1, changedRows: 1 });
    const logits = (values: readonly number[]): TensorMap => outputs(values.map((value) => Math.log(value) + 3));
    expect(divergenceOf(logits(p), logits(q), 'y').divergence).toBeCloseTo(expected, 6);
  });

  it('is half the relative squared error of other outputs', () => {
    const { divergence, rows } = divergenceOf(outputs([3, 4]), outputs([3, 3]), undefined);
    expect(divergence).toBeCloseTo(1 / 25 / 2, 9);
    expect(rows).toBe(0);
  });

  it('is zero for equal outputs and finite for lost ones', () => {
    expect(divergenceOf(outputs([1, 2]), outputs([1, 2]), 'y').divergence).toBe(0);
    expect(divergenceOf(outputs([1, 2]), outputs([NaN, NaN]), 'y').divergence).toBe(100);
    expect(divergenceOf(outputs([1, 2]), outputs([NaN, 2]), undefined).divergence).toBe(50);
  });
});
