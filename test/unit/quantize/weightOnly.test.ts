import { describe, expect, it } from 'vitest';
import { makeNode } from '../../../src/onnx/attributes';
import { cloneModel, mainGraph, type Model } from '../../../src/onnx/model';
import type { QuantizeSettings } from '../../../src/protocol';
import { quantizeDynamic } from '../../../src/quantize/dynamic';
import { quantizeWeightOnly } from '../../../src/quantize/weightOnly';
import {
  blockCount,
  chooseBlockParameters,
  packBlocks,
  packZeroPoints,
  type BlockFormat,
} from '../../../src/quantize/weightOnlyBlocks';
import { modelBytes } from '../../../src/runtime/modelFile';
import { inferTensorTypes } from '../../../src/runtime/tensorTypes';
import { CancelledError } from '../../../src/util/pressError';
import { buildModel } from '../../fixtures/buildModel';
import { countOperators, normalNumbers, optimizedOperators, runOptimized, sqnrDb } from './fixtures';
import { feed, floatModel, normals } from './weightModels';

const K = 128;
const N = 40;

/** What the kernel computes with: `(code - zeroPoint) * scale`, as a [K, N] matrix, from the packed forms. */
function unpacked(values: Float32Array, k: number, n: number, format: BlockFormat, transposed: boolean): Float32Array {
  const layout = { k, n, transposed };
  const parameters = chooseBlockParameters(values, layout, format);
  const codes = packBlocks(values, layout, format, parameters);
  const zeroPoints = packZeroPoints(parameters.zeroPoints, layout, format);
  const blocks = blockCount(layout, format);
  const rowBytes = format.bits === 8 ? blocks : Math.ceil(blocks / 2);
  const nibble = (bytes: Uint8Array, at: number, row: number): number =>
    format.bits === 8 ? bytes[row + at]! : (bytes[row + (at >> 1)]! >> (at % 2 === 0 ? 0 : 4)) & 15;
  const result = new Float32Array(k * n);
  for (let column = 0; column < n; column++) {
    for (let row = 0; row < k; row++) {
      const block = Math.floor(row / format.blockSize);
      const code = nibble(codes, row, (column * blocks * format.blockSize * format.bits) / 8);
      const zeroPoint = nibble(zeroPoints, block, column * rowBytes);
      result[row * n + column] = (code - zeroPoint) * parameters.scales[column * blocks + block]!;
    }
  }
  return result;
}

const transpose = (values: Float32Array, k: number, n: number): Float32Array =>
  values.map((_, i) => values[(i % k) * n + Math.floor(i / k)]!);

describe('block-wise weights', () => {
  it.each<[BlockFormat['bits'], number, number]>([
    [8, 64, 16],
    [8, 100, 32],
    [4, 64, 16],
    [4, 100, 32],
    [4, 50, 64],
  ])(
    'lose no more than rounding between the extremes of a block does, with %i bits, K %i, blocks of %i',
    (bits, k, blockSize) => {
      const n = 19;
      const values = normals(k * n, 4);
      const restored = unpacked(values, k, n, { bits, blockSize, symmetric: false }, false);
      for (let column = 0; column < n; column++) {
        for (let start = 0; start < k; start += blockSize) {
          const rows = Array.from({ length: Math.min(blockSize, k - start) }, (_, i) => (start + i) * n + column);
          const block = rows.map((i) => values[i]!);
          const [low, high] = [Math.min(0, ...block), Math.max(0, ...block)];
          const step = (high - low) / (2 ** bits - 1);
          const zero = Math.round(-low / step);
          const naive = (value: number): number =>
            (Math.min(2 ** bits - 1, Math.max(0, Math.round(value / step + zero))) - zero) * step;
          const error = (of: (value: number, i: number) => number): number =>
            block.reduce((sum, value, i) => sum + (value - of(value, i)) ** 2, 0);
          expect(error((_, i) => restored[rows[i]!]!)).toBeLessThanOrEqual(error(naive) * 1.0001 + 1e-12);
        }
      }
    },
  );

  it('are the same whichever way the matrix lies in memory', () => {
    const values = normals(100 * N, 5);
    for (const bits of [4, 8] as const) {
      const format = { bits, blockSize: 32, symmetric: false };
      expect(unpacked(transpose(values, 100, N), 100, N, format, true)).toEqual(
        unpacked(values, 100, N, format, false),
      );
    }
  });

  it('keep zeros exact, and take what is not finite for zero', () => {
    const values = Float32Array.from({ length: 32 }, (_, i) => (i % 4 === 0 ? 0 : i - 10));
    values[5] = NaN;
    values[6] = Infinity;
    const restored = unpacked(values, 32, 1, { bits: 4, blockSize: 16, symmetric: false }, false);
    for (const i of [0, 4, 5, 6, 8, 28]) expect(restored[i]).toBeCloseTo(0, 12);
    expect([...unpacked(new Float32Array(16), 16, 1, { bits: 8, blockSize: 16, symmetric: true }, false)]).toEqual(
      new Array(16).fill(0),
    );
  });
});

