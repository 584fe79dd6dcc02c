import { describe, expect, it } from 'vitest';
import { makeNode } from '../../../src/onnx/attributes';
import { cloneModel, mainGraph, type Model } from '../../../src/onnx/model';
import { TensorProto_DataType as Type } from '../../../src/onnx/onnx_pb';
import { quantizeWeightOnly } from '../../../src/quantize/weightOnly';
import { chooseBlockParameters, packBlocks, packZeroPoints } from '../../../src/quantize/weightOnlyBlocks';
import { modelBytes } from '../../../src/runtime/modelFile';
import { createSession } from '../../../src/runtime/session';
import { inferTensorTypes, tensorValueInfo } from '../../../src/runtime/tensorTypes';
import type { QuantizeSettings } from '../../../src/protocol';
import { feed, floatModel, normals, operators, run, sqnrDb } from './weightModels';

async function quantized(model: Model, settings: Partial<QuantizeSettings> = {}) {
  const copy = cloneModel(model);
  const outcome = quantizeWeightOnly(copy, await inferTensorTypes(model), { mode: 'weights', ...settings });
  return { model: copy, outcome };
}

describe('the blocks of MatMulNBits', () => {
  it('packs two 4-bit codes in a byte, earlier one low, and pads with the zero point', () => {
    const layout = { k: 18, n: 1, transposed: true };
    const format = { bits: 4 as const, blockSize: 16, symmetric: false };
    const values = Float32Array.from({ length: 18 }, (_, i) => (i < 16 ? i : i - 17)); // 0..15, then -1 and 0
    const parameters = { scales: Float32Array.of(1, 1), zeroPoints: Uint8Array.of(0, 1) };
    const packed = packBlocks(values, layout, format, parameters);
    expect([...packed]).toEqual([
      0x10,
      0x32,
      0x54,
      0x76,
      0x98,
      0xba,
      0xdc,
      0xfe,
      0x10,
      ...new Array<number>(7).fill(0x11),
    ]);
    expect([...packZeroPoints(parameters.zeroPoints, layout, format)]).toEqual([0x10]);
  });

  it('reads a weight the same in both layouts', () => {
    const [k, n] = [40, 21];
    const rows = normals(k * n, 3);
    const columns = Float32Array.from({ length: k * n }, (_, i) => rows[(i % k) * n + Math.floor(i / k)]!);
    const format = { bits: 4 as const, blockSize: 16, symmetric: true };
    const plain = chooseBlockParameters(rows, { k, n, transposed: false }, format);
    expect(chooseBlockParameters(columns, { k, n, transposed: true }, format)).toEqual(plain);
    expect(packBlocks(columns, { k, n, transposed: true }, format, plain)).toEqual(
      packBlocks(rows, { k, n, transposed: false }, format, plain),
    );
  });

  it('clips a lone outlier when that makes the block more exact', () => {
    const values = normals(32, 4);
    values[7] = 6;
    const layout = { k: 32, n: 1, transposed: true };
    const format = { bits: 4 as const, blockSize: 32, symmetric: true };
    const { scales } = chooseBlockParameters(values, layout, format);
    const error = (scale: number): number =>
      values.reduce((sum, v) => sum + (v - Math.min(7, Math.max(-8, Math.round(v / scale))) * scale) ** 2, 0);
    expect(Math.abs(scales[0]!)).toBeLessThan(6 / 8);
    expect(error(scales[0]!)).toBeLessThan(error(-6 / 8));
  });

  it('survives zeros and values that are not finite', () => {
    const values = new Float32Array(64);
    values.set([NaN, Infinity, -Infinity, 1], 32);
    const layout = { k: 32, n: 2, transposed: true };
    for (const symmetric of [true, false]) {
      const format = { bits: 8 as const, blockSize: 32, symmetric };
      const parameters = chooseBlockParameters(values, layout, format);
      expect(parameters.scales.every((scale) => Number.isFinite(scale) && scale !== 0)).toBe(true);
      const codes = packBlocks(values, layout, format, parameters);
      expect(codes[0]).toBe(parameters.zeroPoints[0]);
      expect([...codes.slice(32, 35)]).toEqual(new Array<number | undefined>(3).fill(parameters.zeroPoints[1]));
    }
  });
});

