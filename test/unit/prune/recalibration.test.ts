import { describe, expect, it } from 'vitest';
import { makeNode } from '../../../src/onnx/attributes';
import { cloneModel, type Model } from '../../../src/onnx/model';
import { applyMasks } from '../../../src/prune/masks/applyMasks';
import { batchNormMeans } from '../../../src/prune/recalibration/batchNormMeans';
import { layerInputs } from '../../../src/prune/recalibration/layerInputs';
import { recalibrateBiases } from '../../../src/prune/recalibration/recalibrateBiases';
import { inferTensorTypes } from '../../../src/runtime/tensorTypes';
import { createRandom } from '../../../src/util/random';
import { buildModel, sampleValues } from '../../fixtures/buildModel';
import { runOptimized } from '../quantize/fixtures';

/** A Conv without padding, pooled into a MatMul with an Add and a Gemm with alpha and beta. */
function network(): Model {
  return buildModel({
    inputs: { x: ['float32', [64, 4, 5, 5]] },
    outputs: { y: ['float32', [64, 3]] },
    initializers: {
      conv: { dims: [6, 4, 3, 3], values: sampleValues(216, 1) },
      matmul: { dims: [6, 8], values: sampleValues(48, 2) },
      add: { dims: [8], values: sampleValues(8, 3) },
      gemm: { dims: [3, 8], values: sampleValues(24, 4) },
      bias: { dims: [3], values: sampleValues(3, 5) },
    },
    nodes: [
      makeNode('Conv', 'conv', ['x', 'conv'], ['a']),
      makeNode('GlobalAveragePool', 'pool', ['a'], ['b']),
      makeNode('Flatten', 'flat', ['b'], ['c']),
      makeNode('MatMul', 'matmul', ['c', 'matmul'], ['d']),
      makeNode('Add', 'add', ['d', 'add'], ['e']),
      makeNode('Gemm', 'gemm', ['e', 'gemm', 'bias'], ['y'], { transB: 1, alpha: { float: 2 }, beta: { float: 0.5 } }),
    ],
  });
}

const meansOf = (data: Float32Array, channels: number, inner: number): Float64Array => {
  const sums = new Float64Array(channels);
  data.forEach((value, i) => (sums[Math.floor(i / inner) % channels]! += (value * channels) / data.length));
  return sums;
};

describe('recalibrateBiases', () => {
  it('keeps the mean of every output of a linear network where weights went', async () => {
    const original = network();
    const random = createRandom(9);
    // The same at every position, so that the mean of a channel is that under every weight of a kernel.
    const drawn = Array.from({ length: 256 }, () => random.normal() + 2);
    const data = Float32Array.from({ length: 6400 }, (_, i) => drawn[Math.floor(i / 25)] ?? 0);
    const feeds = [{ x: { type: 'float32' as const, dims: [64, 4, 5, 5], data } }];
    const masked = cloneModel(original);
    applyMasks(masked, { method: 'magnitude', amount: 0.5, scope: 'local' });
    const types = await inferTensorTypes(original);
    expect([...layerInputs(original)]).toEqual([
      ['x', 1],
      ['c', -1],
      ['e', -1],
    ]);
    const exposed = buildExposed(original);
    const [inner] = await runOptimized(exposed, feeds);
    const means = new Map([
      ['x', meansOf(data, 4, 25)],
      ['c', meansOf(inner!['c']!.data as Float32Array, 6, 1)],
      ['e', meansOf(inner!['e']!.data as Float32Array, 8, 1)],
    ]);
    const meanOutput = async (model: Model): Promise<number[]> => {
      const [outputs] = await runOptimized(model, feeds);
      return [...meansOf(outputs!['y']!.data as Float32Array, 3, 1)];
    };
    const wanted = await meanOutput(original);
    const shifted = await meanOutput(masked);
    expect(recalibrateBiases({ original, masked, types, means })).toEqual(['conv', 'matmul', 'gemm']);
    const corrected = await meanOutput(masked);
    wanted.forEach((value, c) => {
      expect(Math.abs(shifted[c]! - value)).toBeGreaterThan(0.1);
      expect(corrected[c]).toBeCloseTo(value, 3);
    });
  });
});

function buildExposed(model: Model): Model {
  const copy = cloneModel(model);
  const graph = copy.proto.graph!;
  const [y] = graph.output;
  for (const name of ['c', 'e']) graph.output.push({ ...y!, name, type: undefined } as unknown as typeof y & object);
  return copy;
}

describe('batchNormMeans', () => {
  it('agrees with drawn values behind Relu, Clip and an addition', () => {
    const model = buildModel({
      inputs: { x: ['float32', [1, 2, 1, 1]] },
      outputs: { s: ['float32', [1, 2, 1, 1]] },
      initializers: {
        scale: { dims: [2], values: [2, -0.5] },
        bias: { dims: [2], values: [-1, 3] },
        zero: { dims: [2], values: [0] },
        one: { dims: [2], values: [1] },
        low: { dims: [], values: [0] },
        high: { dims: [], values: [2.5] },
      },
      nodes: [
        makeNode('BatchNormalization', 'bn', ['x', 'scale', 'bias', 'zero', 'one'], ['b']),
        makeNode('Relu', 'relu', ['b'], ['r']),
        makeNode('Clip', 'clip', ['b', 'low', 'high'], ['c']),
        makeNode('Add', 'sum', ['r', 'b2'], ['s']),
        makeNode('BatchNormalization', 'bn2', ['x', 'scale', 'bias', 'zero', 'one'], ['b2']),
      ],
    });
    const means = batchNormMeans(model);
    const random = createRandom(4);
    const drawn = [0, 1].map((c) =>
      Array.from({ length: 200_000 }, () => random.normal() * [2, 0.5][c]! + [-1, 3][c]!),
    );
    const average = (values: readonly number[]): number => values.reduce((a, b) => a + b) / values.length;
    drawn.forEach((values, c) => {
      expect(means.get('b')![c]).toBeCloseTo([-1, 3][c]!, 9);
      expect(means.get('r')![c]).toBeCloseTo(average(values.map((value) => Math.max(0, value))), 1.7);
      expect(means.get('c')![c]).toBeCloseTo(average(values.map((value) => Math.min(2.5, Math.max(0, value)))), 1.7);
    });
    expect(means.has('s')).toBe(false); // its other term comes later in the graph
  });
});