async function quantized(model: Model, settings: Omit<QuantizeSettings, 'mode'> = {}) {
  const copy = cloneModel(model);
  return {
    model: copy,
    outcome: quantizeWeightOnly(copy, await inferTensorTypes(model), { mode: 'weights', ...settings }),
  };
}

const linear = (): Model =>
  floatModel({
    inputs: { x: [3, K] },
    outputs: { y: [3, N], z: [3, N] },
    weights: {
      w: { dims: [K, N], values: normals(K * N, 1) },
      g: { dims: [N, N], values: normals(N * N, 2) },
      b: { dims: [N], values: normals(N, 3) },
    },
    nodes: [
      makeNode('MatMul', 'matmul', ['x', 'w'], ['y']),
      makeNode('Gemm', 'gemm', ['y', 'g', 'b'], ['z'], { transB: 1, alpha: { float: 0.5 }, beta: { float: 2 } }),
    ],
  });
const FEEDS = [feed({ x: { dims: [3, K], data: normals(3 * K, 7) } })];

describe('quantizeWeightOnly', () => {
  it.each<[Omit<QuantizeSettings, 'mode'>, number]>([
    [{}, 35],
    [{ weightBits: 8, blockSize: 32 }, 35],
    [{ weightBits: 4 }, 16],
    [{ weightBits: 4, blockSize: 16 }, 18],
  ])('computes MatMul and Gemm from blocks with %j, close to float', async (settings, leastDb) => {
    const { model, outcome } = await quantized(linear(), settings);
    expect(await optimizedOperators(model)).toMatchObject({ MatMulNBits: 2 });
    expect(outcome.quantized.map(({ node }) => node)).toEqual(['matmul', 'gemm']);
    const [before, after] = [await runOptimized(linear(), FEEDS), await runOptimized(model, FEEDS)];
    expect(sqnrDb(before, after)).toBeGreaterThan(leastDb);
  });

  it('needs an eighth of the bytes with 4 bits and a quarter with 8, scales aside', async () => {
    const model = floatModel({
      inputs: { x: [1, 512] },
      outputs: { y: [1, 512] },
      weights: { w: { dims: [512, 512], values: normals(512 * 512, 1) } },
      nodes: [makeNode('MatMul', 'matmul', ['x', 'w'], ['y'])],
    });
    const share = async (weightBits: 4 | 8): Promise<number> =>
      modelBytes((await quantized(model, { weightBits })).model).length / modelBytes(model).length;
    expect(await share(8)).toBeLessThan(0.27);
    expect(await share(4)).toBeLessThan(0.17);
  });

  it('stores the weights of convolutions only on request, and they are float again once loaded', async () => {
    const model = floatModel({
      inputs: { x: [1, 16, 8, 8] },
      outputs: { y: [1, 16, 6, 6] },
      weights: { k: { dims: [16, 16, 3, 3], values: normals(16 * 16 * 9, 1) } },
      nodes: [makeNode('Conv', 'conv', ['x', 'k'], ['y'])],
    });
    const feeds = [feed({ x: { dims: [1, 16, 8, 8], data: normals(1024, 2) } })];
    const kept = (await quantized(model)).outcome;
    expect([kept.quantized, kept.kept.map(({ node }) => node)]).toEqual([[], ['conv']]);
    const stored = await quantized(model, { includeConv: true });
    expect(Object.keys(await optimizedOperators(stored.model))).not.toContain('Cast');
    expect(modelBytes(stored.model).length).toBeLessThan(modelBytes(model).length * 0.35);
    expect(sqnrDb(await runOptimized(model, feeds), await runOptimized(stored.model, feeds))).toBeGreaterThan(35);
  });

  it.each(['GRU', 'RNN', 'LSTM'])('stores the weights of %s per gate row', async (opType) => {
    const gates = { GRU: 3, RNN: 1, LSTM: 4 }[opType]!;
    const model = floatModel({
      inputs: { x: [5, 1, 32] },
      outputs: { y: [5, 1, 1, 48] },
      weights: {
        w: { dims: [1, gates * 48, 32], values: normals(gates * 48 * 32, 1, 0.2) },
        r: { dims: [1, gates * 48, 48], values: normals(gates * 48 * 48, 2, 0.1) },
      },
      nodes: [makeNode(opType, 'recurrent', ['x', 'w', 'r'], ['y'], { hidden_size: 48 })],
    });
    const feeds = [feed({ x: { dims: [5, 1, 32], data: normals(160, 3) } })];
    const { model: stored, outcome } = await quantized(model);
    expect(outcome.quantized.map(({ node }) => node)).toEqual(['recurrent']);
    expect(Object.keys(await optimizedOperators(stored))).not.toContain('Cast');
    expect(sqnrDb(await runOptimized(model, feeds), await runOptimized(stored, feeds))).toBeGreaterThan(30);
  });

  it('gathers embeddings from int8 rows, in the dynamic mode too', async () => {
    const model = buildModel({
      inputs: { ids: ['int64', [4]] },
      outputs: { y: ['float32', [4, 64]] },
      initializers: { table: { dims: [100, 64], values: normalNumbers(6400, 1) } },
      nodes: [makeNode('Gather', 'lookup', ['table', 'ids'], ['y'])],
    });
    const feeds = [{ ids: { type: 'int64' as const, dims: [4], data: BigInt64Array.of(0n, 99n, 7n, 50n) } }];
    const before = await runOptimized(model, feeds);
    const dynamic = cloneModel(model);
    quantizeDynamic(dynamic, await inferTensorTypes(model), { mode: 'dynamic' });
    for (const small of [(await quantized(model)).model, dynamic]) {
      expect(countOperators(small)).toEqual({ Cast: 1, Gather: 2, Mul: 1 });
      expect(modelBytes(small).length).toBeLessThan(modelBytes(model).length * 0.35);
      expect(sqnrDb(before, await runOptimized(small, feeds))).toBeGreaterThan(38);
    }
  });

  it('says why it keeps small, excluded and run-time weights', async () => {
    const model = floatModel({
      inputs: { x: [3, K], v: [K, 3] },
      outputs: { a: [3, 4], b: [3, N], c: [3, 3] },
      weights: {
        tiny: { dims: [K, 4], values: normals(K * 4, 1) },
        w: { dims: [K, N], values: normals(K * N, 1) },
      },
      nodes: [
        makeNode('MatMul', 'small', ['x', 'tiny'], ['a']),
        makeNode('MatMul', 'mine', ['x', 'w'], ['b']),
        makeNode('MatMul', 'product', ['x', 'v'], ['c']),
      ],
    });
    const { model: same, outcome } = await quantized(model, { exclude: ['mine'] });
    expect(outcome.kept.map(({ node, reason }) => `${node}: ${reason}`)).toEqual([
      'small: Its weight is too small to save space.',
      'mine: Excluded by "mine".',
      'product: Both of its operands are computed at run time; it has no weight.',
    ]);
    expect(mainGraph(same).node).toEqual(mainGraph(model).node);
  });

  it.each([8, 24, 1000])('refuses blocks of %i, which no kernel has', async (blockSize) => {
    await expect(quantized(linear(), { blockSize })).rejects.toMatchObject({ code: 'bad-option' });
  });

  it('stops when it is cancelled', () => {
    const cancelled = { signal: AbortSignal.abort() };
    expect(() => quantizeWeightOnly(linear(), new Map(), { mode: 'weights' }, cancelled)).toThrow(CancelledError);
  });
});
