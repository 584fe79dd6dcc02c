import { describe, expect, test } from 'vitest';
import type { TensorData, TensorElementType, TensorMap } from '../../../src/onnx/tensorValue';
import { compareOutputs } from '../../../src/runtime/verifyRewrite';

function output(data: TensorData, type: TensorElementType = 'float32', dims = [data.length]): TensorMap[] {
  return [{ y: { type, dims, data } }];
}

describe('compareOutputs', () => {
  test.each([
    ['equal', [1, -2], [1, -2], 0],
    ['off by a tenth of the largest magnitude', [1, -2], [1.2, -2], 0.1],
    ['zero on both sides', [0, 0], [0, -0], 0],
    ['zero on one side only', [0, 0], [0, 3], 1],
    ['NaN and infinite at the same places', [NaN, Infinity, 4], [NaN, Infinity, 2], 0.5],
  ])('measures outputs that are %s', (_, before, after, expected) => {
    const difference = compareOutputs(output(Float32Array.from(before)), output(Float32Array.from(after)));
    expect(difference.mismatch).toBeUndefined();
    expect(difference.maxRelativeError).toBeCloseTo(expected, 6);
  });

  test('decodes float16', () => {
    const one = output(Uint16Array.of(0x3c00), 'float16');
    expect(compareOutputs(one, output(Uint16Array.of(0x3800), 'float16'))).toEqual({ maxRelativeError: 0.5 });
  });

  test.each<[string, TensorMap[], TensorMap[], string]>([
    [
      'another shape',
      output(Float32Array.of(1, 2)),
      output(Float32Array.of(1, 2), 'float32', [2, 1]),
      'Output "y" has the shape [2, 1] instead of [2].',
    ],
    [
      'another type',
      output(Float32Array.of(1)),
      output(Float64Array.of(1), 'float64'),
      'Output "y" is float64 instead of float32.',
    ],
    ['a missing output', output(Float32Array.of(1)), [{}], 'Output "y" is missing.'],
    [
      'a new NaN',
      output(Float32Array.of(1)),
      output(Float32Array.of(NaN)),
      'Output "y" is NaN instead of 1 at element 0.',
    ],
    [
      'another integer',
      output(BigInt64Array.of(1n, 2n), 'int64'),
      output(BigInt64Array.of(1n, 3n), 'int64'),
      'Output "y" differs at element 1.',
    ],
    ['another text', output(['a'], 'string'), output(['b'], 'string'), 'Output "y" differs at element 0.'],
  ])('names %s', (_, before, after, mismatch) => {
    expect(compareOutputs(before, after)).toEqual({ maxRelativeError: 1, mismatch });
  });
});
