import { describe, expect, it } from 'vitest';
import { gradientError, type GradientCase } from './gradientCheck';

const lengths = { dims: [2], values: [3, 3], type: 'int32' } as const;

/** Inputs of a recurrent operator of so many gates: 3 steps, 2 samples, 3 features, 2 hidden values. */
function recurrentInputs(gates: number, directions: number): (readonly number[])[] {
  return [
    [3, 2, 3],
    [directions, gates * 2, 3],
    [directions, gates * 2, 2],
    [directions, 2 * gates * 2],
  ];
}

const forms: readonly GradientCase[] = [
  { name: 'LSTM', op: 'LSTM', inputs: recurrentInputs(4, 1), outputs: 3 },
  { name: 'LSTM without biases, last state only', op: 'LSTM', inputs: recurrentInputs(4, 1).slice(0, 3), outputs: 2 },
  {
    name: 'LSTM with initial states and lengths',
    op: 'LSTM',
    inputs: [...recurrentInputs(4, 1), lengths, [1, 2, 2], [1, 2, 2]],
    outputs: 3,
  },
  {
    name: 'LSTM in reverse',
    op: 'LSTM',
    inputs: recurrentInputs(4, 1),
    attributes: { direction: 'reverse' },
    outputs: 3,
  },
  {
    name: 'LSTM in both directions',
    op: 'LSTM',
    inputs: [...recurrentInputs(4, 2), null, [2, 2, 2], [2, 2, 2]],
    attributes: { direction: 'bidirectional' },
    outputs: 3,
  },
  { name: 'GRU', op: 'GRU', inputs: recurrentInputs(3, 1), outputs: 2 },
  {
    name: 'GRU with reset last',
    op: 'GRU',
    inputs: recurrentInputs(3, 1),
    attributes: { linear_before_reset: 1 },
    outputs: 2,
  },
  {
    name: 'GRU in both directions with initial states',
    op: 'GRU',
    inputs: [...recurrentInputs(3, 2), null, [2, 2, 2]],
    attributes: { direction: 'bidirectional', linear_before_reset: 1 },
    outputs: 2,
  },
];

const rows = forms.map((form): GradientCase => ({
  ...form,
  range: [-1, 1],
  attributes: { hidden_size: 2, ...form.attributes },
}));

describe('gradients of recurrent operators', () => {
  it.each(rows)('$name', async (row) => {
    expect(await gradientError(row)).toBeLessThan(1e-3);
  });
});
