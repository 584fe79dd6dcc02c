import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeNode } from '../../../src/onnx/attributes';
import { cloneModel, mainGraph, type Model } from '../../../src/onnx/model';
import { readFloats, tensorBytes } from '../../../src/onnx/tensor';
import { quantizeDynamic } from '../../../src/quantize/dynamic';
import { openModel } from '../../../src/runtime/modelFile';
import { createSession } from '../../../src/runtime/session';
import { inferTensorTypes } from '../../../src/runtime/tensorTypes';
import { CancelledError } from '../../../src/util/pressError';
import { feed, floatModel, normals, operators, run, sqnrDb } from './weightModels';

const K = 128;
const N = 96;
const matmul = (name: string, input: string, weight: string, output: string) =>
  makeNode('MatMul', name, [input, weight], [output]);

function matmulModel(weight: Float32Array, rows: number, k = K): Model {
  return floatModel({
    inputs: { x: [rows, k] },
    outputs: { y: [rows, weight.length / k] },
    weights: { w: { dims: [k, weight.length / k], values: weight } },
    nodes: [matmul('mm', 'x', 'w', 'y')],
  });
}

async function quantized(model: Model, settings = {}) {
  const copy = cloneModel(model);
  const outcome = quantizeDynamic(copy, await inferTensorTypes(model), { mode: 'dynamic', ...settings });
  return { model: copy, outcome };
}

