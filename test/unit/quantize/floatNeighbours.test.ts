import { describe, expect, it } from 'vitest';
import { makeNode } from '../../../src/onnx/attributes';
import { mainGraph, type Model } from '../../../src/onnx/model';
import type { NodeProto } from '../../../src/onnx/onnx_pb';
import type { TensorMap } from '../../../src/onnx/tensorValue';
import { quantizeStatic } from '../../../src/quantize/quantizeStatic';
import { createSession } from '../../../src/runtime/session';
import { inferTensorTypes } from '../../../src/runtime/tensorTypes';
import { buildModel, type TensorSpec } from '../../fixtures/buildModel';
import { normalNumbers, normalValue, runOptimized, samplesOf, sqnrDb } from './fixtures';

/** Weights of which one channel is 1,000 times larger than the others: one scale leaves nothing of those. */
function lopsided(dims: readonly number[], axis: 0 | 1): TensorSpec {
  const inner = dims.slice(axis + 1).reduce((product, dim) => product * dim, 1);
  const count = dims.reduce((product, dim) => product * dim, 1);
  const numbers = normalNumbers(count, 7, 0.2);
  const isLarge = (i: number): boolean => Math.floor(i / inner) % (dims[axis] ?? 1) === 1;
  return { dims, values: numbers.map((value, i) => (isLarge(i) ? -1000 * Math.abs(value) : value)) };
}

const weight = (dims: readonly number[], seed: number): TensorSpec => ({
  dims,
  values: normalNumbers(
    dims.reduce((product, dim) => product * dim, 1),
    seed,
    0.2,
  ),
});

const conv = (name: string, input: string, output: string): NodeProto =>
  makeNode('Conv', name, [input, `${name}_w`], [output], { pads: [1, 1, 1, 1] });

/** Two int8 layers with `middle` between them, which a Relu follows. */
const images = (middle: NodeProto, middleWeight: TensorSpec): Model =>
  buildModel({
    inputs: { x: ['float32', [1, 8, 8, 8]] },
    outputs: { y: ['float32', [1, 8, 8, 8]] },
    initializers: { before_w: weight([8, 8, 3, 3], 1), after_w: weight([8, 8, 3, 3], 2), w: middleWeight },
    nodes: [
      conv('before', 'x', 'a'),
      makeNode('Relu', 'r1', ['a'], ['b']),
      middle,
      makeNode('Relu', 'r2', ['c'], ['d']),
      conv('after', 'd', 'y'),
    ],
  });

const rows = (middle: NodeProto): Model =>
  buildModel({
    inputs: { x: ['float32', [4, 16]] },
    outputs: { y: ['float32', [4, 16]] },
    initializers: { before_w: weight([16, 16], 1), after_w: weight([16, 16], 2), w: lopsided([16, 16], 1) },
    nodes: [
      makeNode('Gemm', 'before', ['x', 'before_w'], ['a']),
      makeNode('Relu', 'r1', ['a'], ['b']),
      middle,
      makeNode('Relu', 'r2', ['c'], ['d']),
      makeNode('Gemm', 'after', ['d', 'after_w'], ['y']),
    ],
  });

const MODELS: Readonly<Record<string, () => Model>> = {
  Conv: () => images(makeNode('Conv', 'middle', ['b', 'w'], ['c'], { pads: [1, 1, 1, 1] }), lopsided([8, 8, 3, 3], 0)),
  'depthwise Conv': () =>
    images(makeNode('Conv', 'middle', ['b', 'w'], ['c'], { pads: [1, 1, 1, 1], group: 8 }), lopsided([8, 1, 3, 3], 0)),
  ConvTranspose: () =>
    images(makeNode('ConvTranspose', 'middle', ['b', 'w'], ['c'], { pads: [1, 1, 1, 1] }), lopsided([8, 8, 3, 3], 1)),
  Gemm: () => rows(makeNode('Gemm', 'middle', ['b', 'w'], ['c'])),
  MatMul: () => rows(makeNode('MatMul', 'middle', ['b', 'w'], ['c'])),
};

describe('a layer in float between int8 layers', () => {
  it.each(Object.keys(MODELS))('stays in float when ONNX Runtime optimises the graph: %s', async (name) => {
    const model = MODELS[name]!();
    const { dims } = mainGraph(model).node[0]!.opType === 'Gemm' ? { dims: [4, 16] } : { dims: [1, 8, 8, 8] };
    const feeds: readonly TensorMap[] = Array.from({ length: 6 }, (_, i) => ({ x: normalValue(dims, 50 + i) }));
    const before = await runOptimized(model, feeds);
    const types = await inferTensorTypes(model);
    const settings = { mode: 'static', exclude: ['middle'] } as const;
    const outcome = await quantizeStatic({ model, types, samples: samplesOf(feeds), settings });
    expect(outcome.quantized.map(({ node }) => node)).toEqual(['before', 'after']);
    const asWritten = await createSession(model, { optimization: 'disabled', threads: 1 });
    const exact: TensorMap[] = [];
    for (const feed of feeds) exact.push(await asWritten.run(feed));
    await asWritten.release();
    const optimised = await runOptimized(model, feeds);
    expect(sqnrDb(before, exact)).toBeGreaterThan(20);
    expect(sqnrDb(exact, optimised)).toBeGreaterThan(30);
  });
});
