import { create } from '@bufbuild/protobuf';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openNpy } from '../../../../src/data/npy';
import { makeNode } from '../../../../src/onnx/attributes';
import { mainGraph, type Model } from '../../../../src/onnx/model';
import { SparseTensorProtoSchema, TensorProto_DataType as Type } from '../../../../src/onnx/onnx_pb';
import { addInt64Tensor, addTensor } from '../../../../src/onnx/tensor';
import type { WeightDetails } from '../../../../src/protocol';
import { exportWeight } from '../../../../src/recipe/graph/exportWeight';
import { loadGraph } from '../../../../src/recipe/graph/loadGraph';
import { weightDetails } from '../../../../src/recipe/graph/weightDetails';
import { weightPage } from '../../../../src/recipe/graph/weightPage';
import { toFloat16 } from '../../../../src/util/float16';
import { buildModel, buildTensor, sampleValues, type TensorSpec } from '../../../fixtures/buildModel';
import { createFolder, refOf, saved } from './fixtures';

const folder = createFolder();
let count = 0;

/** A model with one weight that a node reads. */
function withWeight(spec: TensorSpec, operator = 'MatMul', attributes: Record<string, number> = {}): Model {
  return buildModel({
    inputs: { x: ['float32', ['n', 'm']] },
    outputs: { y: ['float32', ['n', 'm']] },
    initializers: { w: spec },
    nodes: [makeNode(operator, 'n', ['x', 'w'], ['y'], attributes)],
  });
}

async function detailsOf(model: Model, name = 'w'): Promise<WeightDetails> {
  const path = saved(folder, `w${count++}.onnx`, model);
  return weightDetails(path, refOf(await loadGraph(path), name));
}

/** A model whose weight is stored as raw bytes of a type. */
function withBytes(type: Type, dims: readonly number[], bytes: ArrayLike<number>): Model {
  const model = withWeight({ dims: [1], values: [0] });
  mainGraph(model).initializer = [addTensor(model, 'w', type, dims, Uint8Array.from(bytes))];
  return model;
}

async function valuesOf(model: Model): Promise<readonly (number | string)[]> {
  const path = saved(folder, `v${count++}.onnx`, model);
  return (await weightPage(path, refOf(await loadGraph(path), 'w'), 0, 100)).values;
}

