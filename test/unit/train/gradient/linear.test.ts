import { describe, expect, it } from 'vitest';
import { gradientError, type GradientCase } from './gradientCheck';

const float = (value: number): { float: number } => ({ float: value });

type Form = Omit<GradientCase, 'op'>;
const of = (op: string, forms: readonly Form[]): GradientCase[] => forms.map((form) => ({ ...form, op }));

const products: readonly GradientCase[] = [
  {
    name: 'MatMul of matrices',
    op: 'MatMul',
    inputs: [
      [3, 4],
      [4, 2],
    ],
  },
  {
    name: 'MatMul of a batch and a matrix',
    op: 'MatMul',
    inputs: [
      [2, 3, 4],
      [4, 2],
    ],
  },
  {
    name: 'MatMul of two batches',
    op: 'MatMul',
    inputs: [
      [2, 2, 3, 4],
      [2, 2, 4, 2],
    ],
  },
  {
    name: 'MatMul with broadcast batches',
    op: 'MatMul',
    inputs: [
      [2, 1, 3, 4],
      [3, 4, 2],
    ],
  },
  {
    name: 'MatMul of a matrix and a batch',
    op: 'MatMul',
    inputs: [
      [3, 4],
      [2, 4, 2],
    ],
  },
  { name: 'MatMul of a vector and a batch', op: 'MatMul', inputs: [[4], [2, 4, 3]] },
  { name: 'MatMul of a batch and a vector', op: 'MatMul', inputs: [[2, 3, 4], [4]] },
  { name: 'MatMul of a vector and a matrix', op: 'MatMul', inputs: [[4], [4, 3]] },
  { name: 'MatMul of two vectors', op: 'MatMul', inputs: [[4], [4]] },
  { name: 'Gemm with a bias row', op: 'Gemm', inputs: [[3, 4], [4, 2], [2]] },
  ...[0, 1].flatMap((transA) =>
    [0, 1].map((transB) => ({
      name: `Gemm scaled, transA ${String(transA)}, transB ${String(transB)}`,
      op: 'Gemm',
      inputs: [transA ? [4, 3] : [3, 4], transB ? [2, 4] : [4, 2], [3, 1]],
      attributes: { transA, transB, alpha: float(0.5), beta: float(2) },
    })),
  ),
];

