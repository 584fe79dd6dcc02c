import { describe, expect, it } from 'vitest';
import { makeNode } from '../../../src/onnx/attributes';
import { cloneModel, mainGraph, type Model } from '../../../src/onnx/model';
import { readFloats } from '../../../src/onnx/tensor';
import type { PruneSettings } from '../../../src/protocol';
import { applyMasks } from '../../../src/prune/masks/applyMasks';
import { maskedTensors, writeMaskMetadata } from '../../../src/prune/masks/maskMetadata';
import { withSparseInitializers } from '../../../src/prune/masks/sparseModel';
import { smallest } from '../../../src/prune/selection/smallest';
import { modelBytes, modelSizeBytes } from '../../../src/runtime/modelFile';
import { buildModel, initializerOf, sampleValues } from '../../fixtures/buildModel';
import { normalValue, runOptimized } from '../quantize/fixtures';

/** A Conv, a MatMul and a transposed Gemm; the MatMul has values a tenth as large. */
function network(): Model {
  return buildModel({
    inputs: { x: ['float32', [1, 8, 4, 4]] },
    outputs: { y: ['float32', [1, 6]] },
    initializers: {
      conv: { dims: [16, 8, 3, 3], values: sampleValues(1152, 1) },
      matmul: { dims: [16, 12], values: sampleValues(192, 2).map((value) => value / 10) },
      gemm: { dims: [6, 12], values: sampleValues(72, 3) },
    },
    nodes: [
      makeNode('Conv', 'conv', ['x', 'conv'], ['a'], { pads: [1, 1, 1, 1] }),
      makeNode('GlobalAveragePool', 'pool', ['a'], ['b']),
      makeNode('Flatten', 'flat', ['b'], ['c']),
      makeNode('MatMul', 'matmul', ['c', 'matmul'], ['d']),
      makeNode('Gemm', 'gemm', ['d', 'gemm'], ['y'], { transB: 1 }),
    ],
  });
}

function masked(settings: PruneSettings): { model: Model; values: (name: string) => number[]; outcome: unknown } {
  const model = network();
  const outcome = applyMasks(model, settings);
  return { model, outcome, values: (name) => [...readFloats(model, initializerOf(model, name))] };
}

function original(name: string): number[] {
  const model = network();
  return [...readFloats(model, initializerOf(model, name))];
}

const zeros = (values: readonly number[]): number => values.filter((value) => value === 0).length;

describe('smallest', () => {
  it('marks as many as a sort would, ties in order, NaN last', () => {
    const values = sampleValues(501, 7).map((value) => Math.round(value * 20) / 20);
    values[3] = NaN;
    const parts = [Float64Array.from(values.slice(0, 200)), Float64Array.from(values.slice(200))];
    for (const count of [0, 1, 17, 250, 501]) {
      const order = values
        .map((value, i) => ({ value: Number.isNaN(value) ? Infinity : value, i }))
        .sort((a, b) => a.value - b.value || a.i - b.i);
      const expected = new Set(order.slice(0, count).map(({ i }) => i));
      const flags = smallest(parts, count).flatMap((part) => [...part]);
      expect(flags.flatMap((flag, i) => (flag ? [i] : []))).toEqual([...expected].sort((a, b) => a - b));
    }
  });
});

describe('magnitude masks', () => {
  it('remove the same share of every layer, or the smallest of all', () => {
    const local = masked({ method: 'magnitude', amount: 0.25, scope: 'local' });
    expect(['conv', 'matmul', 'gemm'].map((name) => zeros(local.values(name)))).toEqual([288, 48, 18]);
    const global = masked({ method: 'magnitude', amount: 0.25 });
    const counts = ['conv', 'matmul', 'gemm'].map((name) => zeros(global.values(name)));
    expect(counts.reduce((a, b) => a + b)).toBe(354);
    expect(counts[1]).toBeGreaterThan(150); // its values are a tenth as large
  });

  it('keep what is larger than anything removed, and take own amounts and protected nodes', () => {
    const before = original('conv');
    const { values, outcome } = masked({
      method: 'magnitude',
      amount: 0.5,
      layers: { conv: 0.75 },
      protect: ['gemm'],
    });
    const after = values('conv');
    const kept = before.filter((_, i) => after[i] !== 0).map(Math.abs);
    const gone = before.filter((_, i) => after[i] === 0).map(Math.abs);
    expect(gone).toHaveLength(864);
    expect(Math.max(...gone)).toBeLessThanOrEqual(Math.min(...kept));
    expect([zeros(values('matmul')), zeros(values('gemm'))]).toEqual([96, 0]);
    expect(outcome).toMatchObject({ kept: [{ node: 'gemm', reason: 'Protected by gemm.' }] });
  });
});

