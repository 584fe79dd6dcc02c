import { describe, expect, test } from 'vitest';
import { makeNode } from '../../../src/onnx/attributes';
import { opsetOf } from '../../../src/onnx/graphIndex';
import { mainGraph, type Model } from '../../../src/onnx/model';
import { printGraph } from '../../../src/onnx/printGraph';
import type { TensorMap } from '../../../src/onnx/tensorValue';
import { modelBytes } from '../../../src/runtime/modelFile';
import { normaliseModel } from '../../../src/runtime/normaliseModel';
import { compareOutputs, runModel } from '../../../src/runtime/verifyRewrite';
import { floatValue } from '../../fixtures/applyPass';
import { buildModel, buildTensor, sampleValues, type ModelSpec } from '../../fixtures/buildModel';

const feeds: TensorMap[] = [{ x: floatValue([1, 3, 6, 6], 1) }, { x: floatValue([1, 3, 6, 6], 2) }];

/** A small network as an old exporter would write it, with something to do for most rewrites. */
function oldNetwork(spec: Partial<ModelSpec> = {}): Model {
  const channels = { dims: [4], values: [0.5, 1, 1.5, 2] };
  return buildModel({
    opset: 9,
    irVersion: 3,
    inputs: { x: ['float32', [1, 3, 6, 6]] },
    outputs: { y: ['float32', [1, 2]] },
    listInitializers: true,
    initializers: {
      w: { dims: [4, 3, 3, 3], values: sampleValues(108) },
      v: channels,
      mean: { dims: [3, 1, 1], values: [0.1, 0.2, 0.3] },
      fc: { dims: [4, 2], values: sampleValues(8, 2) },
      b: { dims: [2], values: [1, 2] },
      dead: { dims: [1], values: [0] },
    },
    nodes: [
      makeNode('Sub', '', ['x', 'mean'], ['centred']),
      makeNode('Conv', '', ['centred', 'w'], ['c']),
      makeNode('BatchNormalization', 'bn', ['c', 'v', 'v', 'v', 'v'], ['n']),
      makeNode('Clip', '', ['n'], ['r'], { min: { float: 0 }, max: { float: 6 } }),
      makeNode('Dropout', '', ['r'], ['d']),
      makeNode('ReduceMean', '', ['d'], ['p'], { axes: [2, 3], keepdims: 0 }),
      makeNode('Gemm', 'gemm', ['p', 'fc', 'b'], ['g']),
      makeNode('Softmax', '', ['g'], ['y']),
    ],
    ...spec,
  });
}

