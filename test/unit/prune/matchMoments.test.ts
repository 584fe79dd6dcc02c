import { describe, expect, it } from 'vitest';
import type { Sample } from '../../../src/data/dataset';
import { makeNode } from '../../../src/onnx/attributes';
import { cloneModel, mainGraph, type Model } from '../../../src/onnx/model';
import { readFloats } from '../../../src/onnx/tensor';
import { applyMasks } from '../../../src/prune/masks/applyMasks';
import { channelMoments } from '../../../src/evaluate/channelMoments';
import { matchMoments } from '../../../src/prune/recalibration/matchMoments';
import { inferTensorTypes } from '../../../src/runtime/tensorTypes';
import { createRandom } from '../../../src/util/random';
import { buildModel, sampleValues } from '../../fixtures/buildModel';

const options = { threads: 1, signal: new AbortController().signal };

/** Two Convs with Relu between, pooled into a Gemm and a MatMul with an Add. */
function network(): Model {
  return buildModel({
    inputs: { x: ['float32', [1, 3, 6, 6]] },
    outputs: { y: ['float32', [1, 4]] },
    initializers: {
      first: { dims: [8, 3, 3, 3], values: sampleValues(216, 1) },
      second: { dims: [8, 8, 3, 3], values: sampleValues(576, 2) },
      gemm: { dims: [8, 8], values: sampleValues(64, 3) },
      matmul: { dims: [8, 4], values: sampleValues(32, 4) },
      add: { dims: [4], values: sampleValues(4, 5) },
    },
    nodes: [
      makeNode('Conv', 'conv1', ['x', 'first'], ['a']),
      makeNode('Relu', 'relu', ['a'], ['b']),
      makeNode('Conv', 'conv2', ['b', 'second'], ['c']),
      makeNode('GlobalAveragePool', 'pool', ['c'], ['d']),
      makeNode('Flatten', 'flat', ['d'], ['e']),
      makeNode('Gemm', 'gemm', ['e', 'gemm'], ['f'], { transB: 1 }),
      makeNode('MatMul', 'matmul', ['f', 'matmul'], ['g']),
      makeNode('Add', 'add', ['g', 'add'], ['y']),
    ],
  });
}

function drawSamples(count: number): Sample[] {
  const random = createRandom(7);
  return Array.from({ length: count }, (_, index) => ({
    index,
    source: String(index),
    inputs: {
      x: { type: 'float32', dims: [1, 3, 6, 6], data: Float32Array.from({ length: 108 }, () => random.normal()) },
    },
  }));
}

describe('channelMoments', () => {
  it('agrees with sums over samples and positions', async () => {
    const samples = drawSamples(5);
    const { mean, deviation } = (await channelMoments(network(), new Map([['x', 1]]), samples, options)).get('x') ?? {};
    const values = [0, 1, 2].map((c) =>
      samples.flatMap(({ inputs }) => [...(inputs['x']!.data as Float32Array).subarray(36 * c, 36 * c + 36)]),
    );
    values.forEach((of, c) => {
      const average = of.reduce((a, b) => a + b) / of.length;
      expect(mean![c]).toBeCloseTo(average, 6);
      expect(deviation![c]).toBeCloseTo(Math.sqrt(of.reduce((a, b) => a + (b - average) ** 2, 0) / of.length), 6);
    });
  });
});

describe('matchMoments', () => {
  it('gives every layer of a sparse model its mean and deviation back, and keeps zeros zero', async () => {
    const original = network();
    const masked = cloneModel(original);
    applyMasks(masked, { method: 'magnitude', amount: 0.4, scope: 'local' });
    const zerosOf = (model: Model): number[] =>
      mainGraph(model)
        .initializer.filter(({ name }) => ['first', 'second', 'gemm'].includes(name))
        .map((tensor) => readFloats(model, tensor).filter((value) => value === 0).length);
    const zeros = zerosOf(masked);
    const samples = drawSamples(64);
    const types = await inferTensorTypes(original);
    const tensors = new Map<string, 1 | -1>([
      ['a', 1],
      ['c', 1],
      ['f', -1],
      ['y', -1],
    ]);
    const wanted = await channelMoments(original, tensors, samples, options);
    const before = await channelMoments(masked, tensors, samples, options);
    expect(await matchMoments({ original, masked, types, samples }, options)).toEqual([
      'conv1',
      'conv2',
      'gemm',
      'matmul',
    ]);
    const after = await channelMoments(masked, tensors, samples, options);
    expect(zerosOf(masked)).toEqual(zeros);
    for (const [name, want] of wanted) {
      const farthest = (found: typeof after): number =>
        Math.max(...want.mean.map((mean, c) => Math.abs(mean - (found.get(name)?.mean[c] ?? 0))));
      expect(farthest(before)).toBeGreaterThan(20 * farthest(after));
      expect(farthest(after)).toBeLessThan(1e-4);
    }
    // Convs have so many weights that no channel comes to the limits of the scale.
    for (const name of ['a', 'c'])
      wanted.get(name)!.deviation.forEach((want, c) => expect(after.get(name)!.deviation[c]! / want).toBeCloseTo(1, 4));
  });
});
