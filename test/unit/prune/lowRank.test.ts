import { describe, expect, it } from 'vitest';
import { makeNode } from '../../../src/onnx/attributes';
import { mainGraph, type Model } from '../../../src/onnx/model';
import { dimsOf } from '../../../src/onnx/tensor';
import { factoriseWeights } from '../../../src/prune/lowRank/factorise';
import { multiply, singularValues } from '../../../src/prune/lowRank/singularValues';
import { buildModel, initializerOf, sampleValues } from '../../fixtures/buildModel';
import { normalValue, runOptimized, sqnrDb } from '../quantize/fixtures';

const random = (count: number, seed: number): Float64Array => Float64Array.from(sampleValues(count, seed));

function differences(a: Float64Array, b: Float64Array): number {
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
}

describe('singularValues', () => {
  it.each([
    [7, 5],
    [5, 7],
    [6, 6],
  ])('gives a %i x %i matrix back at full rank, with orthonormal rows on the right', (rows, columns) => {
    const matrix = random(rows * columns, 3);
    const rank = Math.min(rows, columns);
    const { left, right, values } = singularValues(matrix, rows, columns, rank);
    expect(differences(multiply(left, right, rows, rank, columns), matrix)).toBeLessThan(1e-12);
    for (let a = 0; a < rank; a++)
      for (let b = 0; b < rank; b++) {
        let sum = 0;
        for (let c = 0; c < columns; c++) sum += right[a * columns + c]! * right[b * columns + c]!;
        expect(sum).toBeCloseTo(a === b ? 1 : 0, 8);
      }
    expect([...values]).toEqual([...values].sort((a, b) => b - a));
    const energy = matrix.reduce((sum, value) => sum + value * value, 0);
    expect(values.reduce((sum, value) => sum + value * value, 0)).toBeCloseTo(energy, 10);
  });

  it('finds the values of a known matrix', () => {
    // [[3, 0], [4, 5]] has the singular values sqrt(45) and sqrt(5).
    const { values } = singularValues(Float64Array.of(3, 0, 4, 5), 2, 2, 2);
    expect(values[0]).toBeCloseTo(Math.sqrt(45), 12);
    expect(values[1]).toBeCloseTo(Math.sqrt(5), 12);
  });

  it('through a random range comes to the same as the whole decomposition', () => {
    const decay = Float64Array.from({ length: 80 }, (_, i) => 0.8 ** i);
    const factors = random(120 * 80, 4).map((value, i) => value * decay[i % 80]!);
    const matrix = multiply(factors, random(80 * 90, 5), 120, 80, 90);
    const whole = singularValues(matrix, 120, 90, 90);
    const cut = singularValues(matrix, 120, 90, 12);
    for (let i = 0; i < 12; i++) expect(cut.values[i]! / whole.values[i]!).toBeCloseTo(1, 6);
    const error = multiply(cut.left, cut.right, 120, 12, 90).map((value, i) => value - matrix[i]!);
    const left = Math.sqrt(error.reduce((sum, value) => sum + value * value, 0));
    expect(left).toBeCloseTo(Math.hypot(...whole.values.slice(12)), 5);
  });
});

/** Weights of rank 3 and a bit of noise. */
function nearlyRank3(rows: number, columns: number, seed: number): number[] {
  const noise = random(rows * columns, seed + 2);
  return [...multiply(random(rows * 3, seed), random(3 * columns, seed + 1), rows, 3, columns)].map(
    (value, i) => value + noise[i]! * 1e-4,
  );
}

function network(): Model {
  return buildModel({
    inputs: { x: ['float32', [2, 24, 6, 6]] },
    outputs: { y: ['float32', [2, 20]] },
    initializers: {
      conv: { dims: [32, 24, 1, 1], values: nearlyRank3(32, 24, 1) },
      bias: { dims: [32], values: sampleValues(32) },
      matmul: { dims: [32, 28], values: nearlyRank3(32, 28, 5) },
      gemm: { dims: [20, 28], values: nearlyRank3(20, 28, 9) },
      beta: { dims: [20], values: sampleValues(20) },
      small: { dims: [2, 2], values: [1, 2, 3, 4] },
    },
    nodes: [
      makeNode('Conv', 'conv', ['x', 'conv', 'bias'], ['a'], { strides: [2, 2], kernel_shape: [1, 1] }),
      makeNode('GlobalAveragePool', 'pool', ['a'], ['b']),
      makeNode('Flatten', 'flat', ['b'], ['c']),
      makeNode('MatMul', 'matmul', ['c', 'matmul'], ['d']),
      makeNode('Gemm', 'gemm', ['d', 'gemm', 'beta'], ['y'], { transB: 1, beta: { float: 2 } }),
    ],
  });
}

describe('factoriseWeights', () => {
  const feeds = [{ x: normalValue([2, 24, 6, 6], 3) }];

  it('replaces layers by two at the rank that keeps the energy', async () => {
    const model = network();
    const { layers, mapping } = await factoriseWeights(model, { method: 'low-rank', energy: 0.99999 }, { seed: 0 });
    expect(layers.map(({ node, rank }) => [node, rank])).toEqual([
      ['conv', 3],
      ['matmul', 3],
      ['gemm', 3],
    ]);
    for (const { energy } of layers) expect(energy).toBeGreaterThan(0.99999);
    expect(mapping[1]).toEqual({ source: 'matmul', targets: ['matmul_low_rank', 'matmul'] });
    expect(dimsOf(initializerOf(model, 'conv_right'))).toEqual([3, 24, 1, 1]);
    expect(dimsOf(initializerOf(model, 'matmul_right'))).toEqual([32, 3]);
    expect(mainGraph(model).initializer.map(({ name }) => name)).not.toContain('conv');
    const before = await runOptimized(network(), feeds);
    expect(sqnrDb(before, await runOptimized(model, feeds))).toBeGreaterThan(60);
  });

  it('takes ranks away by amount, and leaves what saves nothing or is not faster', async () => {
    const model = network();
    const { layers, kept } = await factoriseWeights(
      model,
      { method: 'low-rank', amount: 0.5, protect: ['gemm'], layers: { conv: 0 } },
      { seed: 0, isFaster: (node) => Promise.resolve(node.name !== 'matmul') },
    );
    expect(layers).toEqual([]);
    expect(kept.map(({ node, reason }) => [node, reason])).toEqual([
      ['gemm', 'Protected by gemm.'],
      ['conv', 'The rank that it needs saves no work.'],
      ['matmul', 'Two layers are no faster here.'],
    ]);
    expect(await runOptimized(model, feeds)).toEqual(await runOptimized(network(), feeds));
    const half = network();
    const cut = await factoriseWeights(
      half,
      { method: 'low-rank', amount: 0.5, protect: ['conv', 'gemm'] },
      { seed: 0 },
    );
    expect(cut.layers).toMatchObject([{ node: 'matmul', rows: 28, columns: 32, rank: 7 }]);
  });
});
