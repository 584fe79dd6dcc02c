import { describe, expect, it } from 'vitest';
import { makeNode } from '../../../src/onnx/attributes';
import { cloneModel, mainGraph, type Model } from '../../../src/onnx/model';
import { TensorProto_DataType as Type } from '../../../src/onnx/onnx_pb';
import { dimsOf, readFloats } from '../../../src/onnx/tensor';
import type { TensorMap } from '../../../src/onnx/tensorValue';
import type { QuantizeSettings } from '../../../src/protocol';
import { quantizeFp16 } from '../../../src/quantize/fp16';
import { addHalfTensor, whyNotHalf } from '../../../src/quantize/fp16Tensor';
import { modelBytes } from '../../../src/runtime/modelFile';
import { createSession } from '../../../src/runtime/session';
import { inferTensorTypes } from '../../../src/runtime/tensorTypes';
import { runModel } from '../../../src/runtime/verifyRewrite';
import { fromFloat16, toFloat16 } from '../../../src/util/float16';
import { CancelledError } from '../../../src/util/pressError';
import { buildModel, initializerOf, type ModelSpec } from '../../fixtures/buildModel';
import { countOperators, normalNumbers, normalValue, optimizedOperators, runOptimized, sqnrDb } from './fixtures';

async function converted(source: Model, settings: Omit<QuantizeSettings, 'mode'> = {}) {
  const model = cloneModel(source);
  return { model, outcome: quantizeFp16(model, await inferTensorTypes(source), { mode: 'fp16', ...settings }) };
}

const NETWORK: ModelSpec = {
  inputs: { x: ['float32', ['batch', 8, 6, 6]] },
  outputs: { y: ['float32', ['batch', 20]] },
  initializers: {
    k: { dims: [16, 8, 3, 3], values: normalNumbers(16 * 72, 1, 0.1) },
    b: { dims: [16], values: normalNumbers(16, 2) },
    w: { dims: [256, 20], values: normalNumbers(5120, 3, 0.1) },
  },
  nodes: [
    makeNode('Conv', 'conv', ['x', 'k', 'b'], ['c']),
    makeNode('Relu', 'relu', ['c'], ['r']),
    makeNode('Flatten', 'flatten', ['r'], ['f']),
    makeNode('Gemm', 'gemm', ['f', 'w'], ['y']),
  ],
};
const FEEDS: readonly TensorMap[] = [{ x: normalValue([2, 8, 6, 6], 5) }];

describe('fp16 storage', () => {
  it('halves the file, and computes in float32 kernels without a Cast', async () => {
    const { model, outcome } = await converted(buildModel(NETWORK));
    expect(modelBytes(model).length).toBeLessThan(modelBytes(buildModel(NETWORK)).length * 0.55);
    expect(Object.keys(await optimizedOperators(model))).not.toContain('Cast');
    expect(sqnrDb(await runOptimized(buildModel(NETWORK), FEEDS), await runOptimized(model, FEEDS))).toBeGreaterThan(
      60,
    );
    expect(outcome.quantized.map(({ node }) => node)).toEqual(['conv', 'gemm']);
  });

  it('rounds every weight to its nearest half', async () => {
    const { model } = await converted(buildModel(NETWORK));
    const half = mainGraph(model).initializer.find((tensor) => tensor.dims.length === 4)!;
    expect(half.dataType).toBe(Type.FLOAT16);
    const source = buildModel(NETWORK);
    const expected = readFloats(source, initializerOf(source, 'k')).map((value) => fromFloat16(toFloat16(value)));
    expect(readFloats(model, half)).toEqual(expected);
  });

  it('says why it keeps weights that a half cannot hold, are excluded, or that a caller may replace', async () => {
    const weight = (values: readonly number[]) => ({ dims: [16, 16], values });
    const source = buildModel({
      inputs: { x: ['float32', [1, 16]], open: ['float32', [16, 16]] },
      outputs: { y: ['float32', [1, 16]] },
      initializers: {
        huge: weight([1e5, 1]),
        faint: weight([1e-7, 2e-7]),
        mine: weight([1, 2]),
        open: weight([1, 2]),
        fine: weight(normalNumbers(256, 1)),
      },
      nodes: ['huge', 'faint', 'mine', 'open', 'fine'].map((name, i, all) =>
        makeNode('MatMul', name, [i === 0 ? 'x' : `h${i}`, name], [i === all.length - 1 ? 'y' : `h${i + 1}`]),
      ),
    });
    const { outcome } = await converted(source, { exclude: ['mine'] });
    expect(outcome.quantized.map(({ node }) => node)).toEqual(['fine']);
    expect(outcome.kept.map(({ node, reason }) => `${node}: ${reason}`)).toEqual([
      'huge: Its weight holds 1.00e+5, beyond the 65504 of float16.',
      'faint: Its weight is so small that float16 would lose its precision.',
      'mine: Excluded by "mine", or shares its weight with a node that is.',
      'open: Its weight is also a graph input, so that a caller may replace it.',
    ]);
  });

  it('stops when it is cancelled', () => {
    const cancelled = { signal: AbortSignal.abort() };
    expect(() => quantizeFp16(buildModel(NETWORK), new Map(), { mode: 'fp16' }, cancelled)).toThrow(CancelledError);
  });
});