describe('weight details', () => {
  it('match the plain formulas over several parts', async () => {
    const values = sampleValues(700_000).map(Math.fround);
    const details = await detailsOf(withWeight({ dims: [1000, 700], values }));
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const squares = values.reduce((a, b) => a + b * b, 0);
    expect(details.minimum).toBe(values.reduce((a, b) => Math.min(a, b)));
    expect(details.maximum).toBe(values.reduce((a, b) => Math.max(a, b)));
    expect(details.mean).toBeCloseTo(mean, 12);
    expect(details.standardDeviation).toBeCloseTo(Math.sqrt(squares / values.length - mean * mean), 9);
    expect(details.l1).toBeCloseTo(
      values.reduce((a, b) => a + Math.abs(b), 0),
      6,
    );
    expect(details.l2).toBeCloseTo(Math.sqrt(squares), 6);
    expect(details.histogram.counts).toHaveLength(128);
    expect(details.histogram.counts.reduce((a, b) => a + b, 0)).toBe(values.length);
    // The output channels of a MatMul are the columns of its weight.
    expect(details.channels?.axis).toBe(1);
    expect(details.channels?.minimum[3]).toBe(Math.min(...values.filter((_, i) => i % 700 === 3)));
  });

  it('leave out what is not finite, and count zeros', async () => {
    const details = await detailsOf(withWeight({ dims: [6], values: [NaN, Infinity, -Infinity, 0, 2, -4] }));
    expect(details).toMatchObject({ elements: 6, nonFinite: 3, zeros: 1, minimum: -4, maximum: 2, l1: 6 });
    expect(JSON.stringify(details)).not.toContain('null');
  });

  it('show which rows and columns of the mask are pruned', async () => {
    // Convolution: rows are output channels. Channel 1 is zero, and so is input channel 0 of all.
    const values = [0, 1, 0, 0, 0, 3];
    const details = await detailsOf(withWeight({ dims: [3, 2, 1, 1], values }, 'Conv'));
    expect(details.mask).toEqual({
      rows: 3,
      columns: 2,
      kept: [0, 1, 0, 0, 0, 1],
      zeroRows: 1,
      zeroColumns: 1,
      matrixRows: 3,
      matrixColumns: 2,
    });
    const large = await detailsOf(withWeight({ dims: [1024, 512], values: [0, 1] }, 'Gemm', { transB: 1 }));
    expect(large.mask).toMatchObject({ rows: 128, columns: 128, zeroRows: 0, zeroColumns: 256, matrixRows: 1024 });
    expect(large.mask.kept.every((share) => share === 0.5)).toBe(true);
  });

  it('dequantize per channel along the axis of DequantizeLinear', async () => {
    const model = buildModel({
      inputs: { x: ['float32', ['n', 2]] },
      outputs: { y: ['float32', ['n', 2]] },
      initializers: {
        q: { dims: [2, 2], values: [1, 2, 3, 4], type: 'int8' },
        s: { dims: [2], values: [0.5, 2] },
        z: { dims: [2], values: [0, 1], type: 'int8' },
      },
      nodes: [
        makeNode('DequantizeLinear', 'd', ['q', 's', 'z'], ['w'], { axis: 1 }),
        makeNode('MatMul', 'm', ['x', 'w'], ['y']),
      ],
    });
    // Columns: (1, 3) x 0.5 and (2 - 1, 4 - 1) x 2.
    expect(await detailsOf(model, 'q')).toMatchObject({
      minimum: 0.5,
      maximum: 6,
      mean: (0.5 + 1.5 + 2 + 6) / 4,
      quantization: { dataType: 'int8', scales: [0.5, 2], zeroPoints: [0, 1], axis: 1, integerRange: [-128, 127] },
      channels: { axis: 1, minimum: [0.5, 2], maximum: [1.5, 6] },
    });
  });

  it('dequantize blocks', async () => {
    const model = buildModel({
      opset: 21,
      inputs: { x: ['float32', ['n', 4]] },
      outputs: { y: ['float32', ['n', 2]] },
      initializers: {
        q: { dims: [4, 2], values: [1, 1, 1, 1, 1, 1, 1, 1], type: 'int8' },
        s: { dims: [2, 2], values: [1, 2, 3, 4] },
      },
      nodes: [
        makeNode('DequantizeLinear', 'd', ['q', 's'], ['w'], { axis: 0, block_size: 2 }),
        makeNode('MatMul', 'm', ['x', 'w'], ['y']),
      ],
    });
    expect(await detailsOf(model, 'q')).toMatchObject({
      quantization: { axis: 0, blockSize: 2, scales: [1, 2, 3, 4] },
      channels: { axis: 1, minimum: [1, 2], maximum: [3, 4] },
    });
  });

  it('unpack the rows of MatMulNBits', async () => {
    const model = buildModel({
      inputs: { x: ['float32', ['n', 20]] },
      outputs: { y: ['float32', ['n', 2]] },
      initializers: {
        // Two rows of two blocks of 16; the last 12 of each row fill up the block.
        q: { dims: [2, 2, 8], values: [0x98], type: 'uint8' },
        s: { dims: [4], values: [1, 2, 3, 4] },
      },
      nodes: [
        makeNode('MatMulNBits', 'm', ['x', 'q', 's'], ['y'], { K: 20, N: 2, bits: 4, block_size: 16 }, 'com.microsoft'),
      ],
      domains: { 'com.microsoft': 1 },
    });
    // 8 is zero, 9 is one scale.
    expect(await detailsOf(model, 'q')).toMatchObject({
      elements: 40,
      zeros: 20,
      maximum: 4,
      quantization: { dataType: 'uint4', zeroPoints: [8], axis: 1, blockSize: 16, integerRange: [0, 15] },
      channels: { axis: 0, maximum: [2, 4] },
      mask: { matrixRows: 2, matrixColumns: 20 },
    });
  });

  it('see sparse weights whole', async () => {
    const model = buildModel({
      inputs: { x: ['float32', ['n', 3]] },
      outputs: { y: ['float32', ['n', 2]] },
      nodes: [makeNode('MatMul', 'm', ['x', 's'], ['y'])],
    });
    mainGraph(model).sparseInitializer.push(
      create(SparseTensorProtoSchema, {
        dims: [3n, 2n],
        values: buildTensor(model, 's', { dims: [2], values: [3, -4] }),
        indices: addInt64Tensor(model, '', [2, 2], [0, 1, 2, 0]),
      }),
    );
    expect(await detailsOf(model, 's')).toMatchObject({
      elements: 6,
      zeros: 4,
      minimum: -4,
      maximum: 3,
      mask: { matrixRows: 2, matrixColumns: 3, zeroColumns: 1, kept: [0, 0, 1, 1, 0, 0] },
    });
  });

  it('stop when cancelled', async () => {
    const path = saved(folder, 'cancel.onnx', withWeight({ dims: [2, 600_000], values: [1] }));
    const controller = new AbortController();
    const wait = weightDetails(path, refOf(await loadGraph(path), 'w'), {
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    await expect(wait).rejects.toMatchObject({ name: 'CancelledError' });
  });

  it('refuse a reference to what is no weight', async () => {
    const path = saved(folder, 'no.onnx', withWeight({ dims: [2, 2], values: [1] }));
    await expect(weightDetails(path, { graph: 0, tensor: 99 })).rejects.toMatchObject({ code: 'bad-option' });
  });
});

describe('values of a weight', () => {
  it('are decoded from every type', async () => {
    const halves = [1.5, -0.25].flatMap((value) => [toFloat16(value) & 0xff, toFloat16(value) >> 8]);
    expect(await valuesOf(withBytes(Type.FLOAT16, [2], halves))).toEqual([1.5, -0.25]);
    expect(await valuesOf(withBytes(Type.BFLOAT16, [2], [0x80, 0x3f, 0x00, 0xc0]))).toEqual([1, -2]);
    expect(await valuesOf(withBytes(Type.INT4, [3], [0x8f, 0x07]))).toEqual([-1, -8, 7]);
    expect(await valuesOf(withBytes(Type.UINT4, [3], [0x8f, 0x07]))).toEqual([15, 8, 7]);
    expect(await valuesOf(withBytes(Type.BOOL, [2], [1, 0]))).toEqual([1, 0]);
    expect(await valuesOf(withBytes(Type.FLOAT8E4M3FN, [5], [0x38, 0xb8, 0x7e, 0x01, 0x7f]))).toEqual([
      1,
      -1,
      448,
      2 ** -9,
      'NaN',
    ]);
    expect(await valuesOf(withBytes(Type.FLOAT8E4M3FNUZ, [2], [0x40, 0x80]))).toEqual([1, 'NaN']);
    expect(await valuesOf(withBytes(Type.FLOAT8E5M2, [4], [0x3c, 0x7b, 0x7c, 0xfc]))).toEqual([
      1,
      57344,
      'Infinity',
      '-Infinity',
    ]);
    expect(await valuesOf(withBytes(Type.FLOAT8E5M2FNUZ, [1], [0x40]))).toEqual([1]);
    expect(
      await valuesOf(withBytes(Type.INT64, [2], [1, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 127])),
    ).toEqual([1, '9223372036854775807']);
  });

  it('come by offset, and end where the weight ends', async () => {
    const path = saved(folder, 'page.onnx', withWeight({ dims: [2, 300], values: sampleValues(600) }));
    const ref = refOf(await loadGraph(path), 'w');
    const all = sampleValues(600).map(Math.fround);
    expect(await weightPage(path, ref, 598, 10)).toEqual({ total: 600, values: all.slice(598) });
    expect(await weightPage(path, ref, 600, 10)).toEqual({ total: 600, values: [] });
    expect(await weightPage(path, ref, 900, 10)).toEqual({ total: 600, values: [] });
  });
});

describe('exporting a weight', () => {
  async function exported(model: Model): Promise<{ type: string; shape: readonly number[]; values: number[] }> {
    const path = saved(folder, `e${count++}.onnx`, model);
    const output = join(folder, `${count}.npy`);
    const { bytes } = await exportWeight(path, refOf(await loadGraph(path), 'w'), output);
    const content = readFileSync(output);
    expect(content).toHaveLength(bytes);
    const array = await openNpy(
      { size: content.length, read: async (offset, length) => content.subarray(offset, offset + length) },
      output,
    );
    return { type: array.type, shape: array.shape, values: Array.from(await array.readAll(), Number) };
  }

  it('writes an array that NumPy reads', async () => {
    const values = sampleValues(600).map(Math.fround);
    expect(await exported(withWeight({ dims: [2, 300], values }))).toEqual({
      type: 'float32',
      shape: [2, 300],
      values,
    });
    expect(await exported(withBytes(Type.INT8, [3], [1, 255, 3]))).toEqual({
      type: 'int8',
      shape: [3],
      values: [1, -1, 3],
    });
  });

  it('widens types that NumPy does not know', async () => {
    expect(await exported(withBytes(Type.BFLOAT16, [1], [0x80, 0x3f]))).toMatchObject({ type: 'float32', values: [1] });
    expect(await exported(withBytes(Type.INT4, [2], [0x8f]))).toMatchObject({ type: 'int8', values: [-1, -8] });
    expect(await exported(withBytes(Type.UINT4, [2], [0x8f]))).toMatchObject({ type: 'uint8', values: [15, 8] });
  });

  it('leaves nothing behind when cancelled, and never writes over the model', async () => {
    const path = saved(folder, 'safe.onnx', withWeight({ dims: [2, 300], values: [1] }));
    const ref = refOf(await loadGraph(path), 'w');
    const output = join(folder, 'cancelled.npy');
    const signal = AbortSignal.abort();
    await expect(exportWeight(path, ref, output, { signal })).rejects.toMatchObject({ name: 'CancelledError' });
    expect(existsSync(output)).toBe(false);
    await expect(exportWeight(path, ref, path)).rejects.toMatchObject({ code: 'bad-option' });
  });
});
