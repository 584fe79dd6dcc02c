import { describe, expect, it } from 'vitest';
import type { Dataset, Sample } from '../../../src/data/dataset';
import { makeNode } from '../../../src/onnx/attributes';
import type { Model } from '../../../src/onnx/model';
import { concreteTypes } from '../../../src/prune/coupling/concreteTypes';
import { couple } from '../../../src/prune/coupling/couple';
import { gradientScores, requireLabels } from '../../../src/recipe/gradientScores';
import type { QuantizeSamples } from '../../../src/recipe/quantizeSamples';
import { CancelledError } from '../../../src/util/pressError';
import { buildModel } from '../../fixtures/buildModel';

const FIRST = [
  [1, -1],
  [2, 0.5],
  [-1, 1],
];
const BIAS = [0.25, -0.5, 0.5];
const SECOND = [
  [0.5, -1, 2],
  [1, 0.25, -0.5],
];
const SAMPLES = [
  { x: [1, 2], label: 0 },
  { x: [2, -1], label: 1 },
];

/** Two inputs, three hidden units, two classes. */
function network(): Model {
  return buildModel({
    inputs: { x: ['float32', [1, 2]] },
    outputs: { y: ['float32', [1, 2]] },
    initializers: {
      first: { dims: [3, 2], values: FIRST.flat() },
      bias: { dims: [3], values: BIAS },
      second: { dims: [2, 3], values: SECOND.flat() },
    },
    nodes: [
      makeNode('Gemm', 'hidden', ['x', 'first', 'bias'], ['h'], { transB: 1 }),
      makeNode('Relu', 'relu', ['h'], ['r']),
      makeNode('Gemm', 'head', ['r', 'second'], ['y'], { transB: 1 }),
    ],
  });
}

function samplesWith(hasLabels: boolean): QuantizeSamples {
  const sampleAt = (index: number): Sample => {
    const { x, label } = SAMPLES[index]!;
    return {
      inputs: { x: { type: 'float32', dims: [1, 2], data: Float32Array.from(x) } },
      ...(hasLabels ? { label } : {}),
      index,
      source: `sample ${index}`,
    };
  };
  const dataset = {
    count: SAMPLES.length,
    hasLabels,
    description: '2 samples',
    read: (index: number) => Promise.resolve(sampleAt(index)),
  } as unknown as Dataset; // what scores read of it
  const part = { dataset, start: 0, count: SAMPLES.length };
  return { calibration: part, evaluation: part, uncalibrated: false, warnings: [] };
}

const running = () => ({ threads: 1, onProgress: () => undefined, signal: new AbortController().signal });

async function scored(samples: QuantizeSamples, context = running()) {
  const model = network();
  const sample = await samples.calibration.dataset.read(0);
  const coupling = couple(model, await concreteTypes(model, sample.inputs));
  return gradientScores(model, coupling, samples, context);
}

/** What the loss changes by to first order when a hidden unit goes: its value times the gradient at it. */
function expectedScores(): number[] {
  const total = [0, 0, 0];
  for (const { x, label } of SAMPLES) {
    const hidden = FIRST.map((row, c) => Math.max(0, row[0]! * x[0]! + row[1]! * x[1]! + BIAS[c]!));
    const powers = SECOND.map((row) => Math.exp(row.reduce((sum, weight, c) => sum + weight * hidden[c]!, 0)));
    const sum = powers.reduce((a, b) => a + b);
    const errors = powers.map((power, k) => power / sum - (k === label ? 1 : 0));
    hidden.forEach((value, c) => {
      const gradient = errors.reduce((all, error, k) => all + error * SECOND[k]![c]!, 0);
      total[c]! += Math.abs(value * gradient) / SAMPLES.length;
    });
  }
  return total;
}

describe('gradientScores', () => {
  it('gives every unit the change of the loss without it, to first order, averaged over the samples', async () => {
    const scores = await scored(samplesWith(true));
    expect([...scores.keys()]).toEqual(['hidden']);
    // The layer that makes a unit, its bias included, and the one that reads it say the same of it.
    const expected = expectedScores();
    expect(Math.min(...expected)).toBeGreaterThan(0);
    [...scores.get('hidden')!].forEach((score, c) => expect(score).toBeCloseTo(expected[c]!, 6));
  });

  it('can be cancelled', async () => {
    const context = { ...running(), signal: AbortSignal.abort() };
    await expect(scored(samplesWith(true), context)).rejects.toBeInstanceOf(CancelledError);
  });
});

describe('requireLabels', () => {
  const params = { model: '/models/net.onnx', settings: { method: 'channel', importance: 'taylor' } } as const;

  it('refuses samples without labels, and none', () => {
    const without = samplesWith(false);
    expect(() => requireLabels(params, without)).toThrow('2 samples has none');
    expect(() => requireLabels(params, { ...samplesWith(true), uncalibrated: true })).toThrow(
      'needs samples with labels',
    );
    expect(() => requireLabels(params, samplesWith(true))).not.toThrow();
    expect(() => requireLabels({ ...params, settings: { method: 'channel' } }, without)).not.toThrow();
  });
});
