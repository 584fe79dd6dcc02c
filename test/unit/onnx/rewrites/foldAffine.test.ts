import { describe, expect, test } from 'vitest';
import { makeNode } from '../../../../src/onnx/attributes';
import { mainGraph, type Model } from '../../../../src/onnx/model';
import type { NodeProto } from '../../../../src/onnx/onnx_pb';
import { printGraph } from '../../../../src/onnx/printGraph';
import { foldAffine } from '../../../../src/onnx/rewrites/foldAffine';
import { readFloats } from '../../../../src/onnx/tensor';
import { applyPass, floatValue, largestDifference, outputsOf } from '../../../fixtures/applyPass';
import { buildModel, initializerOf, sampleValues, type ModelSpec, type TensorSpec } from '../../../fixtures/buildModel';

/** Statistics of a BatchNormalization named `<name>_scale` and so on, with variances above zero. */
function statistics(name: string, channels: number, seed: number): Record<string, TensorSpec> {
  const dims = [channels];
  return {
    [`${name}_scale`]: { dims, values: sampleValues(channels, seed) },
    [`${name}_bias`]: { dims, values: sampleValues(channels, seed + 1) },
    [`${name}_mean`]: { dims, values: sampleValues(channels, seed + 2) },
    [`${name}_var`]: { dims, values: sampleValues(channels, seed + 3).map((value) => Math.abs(value) + 0.1) },
  };
}

function normalize(name: string, input: string, output: string, attributes = {}): NodeProto {
  const parameters = ['scale', 'bias', 'mean', 'var'].map((part) => `${name}_${part}`);
  return makeNode('BatchNormalization', name, [input, ...parameters], [output], attributes);
}

/** Applies the rewrite and expects the same outputs up to float32 rounding. */
async function foldAndCompare(spec: ModelSpec): Promise<{ model: Model; changes: number }> {
  const model = buildModel(spec);
  const feeds = Object.fromEntries(
    Object.entries(spec.inputs ?? {}).map(([name, [, dims]], i) => [name, floatValue(dims.map(Number), i + 5)]),
  );
  const before = await outputsOf(model, feeds);
  const changes = await applyPass(foldAffine, model);
  expect(largestDifference(before, await outputsOf(model, feeds))).toBeLessThan(1e-5);
  return { model, changes };
}

function operators(model: Model): string[] {
  return mainGraph(model).node.map((node) => node.opType);
}

