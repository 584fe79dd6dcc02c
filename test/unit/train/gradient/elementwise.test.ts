import { describe, expect, it } from 'vitest';
import { gradientError, type GradientCase } from './gradientCheck';

const float = (value: number): { float: number } => ({ float: value });
const scalar = (value: number): { dims: []; values: number[] } => ({ dims: [], values: [value] });
const condition = { dims: [2, 1, 4], values: [1, 0, 0, 1, 1, 1, 0, 0], type: 'bool' } as const;

const binary: readonly GradientCase[] = ['Add', 'Sub', 'Mul', 'Min', 'Max', 'Sum', 'Mean'].flatMap((op) => [
  {
    name: `${op} of equal shapes`,
    op,
    inputs: [
      [3, 4],
      [3, 4],
    ],
  },
  {
    name: `${op} with broadcasting both ways`,
    op,
    inputs: [
      [2, 1, 4],
      [3, 1],
    ],
  },
]);

const unary: readonly GradientCase[] =
  'Neg Exp Abs Erf Sin Cos Atan Sinh Cosh Relu Sigmoid Tanh Softplus Softsign LeakyRelu Elu Selu HardSwish'
    .split(' ')
    .map((op) => ({ name: op, op, inputs: [[3, 5]] }));

const positive: readonly GradientCase[] = ['Sqrt', 'Log', 'Reciprocal', 'Tan'].map((op) => ({
  name: op,
  op,
  inputs: [[2, 5]],
  range: [0.5, 1.3],
}));

const rows: readonly GradientCase[] = [
  ...binary,
  ...unary,
  ...positive,
  {
    name: 'Div with broadcasting',
    op: 'Div',
    inputs: [
      [2, 3, 4],
      [3, 1],
    ],
    range: [0.6, 2],
  },
  { name: 'Min of three', op: 'Min', inputs: [[2, 3], [3], [2, 1]] },
  { name: 'Pow of tensors', op: 'Pow', inputs: [[2, 3], [3]], range: [0.5, 2.5] },
  { name: 'Pow by two', op: 'Pow', inputs: [[2, 3], scalar(2)] },
  { name: 'Pow by a half', op: 'Pow', inputs: [[2, 3], scalar(0.5)], range: [0.5, 2] },
  { name: 'Where', op: 'Where', inputs: [condition, [2, 3, 4], [4]] },
  { name: 'LeakyRelu with a slope', op: 'LeakyRelu', inputs: [[7]], attributes: { alpha: float(0.3) } },
  {
    name: 'PRelu per channel',
    op: 'PRelu',
    inputs: [
      [2, 3, 4],
      [3, 1],
    ],
  },
  { name: 'Elu with alpha', op: 'Elu', inputs: [[8]], attributes: { alpha: float(1.5) } },
  { name: 'Clip between constants', op: 'Clip', inputs: [[4, 5], scalar(-1.02), scalar(0.98)] },
  { name: 'Clip from below only', op: 'Clip', inputs: [[4, 5], scalar(-1.02)] },
  { name: 'HardSigmoid', op: 'HardSigmoid', inputs: [[4, 4]], range: [-3.1, 3.1] },
  {
    name: 'HardSigmoid with attributes',
    op: 'HardSigmoid',
    inputs: [[4, 4]],
    attributes: { alpha: float(0.5), beta: float(0.4) },
  },
  { name: 'HardSwish beyond its kinks', op: 'HardSwish', inputs: [[4, 5]], range: [-4.1, 4.1] },
  { name: 'Gelu, exact', op: 'Gelu', inputs: [[3, 5]], opset: 20 },
  { name: 'Gelu by tanh', op: 'Gelu', inputs: [[3, 5]], opset: 20, attributes: { approximate: 'tanh' } },
  { name: 'Mish', op: 'Mish', inputs: [[3, 5]] },
  { name: 'Softmax of the last axis', op: 'Softmax', inputs: [[3, 4]] },
  { name: 'Softmax of a middle axis', op: 'Softmax', inputs: [[2, 3, 2]], attributes: { axis: 1 } },
  { name: 'LogSoftmax', op: 'LogSoftmax', inputs: [[2, 3, 4]], attributes: { axis: -2 } },
];

describe('gradients of elementwise operators', () => {
  it.each(rows)('$name', async (row) => {
    expect(await gradientError(row)).toBeLessThan(1e-3);
  });
});