describe('N:M masks', () => {
  it.each([
    ['conv', (o: number, k: number) => o * 72 + k, 16, 72],
    ['matmul', (n: number, k: number) => k * 12 + n, 12, 16],
    ['gemm', (n: number, k: number) => n * 12 + k, 6, 12],
  ] as const)('keep exactly the two largest of four along the inputs of %s', (name, at, outputs, inputs) => {
    const before = original(name);
    const after = masked({ method: 'nm' }).values(name);
    for (let o = 0; o < outputs; o++) {
      for (let k = 0; k < inputs; k += 4) {
        const four = [0, 1, 2, 3].map((i) => at(o, k + i));
        const wanted = [...four].sort((a, b) => Math.abs(before[b]!) - Math.abs(before[a]!)).slice(0, 2);
        expect(four.filter((i) => after[i] !== 0).sort()).toEqual(wanted.sort());
      }
    }
  });

  it('leaves layers alone that do not divide, with the reason', () => {
    const { outcome, values } = masked({ method: 'nm', nm: [1, 8] });
    expect(zeros(values('conv'))).toBe(1008);
    expect(zeros(values('gemm'))).toBe(0);
    expect(outcome).toMatchObject({
      kept: [{ node: 'gemm', reason: 'It sums over 12 inputs, which are not a multiple of 8.' }],
    });
  });
});

describe('block masks', () => {
  it('remove whole blocks of outputs x inputs', () => {
    const { values } = masked({ method: 'block', amount: 0.5, block: [4, 2], scope: 'local' });
    const after = values('matmul'); // [K, N]
    let empty = 0;
    for (let n = 0; n < 12; n += 4) {
      for (let k = 0; k < 16; k += 2) {
        const block = [0, 1, 2, 3].flatMap((i) => [0, 1].map((j) => after[(k + j) * 12 + n + i]!));
        expect([0, 8]).toContain(zeros(block));
        if (zeros(block) === 8) empty++;
      }
    }
    expect(empty).toBe(12);
    expect(zeros(values('gemm'))).toBe(0); // six outputs are not whole blocks of four
  });
});

describe('what is kept of masks', () => {
  it('is a note in the model that names the tensors and their sparsity', () => {
    const model = network();
    const settings: PruneSettings = { method: 'nm' };
    const { tensors } = applyMasks(model, settings);
    writeMaskMetadata(model, settings, tensors);
    writeMaskMetadata(model, settings, tensors);
    expect(model.proto.metadataProps.map(({ value }) => JSON.parse(value))).toEqual([
      { version: 1, method: 'nm', pattern: '2:4', tensors: { conv: 0.5, matmul: 0.5, gemm: 0.5 } },
    ]);
    expect(maskedTensors(model)).toEqual(new Set(['conv', 'matmul', 'gemm']));
    expect(maskedTensors(network())).toEqual(new Set());
  });

  it('as sparse initializers is smaller above two thirds of zeros, and computes the same', async () => {
    const model = network();
    applyMasks(model, { method: 'magnitude', amount: 0.9 });
    const sparse = withSparseInitializers(model, new Set(['conv', 'matmul', 'gemm']));
    expect(modelSizeBytes(sparse)).toBeLessThan(modelSizeBytes(model) / 2);
    expect(modelBytes(model)).toHaveLength(modelSizeBytes(model));
    const feeds = [{ x: normalValue([1, 8, 4, 4], 5) }];
    expect(await runOptimized(sparse, feeds)).toEqual(await runOptimized(model, feeds));
    const half = network();
    applyMasks(half, { method: 'magnitude', amount: 0.5, scope: 'local' });
    expect(mainGraph(withSparseInitializers(half, new Set(['conv']))).sparseInitializer).toEqual([]);
  });

  it('does not change the model that was cloned', () => {
    const model = network();
    const copy = cloneModel(model);
    applyMasks(copy, { method: 'magnitude' });
    expect(zeros([...readFloats(model, initializerOf(model, 'conv'))])).toBe(0);
  });
});
