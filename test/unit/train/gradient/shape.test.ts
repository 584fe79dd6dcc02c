import { describe, expect, it } from 'vitest';
import { gradientError, type GradientCase } from './gradientCheck';

const ints = (...values: number[]): { dims: number[]; values: number[]; type: 'int64' } => ({
  dims: [values.length],
  values,
  type: 'int64',
});
const index = (
  dims: readonly number[],
  ...values: number[]
): { dims: readonly number[]; values: number[]; type: 'int64' } => ({
  dims,
  values,
  type: 'int64',
});
const scales = (...values: number[]): { dims: number[]; values: number[] } => ({ dims: [values.length], values });

const shapes: readonly GradientCase[] = [
  { name: 'Reshape', op: 'Reshape', inputs: [[2, 3, 4], ints(4, -1)] },
  { name: 'Flatten', op: 'Flatten', inputs: [[2, 3, 4]], attributes: { axis: 2 } },
  { name: 'Squeeze', op: 'Squeeze', inputs: [[2, 1, 4], ints(1)] },
  { name: 'Unsqueeze', op: 'Unsqueeze', inputs: [[2, 4], ints(0, 2)] },
  { name: 'Identity', op: 'Identity', inputs: [[2, 4]] },
  { name: 'Cast between floats', op: 'Cast', inputs: [[2, 4]], attributes: { to: 1 } },
  { name: 'Transpose', op: 'Transpose', inputs: [[2, 3, 4]], attributes: { perm: [1, 2, 0] } },
  { name: 'Transpose that reverses', op: 'Transpose', inputs: [[2, 3, 4]] },
  { name: 'Expand', op: 'Expand', inputs: [[3, 1], ints(2, 3, 4)] },
  { name: 'Tile', op: 'Tile', inputs: [[2, 3], ints(2, 3)] },
  { name: 'DepthToSpace DCR', op: 'DepthToSpace', inputs: [[1, 8, 2, 3]], attributes: { blocksize: 2 } },
  { name: 'DepthToSpace CRD', op: 'DepthToSpace', inputs: [[1, 8, 2, 3]], attributes: { blocksize: 2, mode: 'CRD' } },
  { name: 'SpaceToDepth', op: 'SpaceToDepth', inputs: [[1, 2, 4, 6]], attributes: { blocksize: 2 } },
  { name: 'CumSum', op: 'CumSum', inputs: [[2, 5], index([], 1)], attributes: { exclusive: 1 } },
];

const slices: readonly GradientCase[] = [
  { name: 'Slice', op: 'Slice', inputs: [[4, 5], ints(1), ints(3)] },
  { name: 'Slice with steps', op: 'Slice', inputs: [[7, 6], ints(1, 0), ints(100, -1), ints(0, -1), ints(3, 2)] },
  { name: 'Slice backwards', op: 'Slice', inputs: [[7, 3], ints(-2), ints(-100), ints(0), ints(-2)] },
  { name: 'Split in equal parts', op: 'Split', inputs: [[4, 6]], attributes: { axis: 1, num_outputs: 3 }, outputs: 3 },
  { name: 'Split by sizes', op: 'Split', inputs: [[5, 2], ints(2, 3)], outputs: 2 },
  {
    name: 'Concat',
    op: 'Concat',
    inputs: [
      [2, 3],
      [2, 1],
      [2, 2],
    ],
    attributes: { axis: -1 },
  },
  { name: 'Pad with zeros, and cutting', op: 'Pad', inputs: [[3, 4], ints(1, 0, 2, -1)] },
  { name: 'Pad of some axes', op: 'Pad', inputs: [[3, 4], ints(1, 2), null, ints(1)], opset: 18 },
  { name: 'Pad reflecting', op: 'Pad', inputs: [[3, 4], ints(2, 1, 1, 3)], attributes: { mode: 'reflect' } },
  { name: 'Pad repeating the edge', op: 'Pad', inputs: [[3, 4], ints(0, 2, 1, 1)], attributes: { mode: 'edge' } },
  { name: 'Pad wrapping', op: 'Pad', inputs: [[3, 4], ints(0, 2, 1, 1)], attributes: { mode: 'wrap' }, opset: 19 },
];

const gathers: readonly GradientCase[] = [
  { name: 'Gather of rows, some twice', op: 'Gather', inputs: [[5, 3], index([2, 2], 1, 4, 1, 0)] },
  { name: 'Gather of rows by one-hot', op: 'Gather', inputs: [[5, 3], index([2, 2], 1, 4, 1, 0)], opset: 13 },
  {
    name: 'Gather along a middle axis',
    op: 'Gather',
    inputs: [[2, 4, 3], index([3], 3, -4, 3)],
    attributes: { axis: 1 },
  },
  {
    name: 'Gather along the last axis by one-hot',
    op: 'Gather',
    inputs: [[2, 3, 4], index([2], 3, -1)],
    attributes: { axis: 2 },
    opset: 13,
  },
  { name: 'Gather of one', op: 'Gather', inputs: [[2, 4, 3], index([], -1)], attributes: { axis: 1 } },
  { name: 'Gather of one, axis kept', op: 'Gather', inputs: [[2, 4, 3], index([1], 2)], attributes: { axis: 1 } },
  {
    name: 'GatherElements',
    op: 'GatherElements',
    inputs: [[3, 4], index([3, 2], 1, 1, 0, 3, 2, 2)],
    attributes: { axis: 1 },
  },
  { name: 'GatherND', op: 'GatherND', inputs: [[3, 4, 2], index([3, 2], 1, 1, 0, 3, 1, 1)] },
];

const resized = (name: string, to: readonly number[], attributes: Record<string, string>): GradientCase => ({
  name: `Resize ${name}`,
  op: 'Resize',
  inputs: [[1, 2, 4, 3], null, null, ints(1, 2, ...to)],
  attributes,
});

const resizes: readonly GradientCase[] = [
  {
    name: 'Resize nearest by two, as PyTorch exports it',
    op: 'Resize',
    inputs: [[1, 2, 4, 3], null, scales(1, 1, 2, 2)],
    attributes: { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' },
  },
  resized('nearest', [7, 5], { mode: 'nearest' }),
  resized('nearest, ceil', [6, 9], { mode: 'nearest', nearest_mode: 'ceil' }),
  resized('nearest, round_prefer_ceil', [6, 9], { mode: 'nearest', nearest_mode: 'round_prefer_ceil' }),
  resized('linear by two', [8, 6], { mode: 'linear' }),
  resized('linear down', [3, 2], { mode: 'linear', coordinate_transformation_mode: 'pytorch_half_pixel' }),
  resized('linear, corners aligned', [6, 7], { mode: 'linear', coordinate_transformation_mode: 'align_corners' }),
  resized('cubic', [8, 6], { mode: 'cubic' }),
];

describe.each([
  ['shapes', shapes],
  ['slices', slices],
  ['gathers', gathers],
  ['resizing', resizes],
])('gradients of %s', (_, rows) => {
  it.each(rows)('$name', async (row) => {
    expect(await gradientError(row)).toBeLessThan(1e-3);
  });
});
