import { describe, expect, it } from 'vitest';
import { mainGraph, cloneModel, type Model } from '../../../src/onnx/model';
import { dimsOf, readFloats } from '../../../src/onnx/tensor';
import type { TensorValue } from '../../../src/onnx/tensorValue';
import { channelMoments } from '../../../src/evaluate/channelMoments';
import { normaliseModel } from '../../../src/runtime/normaliseModel';
import { createSession } from '../../../src/runtime/session';
import { bareConvolutions, insertBatchNorm } from '../../../src/train/step/insertBatchNorm';
import { sampleValues } from '../../fixtures/buildModel';
import { tinyNetwork } from './tinyTraining';

const samples = Array.from({ length: 8 }, (_, i) => ({
  inputs: {
    x: { type: 'float32', dims: [1, 2, 4, 4], data: Float32Array.from(sampleValues(32, i + 1)) } satisfies TensorValue,
  },
  source: `sample ${i}`,
}));

async function answers(model: Model): Promise<number[]> {
  const session = await createSession(model, { threads: 1 });
  const outputs: TensorValue[] = [];
  for (const { inputs } of samples) outputs.push(...Object.values(await session.run(inputs)));
  await session.release();
  return outputs.flatMap(({ data }) => [...(data as Float32Array)]);
}

async function inserted(model: Model): Promise<Model> {
  const tensors = new Map([...bareConvolutions(model).keys()].map((tensor) => [tensor, 1 as const]));
  const moments = await channelMoments(model, tensors, samples, { threads: 1, signal: new AbortController().signal });
  const copy = cloneModel(model);
  insertBatchNorm(copy, moments);
  return copy;
}

const operators = (model: Model): string[] => mainGraph(model).node.map(({ name, opType }) => `${opType} ${name}`);

describe('insertBatchNorm', () => {
  it('normalises behind every bare convolution, with filters as new ones, and changes no answer', async () => {
    const { model } = await normaliseModel(tinyNetwork(4), { feeds: null, minOpset: 15 });
    const normalised = await inserted(model);
    expect(operators(normalised).filter((text) => text.startsWith('BatchNormalization'))).toHaveLength(2);
    const before = await answers(model);
    const after = await answers(normalised);
    const largest = Math.max(...before.map(Math.abs));
    for (const [i, value] of after.entries()) expect(Math.abs(value - (before[i] ?? 0))).toBeLessThan(1e-4 * largest);
    const [filters] = mainGraph(normalised).initializer.filter((tensor) => dimsOf(tensor).length === 4);
    const values = filters ? readFloats(normalised, filters) : new Float32Array();
    const size = values.length / 4;
    for (let c = 0; c < 4; c++) {
      const squares = values.subarray(c * size, (c + 1) * size).reduce((sum, value) => sum + value * value, 0);
      expect(squares).toBeCloseTo(2, 4);
    }
  });

  it('is taken back by folding: the same nodes, the same answers', async () => {
    const { model } = await normaliseModel(tinyNetwork(4), { feeds: null, minOpset: 15 });
    const { model: folded } = await normaliseModel(await inserted(model), { feeds: [samples[0]?.inputs ?? {}] });
    expect(operators(folded)).toEqual(operators(model));
    const before = await answers(model);
    const after = await answers(folded);
    const largest = Math.max(...before.map(Math.abs));
    for (const [i, value] of after.entries()) expect(Math.abs(value - (before[i] ?? 0))).toBeLessThan(1e-4 * largest);
  });

  it('leaves convolutions that are normalised already', async () => {
    const model = tinyNetwork(4, { batchNorm: true });
    const bare = [...bareConvolutions(model).values()];
    expect(bare).toHaveLength(1); // tinyNetwork normalises its first convolution only
  });
});
