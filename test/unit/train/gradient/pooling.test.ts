import { describe, expect, it } from 'vitest';
import { gradientError, type GradientCase } from './gradientCheck';

const float = (value: number): { float: number } => ({ float: value });

const pooling: readonly GradientCase[] = [
  {
    name: 'MaxPool of tiles',
    op: 'MaxPool',
    inputs: [[2, 2, 4, 6]],
    attributes: { kernel_shape: [2, 2], strides: [2, 2] },
  },
  {
    name: 'MaxPool of overlapping windows with pads',
    op: 'MaxPool',
    inputs: [[1, 2, 6, 5]],
    attributes: { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] },
  },
  { name: 'MaxPool with stride one', op: 'MaxPool', inputs: [[1, 2, 5, 5]], attributes: { kernel_shape: [2, 3] } },
  {
    name: 'MaxPool rounded up',
    op: 'MaxPool',
    inputs: [[1, 2, 5, 6]],
    attributes: { kernel_shape: [2, 2], strides: [2, 2], ceil_mode: 1 },
  },
  {
    name: 'MaxPool dilated',
    op: 'MaxPool',
    inputs: [[1, 2, 6, 6]],
    attributes: { kernel_shape: [2, 2], dilations: [2, 3] },
  },
  {
    name: 'MaxPool that skips',
    op: 'MaxPool',
    inputs: [[1, 2, 7, 7]],
    attributes: { kernel_shape: [2, 2], strides: [3, 3] },
  },
  {
    name: 'MaxPool 1-D',
    op: 'MaxPool',
    inputs: [[2, 2, 7]],
    attributes: { kernel_shape: [3], strides: [2], pads: [1, 0] },
  },
  {
    name: 'MaxPool with auto_pad',
    op: 'MaxPool',
    inputs: [[1, 2, 5, 5]],
    attributes: { kernel_shape: [2, 2], auto_pad: 'SAME_UPPER' },
  },
  {
    name: 'AveragePool of tiles',
    op: 'AveragePool',
    inputs: [[2, 2, 4, 6]],
    attributes: { kernel_shape: [2, 3], strides: [2, 3] },
  },
  {
    name: 'AveragePool with pads that are not counted',
    op: 'AveragePool',
    inputs: [[1, 2, 5, 6]],
    attributes: { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] },
  },
  {
    name: 'AveragePool with pads that are counted',
    op: 'AveragePool',
    inputs: [[1, 2, 5, 6]],
    attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1], count_include_pad: 1 },
  },
  {
    name: 'AveragePool rounded up',
    op: 'AveragePool',
    inputs: [[1, 2, 5, 6]],
    attributes: { kernel_shape: [2, 2], strides: [2, 2], ceil_mode: 1 },
  },
  {
    name: 'AveragePool that skips',
    op: 'AveragePool',
    inputs: [[1, 2, 7, 6]],
    attributes: { kernel_shape: [2, 2], strides: [3, 2] },
  },
  { name: 'GlobalAveragePool', op: 'GlobalAveragePool', inputs: [[2, 3, 3, 2]] },
  { name: 'GlobalMaxPool', op: 'GlobalMaxPool', inputs: [[2, 3, 3, 2]] },
];

const reductions: readonly GradientCase[] = [
  ...'ReduceSum ReduceMean ReduceMax ReduceMin ReduceL1 ReduceL2 ReduceSumSquare ReduceLogSumExp'
    .split(' ')
    .flatMap((op) => [
      {
        name: `${op} of one axis`,
        op,
        inputs: [[2, 3, 4], { dims: [1], values: [1], type: 'int64' as const }],
        attributes: { keepdims: 0 },
      },
      { name: `${op} of everything`, op, inputs: [[2, 3, 3]] },
    ]),
  {
    name: 'ReduceMean with axes as attribute',
    op: 'ReduceMean',
    inputs: [[2, 3, 4]],
    attributes: { axes: [0, -1] },
    opset: 13,
  },
  { name: 'ReduceLogSum', op: 'ReduceLogSum', inputs: [[2, 3]], range: [0.3, 2] },
];

const scalars = (...values: number[]): { dims: number[]; values: number[] } => ({ dims: [values.length], values });
const statistics = (channels: number): readonly [readonly number[], readonly number[]] => [[channels], [channels]];

const normalization: readonly GradientCase[] = [
  { name: 'LayerNormalization', op: 'LayerNormalization', inputs: [[2, 3, 5], [5], [5]] },
  {
    name: 'LayerNormalization of two axes',
    op: 'LayerNormalization',
    inputs: [
      [2, 3, 5],
      [3, 5],
    ],
    attributes: { axis: 1 },
  },
  {
    name: 'BatchNormalization by given statistics, all of them trained',
    op: 'BatchNormalization',
    inputs: [[2, 3, 2, 2], [3], [3], ...statistics(3)],
    range: [0.5, 2],
  },
  {
    name: 'BatchNormalization by the statistics of the batch',
    op: 'BatchNormalization',
    inputs: [[3, 2, 2, 3], [2], [2], scalars(0, 0), scalars(1, 1)],
    attributes: { training_mode: 1 },
    outputs: 3,
    lossOutputs: 1,
  },
  {
    name: 'BatchNormalization 1-D by the statistics of the batch',
    op: 'BatchNormalization',
    inputs: [[5, 2], [2], [2], scalars(0, 0), scalars(1, 1)],
    attributes: { training_mode: 1 },
    outputs: 3,
    lossOutputs: 1,
    opset: 15,
  },
  {
    name: 'BatchNormalization 1-D',
    op: 'BatchNormalization',
    inputs: [[4, 3], [3], [3], ...statistics(3)],
    range: [0.5, 2],
  },
  { name: 'InstanceNormalization', op: 'InstanceNormalization', inputs: [[2, 3, 3, 2], [3], [3]] },
  {
    name: 'GroupNormalization per channel',
    op: 'GroupNormalization',
    inputs: [[2, 4, 3, 2], [4], [4]],
    attributes: { num_groups: 2, epsilon: float(1e-4) },
    opset: 21,
  },
  {
    name: 'GroupNormalization per group',
    op: 'GroupNormalization',
    inputs: [[2, 4, 3, 2], [2], [2]],
    attributes: { num_groups: 2 },
    opset: 18,
  },
];

describe.each([
  ['pooling', pooling],
  ['reductions', reductions],
  ['normalization', normalization],
])('gradients of %s', (_, rows) => {
  it.each(rows)('$name', async (row) => {
    expect(await gradientError(row)).toBeLessThan(1e-3);
  });
});
