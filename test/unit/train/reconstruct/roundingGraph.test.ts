import { expect, it } from 'vitest';
import type { Bounds } from '../../../../src/onnx/activationBounds';
import type { TensorMap, TensorValue } from '../../../../src/onnx/tensorValue';
import { createSession } from '../../../../src/runtime/session';
import { buildOutputChange, buildRoundingStep, roundingStart } from '../../../../src/train/reconstruct/roundingGraph';
import { normalNumbers } from '../../quantize/fixtures';

const SHAPE = { groups: 2, depth: 3, outputs: 2 };
const ROWS = 5;
const WEIGHT = [2, 3, 2];
const OUTPUT = [2, ROWS, 2];
const SETTINGS = { errorScale: 0.7, pull: 0.05, beta: 3, rate: 0.02 };

const tensor = (dims: readonly number[], numbers: readonly number[]): TensorValue => ({
  type: 'float32',
  dims,
  data: Float32Array.from(numbers),
});
const variables = normalNumbers(12, 1, 0.8);
const step = normalNumbers(12, 2, 0.4);
const inputs = normalNumbers(2 * ROWS * 3, 3);
const lower = normalNumbers(2 * ROWS * 2, 4);
const wanted = normalNumbers(2 * ROWS * 2, 5).map((value) => Math.max(0, value));
const at = (values: readonly number[], i: number): number => values[i] ?? NaN;

const shareOf = (v: number): number => Math.min(1, Math.max(0, 1.2 / (1 + Math.exp(-v)) - 0.1));

/** The loss as the documentation of the graph has it, number by number. */
function loss(v: readonly number[], { low, high }: Bounds): number {
  let sum = 0;
  for (let group = 0; group < 2; group++)
    for (let row = 0; row < ROWS; row++)
      for (let output = 0; output < 2; output++) {
        const place = (group * ROWS + row) * 2 + output;
        let value = at(lower, place);
        for (let i = 0; i < 3; i++) {
          const weight = (group * 3 + i) * 2 + output;
          value += at(inputs, (group * ROWS + row) * 3 + i) * at(step, weight) * shareOf(at(v, weight));
        }
        sum += (Math.min(high, Math.max(low, value)) - at(wanted, place)) ** 2;
      }
  const regular = v.reduce((total, x) => total + 1 - Math.abs(2 * shareOf(x) - 1) ** SETTINGS.beta, 0);
  return (SETTINGS.errorScale * sum) / ROWS + SETTINGS.pull * regular;
}

async function run(bounds: Bounds | undefined): Promise<TensorMap> {
  const session = await createSession(buildRoundingStep(SHAPE, ROWS, bounds), { threads: 1 });
  const scalars = { ...SETTINGS, correction1: 0.1, correction2: 0.001 };
  try {
    return await session.run({
      variables: tensor(WEIGHT, variables),
      step: tensor(WEIGHT, step),
      first: tensor(WEIGHT, new Array<number>(12).fill(0)),
      second: tensor(WEIGHT, new Array<number>(12).fill(0)),
      inputs: tensor([2, ROWS, 3], inputs),
      lower: tensor(OUTPUT, lower),
      wanted: tensor(OUTPUT, wanted),
      ...Object.fromEntries(Object.entries(scalars).map(([name, value]) => [name, tensor([], [value])])),
    });
  } finally {
    await session.release();
  }
}

it.each<[string, Bounds | undefined]>([
  ['without an activation function', undefined],
  ['behind a Relu', { low: 0, high: Infinity }],
  ['behind a Clip', { low: 0, high: 1 }],
])('follows the gradient of its loss, %s', async (_, bounds) => {
  const results = await run(bounds);
  const limits = bounds ?? { low: -Infinity, high: Infinity };
  // After one step from nothing, Adam's first moment is a tenth of the gradient.
  const found = Array.from(results[`first'`]?.data as Float32Array, (value) => value * 10);
  const h = 1e-5;
  const expected = variables.map((_value, i) => {
    const moved = (by: number): number[] => variables.map((value, j) => (i === j ? value + by : value));
    return (loss(moved(h), limits) - loss(moved(-h), limits)) / (2 * h);
  });
  found.forEach((value, i) => expect(value, `variable ${i}`).toBeCloseTo(at(expected, i), 4));
  const next = results[`variables'`]?.data as Float32Array;
  next.forEach((value, i) =>
    expect(value).toBeCloseTo(at(variables, i) - SETTINGS.rate * Math.sign(at(expected, i)), 4),
  );
});

it('starts at the share that a weight lies above its lower level', () => {
  for (const share of [0, 0.01, 0.5, 0.99, 1]) expect(shareOf(roundingStart(share))).toBeCloseTo(share, 6);
});

it('gives the outputs after weights changed', async () => {
  const session = await createSession(buildOutputChange(SHAPE, ROWS), { threads: 1 });
  const feeds = {
    base: tensor(OUTPUT, lower),
    inputs: tensor([2, ROWS, 3], inputs),
    change: tensor(WEIGHT, step),
  };
  const results = await session.run(feeds);
  await session.release();
  const found = results['outputs']?.data as Float32Array;
  // Group 1, row 2, output 1.
  const products = [0, 1, 2].map((i) => at(inputs, (ROWS + 2) * 3 + i) * at(step, (3 + i) * 2 + 1));
  const place = (ROWS + 2) * 2 + 1;
  expect(found[place]).toBeCloseTo(at(lower, place) + products.reduce((a, b) => a + b, 0), 5);
});