describe('quantizeWeightOnly', () => {
  const [K, N] = [200, 48]; // 200 is no multiple of a block
  const layers = {
    matmul: makeNode('MatMul', 'layer', ['x', 'w'], ['y']),
    gemm: makeNode('Gemm', 'layer', ['x', 'w', 'b'], ['y'], { alpha: { float: 0.5 }, beta: { float: -2 } }),
    transposed: makeNode('Gemm', 'layer', ['x', 'w', 'b'], ['y'], { transB: 1 }),
  };

  it.each([
    ['matmul', 8, undefined, 40],
    ['gemm', 8, 32, 40],
    ['transposed', 8, 128, 38],
    ['matmul', 4, undefined, 18],
    ['gemm', 4, 16, 18],
    ['transposed', 4, 64, 17],
  ] as const)(
    'computes a %s with %i bits in blocks of %s close to float',
    async (kind, weightBits, blockSize, least) => {
      const model = floatModel({
        inputs: { x: [5, K] },
        outputs: { y: [5, N] },
        weights: {
          w: { dims: kind === 'transposed' ? [N, K] : [K, N], values: normals(K * N, 1) },
          ...(kind === 'matmul' ? {} : { b: { dims: [N], values: normals(N, 2) } }),
        },
        nodes: [layers[kind]],
      });
      const { model: small, outcome } = await quantized(model, { weightBits, ...(blockSize ? { blockSize } : {}) });
      expect(operators(small)).toEqual({ MatMulNBits: 1, ...(kind === 'matmul' ? {} : { Add: 1 }) });
      expect(outcome.quantized[0]?.scheme).toBe(`int${weightBits} block ${blockSize ?? (weightBits === 4 ? 32 : 128)}`);
      const feeds = feed({ x: { dims: [5, K], data: normals(5 * K, 3) } });
      expect(sqnrDb((await run(model, feeds))['y']!, (await run(small, feeds))['y']!)).toBeGreaterThan(least);
      expect(modelBytes(small).length / modelBytes(model).length).toBeLessThan(weightBits === 8 ? 0.4 : 0.25);
    },
  );

  it('looks words up in an int8 table', async () => {
    const model = floatModel({
      inputs: {},
      outputs: { y: [2, 3, 32] },
      weights: { table: { dims: [200, 32], values: normals(6400, 1) } },
      nodes: [makeNode('Gather', 'embed', ['table', 'ids'], ['y'])],
    });
    mainGraph(model).input.push(tensorValueInfo('ids', Type.INT64, [2, 3]));
    const { model: small, outcome } = await quantized(model);
    expect(outcome.quantized.map((layer) => layer.node)).toEqual(['embed']);
    const feeds = { ids: { type: 'int64' as const, dims: [2, 3], data: BigInt64Array.of(0n, 5n, 199n, -1n, 7n, 0n) } };
    expect(sqnrDb((await run(model, feeds))['y']!, (await run(small, feeds))['y']!)).toBeGreaterThan(40);
    expect(modelBytes(small).length / modelBytes(model).length).toBeLessThan(0.35);
  });

  it('keeps a table that another operator reads as float', async () => {
    const model = floatModel({
      inputs: {},
      outputs: { y: [2, 32], z: [32, 200] },
      weights: { table: { dims: [200, 32], values: normals(6400, 1) } },
      nodes: [
        makeNode('Gather', 'embed', ['table', 'ids'], ['y']),
        makeNode('Transpose', 'turn', ['table'], ['z'], { perm: [1, 0] }),
      ],
    });
    mainGraph(model).input.push(tensorValueInfo('ids', Type.INT64, [2]));
    const { outcome } = await quantized(model);
    expect(outcome.kept.map((layer) => layer.reason)).toEqual([
      'Its table is also read by "turn" (Transpose), which needs it as float.',
    ]);
  });

  const convolution = () =>
    floatModel({
      inputs: { x: [1, 16, 8, 8] },
      outputs: { y: [1, 32, 8, 8], z: [1, 8, 9, 9] },
      weights: {
        k: { dims: [32, 16, 3, 3], values: normals(4608, 1) },
        t: { dims: [32, 8, 2, 2], values: normals(1024, 2) },
      },
      nodes: [
        makeNode('Conv', 'conv', ['x', 'k'], ['y'], { pads: [1, 1, 1, 1] }),
        makeNode('ConvTranspose', 'up', ['y', 't'], ['z']),
      ],
    });

  it('stores convolutions as int8 when asked, in a form that ONNX Runtime folds back to float', async () => {
    const { model: small } = await quantized(convolution(), { includeConv: true });
    expect(operators(small)).toEqual({ Cast: 2, Mul: 2, Conv: 1, ConvTranspose: 1 });
    const feeds = feed({ x: { dims: [1, 16, 8, 8], data: normals(1024, 3) } });
    const expected = await run(convolution(), feeds);
    const actual = await run(small, feeds);
    expect(sqnrDb(expected['y']!, actual['y']!)).toBeGreaterThan(38);
    expect(sqnrDb(expected['z']!, actual['z']!)).toBeGreaterThan(35);
  });

  it('leaves convolutions alone otherwise and says so', async () => {
    const { outcome } = await quantized(convolution());
    expect(outcome.quantized).toEqual([]);
    expect(outcome.kept.map((layer) => [layer.node, layer.reason.includes('only on request')])).toEqual([
      ['conv', true],
      ['up', true],
    ]);
  });

  it('does not promise to store convolutions on request that it would not store', async () => {
    const { outcome } = await quantized(
      floatModel({
        inputs: { x: [1, 16, 8, 8] },
        outputs: { y: [1, 4, 8, 8] },
        weights: { k: { dims: [4, 16, 3, 3], values: normals(576, 1) } },
        nodes: [makeNode('Conv', 'conv', ['x', 'k'], ['y'], { pads: [1, 1, 1, 1] })],
      }),
    );
    expect(outcome.kept.map(({ reason }) => reason)).toEqual(['Its weights are too small to save space.']);
  });

  it('stores the weights of a GRU, which no int8 kernel exists for', async () => {
    const model = floatModel({
      inputs: { x: [3, 1, 32] },
      outputs: { y: [3, 1, 1, 32] },
      weights: {
        W: { dims: [1, 96, 32], values: normals(3072, 1, 0.2) },
        R: { dims: [1, 96, 32], values: normals(3072, 2, 0.2) },
      },
      nodes: [makeNode('GRU', 'gru', ['x', 'W', 'R'], ['y'], { hidden_size: 32 })],
    });
    const { model: small, outcome } = await quantized(model);
    expect(outcome.quantized[0]?.scheme).toBe('int8 storage per-channel, computed in float');
    const feeds = feed({ x: { dims: [3, 1, 32], data: normals(96, 3) } });
    expect(sqnrDb((await run(model, feeds))['y']!, (await run(small, feeds))['y']!)).toBeGreaterThan(38);
  });

  it('keeps the float weight that another operator still reads', async () => {
    const model = floatModel({
      inputs: { x: [2, K] },
      outputs: { y: [2, N] },
      weights: { w: { dims: [K, N], values: normals(K * N, 1) } },
      nodes: [makeNode('MatMul', 'layer', ['x', 'w'], ['y']), makeNode('Shape', 'shape', ['w'], ['dims'])],
    });
    mainGraph(model).output.push(tensorValueInfo('dims', Type.INT64, [2]));
    const { model: both } = await quantized(model);
    expect(mainGraph(both).initializer.some((tensor) => tensor.name === 'w')).toBe(true);
    await (await createSession(both)).release();
  });

  it('refuses a block size without a kernel', () => {
    const model = floatModel({ inputs: {}, outputs: {}, weights: {}, nodes: [] });
    for (const blockSize of [8, 48]) {
      expect(() => quantizeWeightOnly(model, new Map(), { mode: 'weights', blockSize })).toThrow(
        expect.objectContaining({ code: 'bad-option' }),
      );
    }
  });

  it('computes large weights only when they are written, and the same each time', async () => {
    const [k, n] = [2048, 2304]; // 4.5 MiB of int8 codes
    const model = floatModel({
      inputs: { x: [1, k] },
      outputs: { y: [1, n] },
      weights: { w: { dims: [k, n], values: normals(k * n, 1) } },
      nodes: [makeNode('MatMul', 'layer', ['x', 'w'], ['y'])],
    });
    const { model: small } = await quantized(model);
    const feeds = feed({ x: { dims: [1, k], data: normals(k, 3) } });
    const first = await run(small, feeds);
    expect(await run(small, feeds)).toEqual(first);
    expect(sqnrDb((await run(model, feeds))['y']!, first['y']!)).toBeGreaterThan(38);
  });
});
