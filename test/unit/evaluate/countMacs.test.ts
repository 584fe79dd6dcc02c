import { describe, expect, it } from 'vitest';
import { countMacs, isUncounted } from '../../../src/evaluate/countMacs';
import { makeNode } from '../../../src/onnx/attributes';
import { floatInfo } from './fakes';

/** The multiply-accumulates of a node whose tensors have these sizes. */
function macsOf(
  operator: string,
  inputs: readonly (readonly (number | string)[])[],
  output: readonly number[],
  attributes: Parameters<typeof makeNode>[4] = {},
): number {
  const names = inputs.map((_, i) => `i${i}`);
  const types = new Map(inputs.map((dims, i) => [`i${i}`, floatInfo(`i${i}`, dims)]));
  return countMacs(makeNode(operator, 'n', names, ['o'], attributes), types.set('o', floatInfo('o', output)));
}

describe('countMacs', () => {
  it.each([
    [
      'Conv',
      [
        [1, 8, 6, 6],
        [16, 8, 3, 3],
      ],
      [1, 16, 4, 4],
      16 * 4 * 4 * 8 * 9,
    ],
    [
      'Conv',
      [
        [1, 8, 6, 6],
        [8, 1, 3, 3],
      ],
      [1, 8, 4, 4],
      8 * 4 * 4 * 9,
    ],
    [
      'ConvTranspose',
      [
        [1, 8, 4, 4],
        [8, 16, 2, 2],
      ],
      [1, 16, 8, 8],
      8 * 4 * 4 * 16 * 4,
    ],
    ['QLinearConv', [[1, 8, 6, 6], [], [], [16, 8, 3, 3]], [1, 16, 4, 4], 16 * 4 * 4 * 8 * 9],
    [
      'MatMul',
      [
        [2, 3, 5],
        [5, 7],
      ],
      [2, 3, 7],
      2 * 3 * 7 * 5,
    ],
    [
      'LSTM',
      [
        [10, 2, 4],
        [1, 12, 4],
        [1, 12, 3],
      ],
      [10, 1, 2, 3],
      10 * 2 * (12 * 4 + 12 * 3),
    ],
    ['Relu', [[1, 8]], [1, 8], 0],
  ] as const)('counts %s of %j', (operator, inputs, output, macs) => {
    expect(macsOf(operator, inputs, output)).toBe(macs);
  });

  it('heeds transposition, block-wise weights and open dimensions', () => {
    expect(
      macsOf(
        'Gemm',
        [
          [5, 2],
          [5, 7],
        ],
        [2, 7],
        { transA: 1 },
      ),
    ).toBe(2 * 7 * 5);
    expect(macsOf('MatMulNBits', [[2, 64]], [2, 7], { K: 64 })).toBe(2 * 7 * 64);
    expect(
      macsOf(
        'MatMul',
        [
          ['batch', 5],
          [5, 7],
        ],
        [1, 7],
      ),
    ).toBe(7 * 5);
    expect(countMacs(makeNode('MatMul', 'n', ['a', 'b'], ['o']), new Map())).toBe(0);
    expect([isUncounted({ opType: 'Einsum' }), isUncounted({ opType: 'Conv' })]).toEqual([true, false]);
  });
});