const convolutions: readonly Form[] = [
  { name: '2-D with a bias', inputs: [[2, 3, 5, 4], [4, 3, 3, 3], [4]], attributes: { pads: [1, 1, 1, 1] } },
  {
    name: '2-D over a large area',
    inputs: [
      [1, 2, 12, 12],
      [3, 2, 3, 3],
    ],
    attributes: { pads: [1, 1, 1, 1] },
  },
  {
    name: '2-D over a large area, grouped and dilated',
    inputs: [
      [1, 2, 15, 13],
      [2, 1, 3, 2],
    ],
    attributes: { group: 2, dilations: [2, 1] },
  },
  {
    name: '2-D over a large area, in groups, strided along the rows',
    inputs: [
      [1, 4, 12, 23],
      [4, 2, 3, 3],
    ],
    attributes: { group: 2, strides: [1, 2], pads: [1, 1, 1, 1] },
  },
  {
    name: '2-D without pads',
    inputs: [
      [2, 2, 4, 5],
      [3, 2, 2, 3],
    ],
  },
  {
    name: '2-D pointwise',
    inputs: [
      [2, 3, 3, 4],
      [4, 3, 1, 1],
    ],
  },
  {
    name: '2-D pointwise, strided',
    inputs: [
      [2, 3, 5, 4],
      [4, 3, 1, 1],
    ],
    attributes: { strides: [2, 2] },
  },
  {
    name: '2-D pointwise, grouped',
    inputs: [
      [2, 4, 3, 4],
      [4, 2, 1, 1],
    ],
    attributes: { group: 2 },
  },
  {
    name: '2-D strided with asymmetric pads',
    inputs: [
      [2, 2, 6, 5],
      [3, 2, 3, 3],
    ],
    attributes: { strides: [2, 2], pads: [0, 1, 1, 0] },
  },
  {
    name: '2-D strided, not reaching the end',
    inputs: [
      [1, 2, 6, 8],
      [2, 2, 3, 3],
    ],
    attributes: { strides: [2, 3] },
  },
  {
    name: '2-D dilated and grouped',
    inputs: [
      [1, 4, 6, 6],
      [4, 2, 3, 2],
    ],
    attributes: { dilations: [2, 3], group: 2, pads: [2, 1, 2, 2] },
  },
  {
    name: '2-D with pads beyond the kernel',
    inputs: [
      [1, 2, 3, 3],
      [2, 2, 2, 2],
    ],
    attributes: { pads: [2, 2, 2, 2] },
  },
  {
    name: 'auto_pad SAME_UPPER',
    inputs: [
      [1, 2, 5, 6],
      [2, 2, 3, 2],
    ],
    attributes: { auto_pad: 'SAME_UPPER', strides: [2, 2] },
  },
  {
    name: 'auto_pad SAME_LOWER',
    inputs: [
      [1, 2, 5, 6],
      [2, 2, 3, 2],
    ],
    attributes: { auto_pad: 'SAME_LOWER', strides: [2, 1] },
  },
  {
    name: 'auto_pad VALID',
    inputs: [
      [1, 2, 5, 6],
      [2, 2, 3, 2],
    ],
    attributes: { auto_pad: 'VALID' },
  },
  { name: 'depthwise', inputs: [[2, 3, 5, 4], [3, 1, 3, 3], [3]], attributes: { group: 3, pads: [1, 1, 1, 1] } },
  {
    name: 'depthwise, strided',
    inputs: [
      [2, 3, 6, 6],
      [3, 1, 3, 3],
    ],
    attributes: { group: 3, strides: [2, 2], pads: [0, 0, 1, 1] },
  },
  {
    name: 'depthwise, two outputs a channel',
    inputs: [
      [1, 2, 5, 4],
      [4, 1, 3, 3],
    ],
    attributes: { group: 2, pads: [1, 1, 1, 1] },
  },
  {
    name: 'depthwise, dilated',
    inputs: [
      [1, 2, 6, 6],
      [2, 1, 3, 3],
    ],
    attributes: { group: 2, dilations: [2, 2], pads: [2, 2, 2, 2] },
  },
  { name: '1-D strided', inputs: [[2, 3, 9], [4, 3, 3], [4]], attributes: { strides: [2], pads: [1, 1] } },
  {
    name: '1-D causal and dilated',
    inputs: [
      [1, 2, 8],
      [3, 2, 3],
    ],
    attributes: { dilations: [2], pads: [4, 0] },
  },
  {
    name: '3-D',
    inputs: [
      [1, 2, 3, 4, 3],
      [2, 2, 2, 3, 2],
    ],
    attributes: { pads: [0, 1, 1, 1, 1, 0], strides: [1, 2, 1] },
  },
];

const transposed: readonly Form[] = [
  { name: '2-D with a bias', inputs: [[2, 3, 3, 4], [3, 2, 3, 3], [2]] },
  {
    name: '2-D strided with output padding',
    inputs: [
      [1, 3, 3, 4],
      [3, 2, 3, 3],
    ],
    attributes: { strides: [2, 2], pads: [1, 1, 1, 1], output_padding: [1, 1] },
  },
  {
    name: '2-D upsampling by two',
    inputs: [
      [1, 2, 3, 3],
      [2, 3, 2, 2],
    ],
    attributes: { strides: [2, 2] },
  },
  {
    name: '2-D grouped and dilated',
    inputs: [
      [1, 4, 3, 4],
      [4, 2, 2, 2],
    ],
    attributes: { group: 2, dilations: [2, 1], pads: [1, 0, 0, 1] },
  },
  {
    name: '1-D',
    inputs: [
      [2, 2, 5],
      [2, 3, 4],
    ],
    attributes: { strides: [2], pads: [1, 1] },
  },
  {
    name: 'auto_pad SAME_UPPER',
    inputs: [
      [1, 2, 3, 4],
      [2, 2, 3, 3],
    ],
    attributes: { auto_pad: 'SAME_UPPER', strides: [2, 2] },
  },
  {
    name: 'a given output shape',
    inputs: [
      [1, 2, 3, 4],
      [2, 2, 3, 3],
    ],
    attributes: { output_shape: [6, 8], strides: [2, 2] },
  },
];

describe.each([
  ['products', products],
  ['Conv', of('Conv', convolutions)],
  ['ConvTranspose', of('ConvTranspose', transposed)],
])('gradients of %s', (_, rows) => {
  it.each(rows)('$name', async (row) => {
    expect(await gradientError(row)).toBeLessThan(1e-3);
  });
});