/** The operators that ONNX Runtime really runs. */
async function fused(model: Model): Promise<Record<string, number>> {
  const folder = mkdtempSync(join(tmpdir(), 'press-test-'));
  try {
    const optimizedModelPath = join(folder, 'optimized.onnx');
    await (await createSession(model, { optimizedModelPath, optimization: 'extended' })).release();
    const opened = openModel(optimizedModelPath);
    const counts = operators(opened.model);
    opened.close();
    return counts;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe('quantizeDynamic', () => {
  it('fuses a MatMul with its bias to one kernel, whichever side the bias is on', async () => {
    for (const addInputs of [
      ['p', 'b'],
      ['b', 'p'],
    ]) {
      const model = floatModel({
        inputs: { x: [4, K] },
        outputs: { y: [4, N] },
        weights: { w: { dims: [K, N], values: normals(K * N, 1) }, b: { dims: [N], values: normals(N, 2) } },
        nodes: [matmul('mm', 'x', 'w', 'p'), makeNode('Add', 'add', addInputs, ['y'])],
      });
      const { model: small } = await quantized(model);
      expect(await fused(small)).toEqual({ DynamicQuantizeMatMul: 1 });
      const feeds = feed({ x: { dims: [4, K], data: normals(4 * K, 3) } });
      expect(sqnrDb((await run(model, feeds))['y']!, (await run(small, feeds))['y']!)).toBeGreaterThan(35);
    }
  });

  it('quantizes an input once for all layers that read it, and a weight once for all that use it', async () => {
    const model = floatModel({
      inputs: { x: [4, K], z: [4, K] },
      outputs: { a: [4, N], b: [4, N], c: [4, N] },
      weights: { w: { dims: [K, N], values: normals(K * N, 1) }, v: { dims: [K, N], values: normals(K * N, 2) } },
      nodes: [matmul('m1', 'x', 'w', 'a'), matmul('m2', 'x', 'v', 'b'), matmul('m3', 'z', 'w', 'c')],
    });
    const { model: small, outcome } = await quantized(model);
    expect(operators(small)).toEqual({ DynamicQuantizeLinear: 2, MatMulInteger: 3, Cast: 3, Mul: 6 });
    expect(mainGraph(small).initializer.filter((tensor) => tensor.dims.length === 2)).toHaveLength(2);
    expect(outcome.mapping.map((entry) => entry.source)).toEqual(['m1', 'm2', 'm3']);
    expect(mainGraph(small).initializer.some((tensor) => tensor.name === 'w')).toBe(false);
  });

  it.each([1, 3, 16])(
    'gives exact integer sums for adversarial weights with %i rows, odd lengths too',
    async (rows) => {
      for (const k of [128, 131]) {
        // All of one sign and large: the pairwise int16 sums of plain 8-bit weights would saturate on AVX2.
        const weight = normals(k * N, 5).map((value, i) => (i % N < N / 2 ? Math.abs(value) : 1));
        const { model } = await quantized(matmulModel(weight, rows, k));
        const x = normals(rows * k, 6).map(Math.abs);
        const graph = mainGraph(model);
        const tensor = (suffix: string) => graph.initializer.find((t) => t.name.endsWith(suffix))!;
        const codes = new Int8Array(tensorBytes(model, tensor('_quantized')));
        const scales = readFloats(model, tensor('w_scale'));
        const xScale = Math.fround(Math.max(...x) / 255);
        const xCodes = x.map((value) => Math.min(255, roundEven(value / xScale)));
        const expected = Float32Array.from({ length: rows * N }, (_, i) => {
          let sum = 0;
          for (let j = 0; j < k; j++) sum += xCodes[Math.floor(i / N) * k + j]! * codes[j * N + (i % N)]!;
          return sum * xScale * scales[i % N]!;
        });
        const { y } = await run(model, feed({ x: { dims: [rows, k], data: x } }));
        // One code of one activation may round differently; a saturated sum is off by far more.
        expect(sqnrDb(expected, y!)).toBeGreaterThan(80);
      }
    },
  );

  it('folds alpha, beta and transposition of a Gemm', async () => {
    const attributes = { transB: 1, alpha: { float: -0.5 }, beta: { float: 2 } };
    const model = floatModel({
      inputs: { x: [4, K] },
      outputs: { y: [4, N] },
      weights: { w: { dims: [N, K], values: normals(K * N, 1) }, b: { dims: [N], values: normals(N, 2) } },
      nodes: [makeNode('Gemm', 'g', ['x', 'w', 'b'], ['y'], attributes)],
    });
    const feeds = feed({ x: { dims: [4, K], data: normals(4 * K, 3) } });
    const expected = (await run(model, feeds))['y']!;
    for (const settings of [{}, { perChannel: false }, { reduceRange: true }]) {
      const { model: small, outcome } = await quantized(model, settings);
      expect(outcome.quantized).toHaveLength(1);
      expect(sqnrDb(expected, (await run(small, feeds))['y']!)).toBeGreaterThan(30);
    }
  });

  it.each(['forward', 'bidirectional'])('computes a %s LSTM close to float', async (direction) => {
    const directions = direction === 'forward' ? 1 : 2;
    const [hidden, inputs] = [32, 48];
    const weights = {
      W: { dims: [directions, 4 * hidden, inputs], values: normals(directions * 4 * hidden * inputs, 1, 0.2) },
      R: { dims: [directions, 4 * hidden, hidden], values: normals(directions * 4 * hidden * hidden, 2, 0.2) },
      B: { dims: [directions, 8 * hidden], values: normals(directions * 8 * hidden, 3, 0.2) },
    };
    const model = floatModel({
      inputs: { x: [5, 2, inputs] },
      outputs: { y: [5, directions, 2, hidden] },
      weights,
      nodes: [makeNode('LSTM', 'lstm', ['x', 'W', 'R', 'B'], ['y'], { hidden_size: hidden, direction })],
    });
    const { model: small } = await quantized(model);
    expect(operators(small)).toEqual({ DynamicQuantizeLSTM: 1 });
    const feeds = feed({ x: { dims: [5, 2, inputs], data: normals(10 * inputs, 4) } });
    expect(sqnrDb((await run(model, feeds))['y']!, (await run(small, feeds))['y']!)).toBeGreaterThan(30);
  });

  it('computes the fused attention close to float', async () => {
    const hidden = 64;
    const model = floatModel({
      inputs: { x: [1, 6, hidden] },
      outputs: { y: [1, 6, hidden] },
      weights: {
        w: { dims: [hidden, 3 * hidden], values: normals(3 * hidden * hidden, 1, 0.1) },
        b: { dims: [3 * hidden], values: normals(3 * hidden, 2, 0.1) },
      },
      nodes: [makeNode('Attention', 'att', ['x', 'w', 'b'], ['y'], { num_heads: 4 }, 'com.microsoft')],
      contrib: true,
    });
    const { model: small } = await quantized(model);
    expect(operators(small)).toEqual({ DynamicQuantizeLinear: 1, QAttention: 1 });
    const feeds = feed({ x: { dims: [1, 6, hidden], data: normals(6 * hidden, 3) } });
    expect(sqnrDb((await run(model, feeds))['y']!, (await run(small, feeds))['y']!)).toBeGreaterThan(30);
  });

  it('says why it keeps convolutions, products of activations, small, excluded and replaceable weights', async () => {
    const model = floatModel({
      inputs: { x: [1, 4, 8, 8], q: [4, K], r: [K, 4], free: [K, N] },
      outputs: { c: [1, 4, 8, 8], p: [4, 4], s: [4, 8], e: [4, N], f: [4, N] },
      weights: {
        k: { dims: [4, 4, 1, 1], values: normals(16, 1) },
        tiny: { dims: [K, 8], values: normals(K * 8, 2) },
        w: { dims: [K, N], values: normals(K * N, 3) },
        free: { dims: [K, N], values: normals(K * N, 4) },
      },
      nodes: [
        makeNode('Conv', 'conv', ['x', 'k'], ['c']),
        matmul('product', 'q', 'r', 'p'),
        matmul('small', 'q', 'tiny', 's'),
        matmul('mine', 'q', 'w', 'e'),
        matmul('open', 'q', 'free', 'f'),
      ],
    });
    const { model: same, outcome } = await quantized(model, { exclude: ['mi*'] });
    expect(outcome.quantized).toEqual([]);
    expect(Object.fromEntries(outcome.kept.map((layer) => [layer.node, layer.reason]))).toEqual({
      conv: 'ONNX Runtime has no dynamic int8 kernel for Conv.',
      product: 'Both of its operands are computed at run time; it has no weight.',
      small: 'Its weight is so small that int8 would be slower.',
      mine: 'Excluded by "mi*".',
      open: 'Its weight is also a graph input, so that a caller may replace it.',
    });
    expect(operators(same)).toEqual(operators(model));
  });

  it('stops when it is cancelled', () => {
    const aborted = AbortSignal.abort();
    const model = matmulModel(normals(K * N, 1), 1);
    expect(() => quantizeDynamic(model, new Map(), { mode: 'dynamic' }, { signal: aborted })).toThrow(CancelledError);
  });
});

function roundEven(value: number): number {
  const floor = Math.floor(value);
  return value - floor === 0.5 ? floor + (floor % 2) : Math.round(value);
}