describe('normaliseModel', () => {
  test('brings an old network into shape without changing what it computes', async () => {
    const model = oldNetwork();
    const { model: normalised, records } = await normaliseModel(model, { feeds });
    expect(printGraph(normalised)).toMatchInlineSnapshot(`
      "ir 7, ai.onnx 13
      in %x: float[1,3,6,6]
      %w = float[4,3,3,3]
      %fc = float[4,2] {-0.52631, -0.080051, -0.6221, 0.4838, 0.43402, -0.76554, -0.5884, -0.055317}
      %b = float[2] {1, 2}
      %Clip_0_min = float[] {0}
      %Clip_0_max = float[] {6}
      %mean_negated = float[3,1,1] {-0.1, -0.2, -0.3}
      %Conv_0_bias = float[4] {0.14645, 0.000005, -0.33711, -0.82842}
      %centred = Add(%x, %mean_negated)  # Sub_0
      %n = Conv(%centred, %w, %Conv_0_bias)  # Conv_0
      %r = Clip(%n, %Clip_0_min, %Clip_0_max)  # Clip_0
      %p_pooled = GlobalAveragePool(%r)  # ReduceMean_0
      %p = Flatten[axis=1](%p_pooled)  # ReduceMean_0_flatten
      %g = Gemm(%p, %fc, %b)  # gemm
      %y = Softmax[axis=-1](%g)  # Softmax_0
      out %y: float[1,2]"
    `);
    expect(records.map(({ pass, changes, kept }) => ({ pass, changes, kept }))).toMatchInlineSnapshot(`
      [
        {
          "changes": 6,
          "kept": true,
          "pass": "nodes named",
        },
        {
          "changes": 6,
          "kept": true,
          "pass": "initializers out of inputs",
        },
        {
          "changes": 4,
          "kept": true,
          "pass": "opset 13",
        },
        {
          "changes": 2,
          "kept": true,
          "pass": "constants to initializers",
        },
        {
          "changes": 1,
          "kept": true,
          "pass": "identities removed",
        },
        {
          "changes": 1,
          "kept": true,
          "pass": "unused removed",
        },
        {
          "changes": 1,
          "kept": true,
          "pass": "Sub and Div to Add and Mul",
        },
        {
          "changes": 1,
          "kept": true,
          "pass": "BatchNormalization folded",
        },
        {
          "changes": 1,
          "kept": true,
          "pass": "ReduceMean to GlobalAveragePool",
        },
      ]
    `);
    const difference = compareOutputs(await runModel(model, feeds), await runModel(normalised, feeds));
    expect(difference.mismatch).toBeUndefined();
    expect(difference.maxRelativeError).toBeLessThan(1e-6);
  });

  test('does not touch the given model', async () => {
    const model = oldNetwork();
    const before = modelBytes(model);
    await normaliseModel(model, { feeds });
    expect(Buffer.compare(modelBytes(model), before)).toBe(0);
  });

  test('gives the same bytes every time', async () => {
    const [a, b] = [await normaliseModel(oldNetwork(), { feeds }), await normaliseModel(oldNetwork(), { feeds })];
    expect(Buffer.compare(modelBytes(a.model), modelBytes(b.model))).toBe(0);
  });

  test('finds nothing left to do the second time', async () => {
    const { model } = await normaliseModel(oldNetwork(), { feeds });
    expect((await normaliseModel(model, { feeds })).records).toEqual([]);
  });

  test('works without feeds and raises the operator set as far as asked', async () => {
    const { model, records } = await normaliseModel(oldNetwork(), { feeds: null, minOpset: 21 });
    expect(opsetOf(model)).toBe(21);
    expect(records.every((record) => record.kept && record.maxRelativeError === 0)).toBe(true);
    expect(
      compareOutputs(await runModel(oldNetwork(), feeds), await runModel(model, feeds)).maxRelativeError,
    ).toBeLessThan(1e-6);
  });

  test('undoes the one rewrite that changes the outputs, and keeps the others', async () => {
    // Both scales together take the weight beyond float32: 0 * infinity is then NaN where it was infinite or zero.
    const model = buildModel({
      inputs: { x: ['float32', [1, 3, 6, 6]] },
      outputs: { y: ['float32', [1, 2, 6, 6]] },
      initializers: {
        w: { dims: [2, 3, 1, 1], values: [1e-30] },
        up: { dims: [1, 2, 1, 1], values: [1e38] },
      },
      nodes: [
        makeNode('Identity', '', ['x'], ['i']),
        makeNode('Conv', 'conv', ['i', 'w'], ['c']),
        makeNode('Mul', 'up1', ['c', 'up'], ['u']),
        makeNode('Mul', 'up2', ['u', 'up'], ['y']),
      ],
    });
    const { model: normalised, records } = await normaliseModel(model, { feeds });
    expect(records.map(({ pass, kept, reason }) => ({ pass, kept, reason }))).toEqual([
      { pass: 'nodes named', kept: true, reason: undefined },
      { pass: 'identities removed', kept: true, reason: undefined },
      { pass: 'BatchNormalization folded', kept: false, reason: expect.stringContaining('Output "y" is') },
    ]);
    expect(mainGraph(normalised).node.map((node) => node.name)).toEqual(['conv', 'up1', 'up2']);
  });

  test('refuses a model that does not run', async () => {
    const model = buildModel({ outputs: { y: ['float32', [1]] }, nodes: [makeNode('Relu', 'r', ['nowhere'], ['y'])] });
    await expect(normaliseModel(model, { feeds: null })).rejects.toMatchObject({ code: 'model-does-not-run' });
  });

  test('refuses an operator set that cannot be raised, unless the caller can do without', async () => {
    const build = (): Model =>
      buildModel({
        opset: 11,
        inputs: { x: ['float32', [1, 3, 6, 6]] },
        outputs: { y: ['float32', [1, 3, 12, 12]] },
        initializers: { roi: { dims: [0], values: [] }, scales: { dims: [4], values: [1, 1, 2, 2] } },
        nodes: [
          makeNode('Resize', 'up', ['x', 'roi', 'scales'], ['y'], {
            mode: 'nearest',
            coordinate_transformation_mode: 'tf_half_pixel_for_nn',
          }),
        ],
      });
    await expect(normaliseModel(build(), { feeds })).rejects.toMatchObject({
      code: 'unsupported-opset',
      details: { found: 11, needed: 13 },
    });
    const { model, records } = await normaliseModel(build(), { feeds, requiredOpset: 11 });
    expect(opsetOf(model)).toBe(11);
    expect(records).toMatchObject([
      { pass: 'opset 13', changes: 0, kept: false, reason: expect.stringContaining('"up" is a Resize') },
    ]);
  });

  test('normalises a model that draws random numbers', async () => {
    const model = buildModel({
      inputs: { x: ['float32', [1, 3, 6, 6]] },
      outputs: { y: ['float32', [1, 3, 6, 6]] },
      nodes: [
        makeNode('RandomNormalLike', '', ['x'], ['noise']),
        makeNode('Add', '', ['x', 'noise'], ['s']),
        makeNode('Identity', '', ['s'], ['y']),
      ],
    });
    const { records } = await normaliseModel(model, { feeds });
    expect(records.map(({ pass, kept }) => [pass, kept])).toEqual([
      ['nodes named', true],
      ['identities removed', true],
    ]);
  });

  test('stops when cancelled', async () => {
    const signal = AbortSignal.abort();
    await expect(normaliseModel(oldNetwork(), { feeds, signal })).rejects.toMatchObject({ name: 'CancelledError' });
  });

  test('reports progress up to the end', async () => {
    const seen: number[] = [];
    let total = 0;
    await normaliseModel(oldNetwork(), {
      feeds,
      onProgress: (progress) => {
        seen.push(progress.done);
        total = progress.total;
      },
    });
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen.at(-1)).toBe(total);
  });

  test('folds a sum over a large Constant to its value', async () => {
    const model = oldNetwork({ listInitializers: false, irVersion: 8, opset: 13, initializers: {}, nodes: [] });
    const weight = buildTensor(model, '', { dims: [4, 3, 3, 3, 4], values: sampleValues(432) });
    mainGraph(model).node.push(
      makeNode('Constant', '', [], ['k'], { value: { tensor: weight } }),
      makeNode('ReduceSum', '', ['k'], ['s'], { keepdims: 0 }),
      makeNode('ReduceMax', '', ['x'], ['m'], { axes: [2, 3], keepdims: 0 }),
      makeNode('Slice', '', ['m', 'from', 'to', 'axis'], ['t']),
      makeNode('Mul', '', ['t', 's'], ['y']),
    );
    for (const [name, value] of Object.entries({ from: 0, to: 2, axis: 1 }))
      mainGraph(model).initializer.push(buildTensor(model, name, { dims: [1], values: [value], type: 'int64' }));
    const { model: normalised } = await normaliseModel(model, { feeds });
    expect(compareOutputs(await runModel(model, feeds), await runModel(normalised, feeds)).maxRelativeError).toBe(0);
    expect(mainGraph(normalised).node.map((node) => node.opType)).toEqual(['ReduceMax', 'Slice', 'Mul']);
  });
});