describe('foldAffine', () => {
  test('folds BatchNormalization into a Conv without bias', async () => {
    const { model } = await foldAndCompare({
      inputs: { x: ['float32', [1, 3, 5, 5]] },
      outputs: { y: ['float32', [1, 4, 3, 3]] },
      initializers: { w: { dims: [4, 3, 3, 3], values: sampleValues(108) }, ...statistics('bn', 4, 7) },
      nodes: [
        makeNode('Conv', 'conv', ['x', 'w'], ['c']),
        normalize('bn', 'c', 'b', { epsilon: { float: 0.01 } }),
        makeNode('Relu', 'relu', ['b'], ['y']),
      ],
    });
    expect(printGraph(model)).toMatchInlineSnapshot(`
      "ir 8, ai.onnx 17
      in %x: float[1,3,5,5]
      %w = float[4,3,3,3]
      %conv_bias = float[4] {-0.86449, -0.21208, -0.73131, 1.7661}
      %b = Conv(%x, %w, %conv_bias)  # conv
      %y = Relu(%b)  # relu
      out %y: float[1,4,3,3]"
    `);
  });

  test('folds a chain of BatchNormalization, Mul and Add into a grouped Conv with bias', async () => {
    const { model, changes } = await foldAndCompare({
      inputs: { x: ['float32', [2, 4, 5]] },
      outputs: { y: ['float32', [2, 6, 4]] },
      initializers: {
        w: { dims: [6, 2, 2], values: sampleValues(24) },
        b: { dims: [6], values: sampleValues(6, 3) },
        m: { dims: [6, 1], values: sampleValues(6, 4) },
        a: { dims: [1, 6, 1], values: sampleValues(6, 5) },
        half: { dims: [], values: [0.5] },
        ...statistics('bn', 6, 7),
      },
      nodes: [
        makeNode('Conv', 'conv', ['x', 'w', 'b'], ['c'], { group: 2 }),
        normalize('bn', 'c', 'n'),
        makeNode('Mul', 'mul', ['m', 'n'], ['p']),
        makeNode('Add', 'add', ['p', 'a'], ['q']),
        makeNode('Mul', 'scalar', ['q', 'half'], ['y']),
      ],
    });
    expect({ changes, operators: operators(model) }).toEqual({ changes: 4, operators: ['Conv'] });
  });

  test.each([1, 2])('folds into a ConvTranspose of %i groups', async (group) => {
    const { model } = await foldAndCompare({
      inputs: { x: ['float32', [1, 4, 3, 3]] },
      outputs: { y: ['float32', [1, 6, 4, 4]] },
      initializers: {
        w: { dims: [4, 6 / group, 2, 2], values: sampleValues((96 / group) | 0) },
        ...statistics('bn', 6, 2),
      },
      nodes: [makeNode('ConvTranspose', 'up', ['x', 'w'], ['c'], { group }), normalize('bn', 'c', 'y')],
    });
    expect(operators(model)).toEqual(['ConvTranspose']);
  });

  test.each([0, 1])('folds into a Gemm with transB=%i, alpha and beta', async (transB) => {
    const { model } = await foldAndCompare({
      inputs: { x: ['float32', [2, 3]] },
      outputs: { y: ['float32', [2, 4]] },
      initializers: {
        w: { dims: transB ? [4, 3] : [3, 4], values: sampleValues(12) },
        b: { dims: [1, 4], values: sampleValues(4, 9) },
        ...statistics('bn', 4, 2),
      },
      nodes: [
        makeNode('Gemm', 'gemm', ['x', 'w', 'b'], ['g'], { transB, alpha: { float: 0.5 }, beta: { float: 2 } }),
        normalize('bn', 'g', 'y'),
      ],
    });
    expect(operators(model)).toEqual(['Gemm']);
  });

  test.each([
    ['a MatMul', [normalize('bn', 'm', 'y')], 1],
    ['a MatMul and its bias', [makeNode('Add', 'add', ['m', 'b'], ['s']), normalize('bn', 's', 'y')], 1],
  ])('folds BatchNormalization after %s into weight and Add', async (_, rest, changes) => {
    const folded = await foldAndCompare({
      inputs: { x: ['float32', [2, 3]] },
      outputs: { y: ['float32', [2, 4]] },
      initializers: {
        w: { dims: [3, 4], values: sampleValues(12) },
        b: { dims: [4], values: sampleValues(4, 9) },
        ...statistics('bn', 4, 2),
      },
      nodes: [makeNode('MatMul', 'mm', ['x', 'w'], ['m']), ...rest],
    });
    expect({ changes: folded.changes, operators: operators(folded.model) }).toEqual({
      changes,
      operators: ['MatMul', 'Add'],
    });
  });

  test('folds Mul and Add into the BatchNormalization before', async () => {
    const { model } = await foldAndCompare({
      inputs: { x: ['float32', [1, 3, 2, 2]] },
      outputs: { y: ['float32', [1, 3, 2, 2]] },
      initializers: { m: { dims: [3, 1, 1], values: sampleValues(3, 4) }, ...statistics('bn', 3, 2) },
      nodes: [
        normalize('bn', 'x', 'b'),
        makeNode('Mul', 'mul', ['b', 'm'], ['p']),
        makeNode('Add', 'add', ['p', 'm'], ['y']),
      ],
    });
    expect(operators(model)).toEqual(['BatchNormalization']);
  });

  test('gives a Conv a weight of its own when another shares it', async () => {
    const w = sampleValues(9);
    const { model } = await foldAndCompare({
      inputs: { x: ['float32', [1, 3, 2, 2]] },
      outputs: { y: ['float32', [1, 3, 2, 2]], z: ['float32', [1, 3, 2, 2]] },
      initializers: { w: { dims: [3, 3, 1, 1], values: w }, ...statistics('bn', 3, 2) },
      nodes: [
        makeNode('Conv', 'c1', ['x', 'w'], ['a']),
        normalize('bn', 'a', 'y'),
        makeNode('Conv', 'c2', ['x', 'w'], ['z']),
      ],
    });
    expect([...readFloats(model, initializerOf(model, 'w'))]).toEqual([...Float32Array.from(w)]);
    expect(mainGraph(model).node[0]?.input).toEqual(['x', 'w_folded', 'c1_bias']);
  });

  test.each<[string, Partial<ModelSpec> & Pick<ModelSpec, 'nodes'>]>([
    [
      'the output of the Conv has another reader',
      { nodes: [normalize('bn', 'c', 'b'), makeNode('Add', 'add', ['b', 'c'], ['y'])] },
    ],
    [
      'the Conv makes a graph output',
      { outputs: { c: ['float32', [1, 3, 2, 2]], y: ['float32', [1, 3, 2, 2]] }, nodes: [normalize('bn', 'c', 'y')] },
    ],
    ['the constant varies along the width', { nodes: [makeNode('Mul', 'mul', ['c', 'width'], ['y'])] }],
    [
      'the constant would widen the result',
      {
        nodes: [
          makeNode('Mul', 'mul', ['c', 'wide'], ['t']),
          makeNode('ReduceMax', 'r', ['t'], ['y'], { axes: [0], keepdims: 0 }),
        ],
      },
    ],
  ])('leaves everything when %s', async (_, spec) => {
    const { changes } = await foldAndCompare({
      inputs: { x: ['float32', [1, 3, 2, 2]] },
      outputs: { y: ['float32', [1, 3, 2, 2]] },
      initializers: {
        w: { dims: [3, 3, 1, 1], values: sampleValues(9) },
        width: { dims: [2], values: [1, 2] },
        wide: { dims: [1, 1, 3, 1, 1], values: [2] },
        ...statistics('bn', 3, 2),
      },
      ...spec,
      nodes: [makeNode('Conv', 'conv', ['x', 'w'], ['c']), ...spec.nodes],
    });
    expect(changes).toBe(0);
  });
});