describe('fp16 compute', () => {
  it('computes in float16 between float32 inputs and outputs', async () => {
    const source = buildModel(NETWORK);
    const { model, outcome } = await converted(source, { fp16Compute: true });
    const before = await createSession(source);
    const after = await createSession(model, { optimization: 'extended' });
    expect([after.inputs, after.outputs]).toEqual([before.inputs, before.outputs]);
    await before.release();
    await after.release();
    expect(countOperators(model)).toEqual({ Cast: 2, Conv: 1, Flatten: 1, Gemm: 1, Relu: 1 });
    expect(outcome.quantized.map(({ node }) => node)).toEqual(['conv', 'relu', 'flatten', 'gemm']);
    const [expected, actual] = [await runModel(source, FEEDS), await runModel(model, FEEDS)];
    expect(sqnrDb(expected, actual)).toBeGreaterThan(50);
  });

  it('clamps mask constants, so that a masked softmax stays finite', async () => {
    const source = buildModel({
      inputs: { x: ['float32', [1, 4]] },
      outputs: { y: ['float32', [1, 4]] },
      initializers: { mask: { dims: [1, 4], values: [0, -3.4e38, 0, -Infinity] } },
      nodes: [makeNode('Add', 'add', ['x', 'mask'], ['s']), makeNode('Softmax', 'softmax', ['s'], ['y'])],
    });
    const { model } = await converted(source, { fp16Compute: true });
    const halves = mainGraph(model).initializer.find((tensor) => tensor.dataType === Type.FLOAT16)!;
    expect([...readFloats(model, halves)]).toEqual([0, -65504, 0, -65504]);
    const feeds = [{ x: { type: 'float32' as const, dims: [1, 4], data: Float32Array.of(1, 2, 3, 4) } }];
    const [outputs] = await runModel(model, feeds);
    const [expected] = await runModel(source, feeds);
    [...(outputs!['y']!.data as Float32Array)].forEach((value, i) =>
      expect(value).toBeCloseTo((expected!['y']!.data as Float32Array)[i]!, 3),
    );
  });

  it('keeps float32 what is excluded and what leaves the range of float16, with one Cast at each border', async () => {
    const source = buildModel({
      inputs: { x: ['float32', [2, 32]] },
      outputs: { y: ['float32', [2, 32]] },
      initializers: {
        w: { dims: [32, 32], values: normalNumbers(1024, 1, 0.2) },
        v: { dims: [32, 32], values: normalNumbers(1024, 2, 0.2) },
        two: { dims: [], values: [2] },
        tiny: { dims: [], values: [1e-12] },
      },
      nodes: [
        makeNode('MatMul', 'first', ['x', 'w'], ['a']),
        makeNode('Pow', 'square', ['a', 'two'], ['q']),
        makeNode('Add', 'epsilon', ['q', 'tiny'], ['e']),
        makeNode('Sqrt', 'root', ['e'], ['d']),
        makeNode('Div', 'divide', ['a', 'd'], ['n']),
        makeNode('MatMul', 'mine', ['n', 'v'], ['y']),
      ],
    });
    const { model, outcome } = await converted(source, { fp16Compute: true, exclude: ['mine'] });
    expect(outcome.quantized.map(({ node }) => node)).toEqual(expect.arrayContaining(['first', 'divide']));
    // The weight of the excluded layer stays as it is.
    expect(outcome.kept.map(({ node, reason }) => `${node}: ${reason}`)).toEqual([
      'square: Its results could exceed the range of float16.',
      'epsilon: Its results could exceed the range of float16.',
      'root: Its results could exceed the range of float16.',
      'mine: Excluded by "mine".',
    ]);
    expect(dimsOf(initializerOf(model, 'v'))).toEqual([32, 32]);
    const feeds = [{ x: normalValue([2, 32], 3) }];
    expect(sqnrDb(await runModel(source, feeds), await runModel(model, feeds))).toBeGreaterThan(35);
  });
});

describe('halves', () => {
  it('agree with the scalar conversion for every exponent, ties included', () => {
    const values: number[] = [];
    for (let exponent = -27; exponent <= 16; exponent++)
      for (const mantissa of [1, 1 + 2 ** -11, 1 + 3 * 2 ** -11, 1 + 2 ** -11 + 2 ** -23, 1.999999, 2 - 2 ** -11])
        values.push(mantissa * 2 ** exponent, -mantissa * 2 ** exponent);
    values.push(0, Infinity, -Infinity);
    const model = buildModel({ nodes: [], initializers: { t: { dims: [values.length], values } } });
    const half = addHalfTensor(model, initializerOf(model, 't'), 'h');
    expect([...readFloats(model, half)]).toEqual(values.map((value) => fromFloat16(toFloat16(Math.fround(value)))));
  });

  it('do not turn a lone epsilon into zero when they are clamped', () => {
    const model = buildModel({ nodes: [], initializers: { e: { dims: [], values: [1e-12] } } });
    expect(readFloats(model, addHalfTensor(model, initializerOf(model, 'e'), 'h', true))[0]).toBe(2 ** -24);
    expect(whyNotHalf(model, initializerOf(model, 'e'))).toContain('so small');
  });
});
