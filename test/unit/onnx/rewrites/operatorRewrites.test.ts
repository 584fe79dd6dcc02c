import { describe, expect, test } from 'vitest';
import { makeNode } from '../../../../src/onnx/attributes';
import { mainGraph, type Model } from '../../../../src/onnx/model';
import { printGraph } from '../../../../src/onnx/printGraph';
import { foldPads } from '../../../../src/onnx/rewrites/foldPads';
import type { Pass } from '../../../../src/onnx/rewrites/pass';
import { reduceMeanToPool } from '../../../../src/onnx/rewrites/reduceMeanToPool';
import { subDivToAddMul } from '../../../../src/onnx/rewrites/subDivToAddMul';
import { applyPass, floatValue, largestDifference, outputsOf } from '../../../fixtures/applyPass';
import { buildModel, sampleValues, type ModelSpec } from '../../../fixtures/buildModel';

async function rewrite(pass: Pass, spec: ModelSpec, tolerance = 0): Promise<{ model: Model; changes: number }> {
  const model = buildModel(spec);
  const feeds = Object.fromEntries(
    Object.entries(spec.inputs ?? {}).map(([name, [, dims]], i) => [name, floatValue(dims.map(Number), i + 3)]),
  );
  const before = await outputsOf(model, feeds);
  const changes = await applyPass(pass, model);
  expect(largestDifference(before, await outputsOf(model, feeds))).toBeLessThanOrEqual(tolerance);
  return { model, changes };
}

describe('subDivToAddMul', () => {
  test('turns Sub and Div by constants around and leaves shared constants as they are', async () => {
    const { model } = await rewrite(
      subDivToAddMul,
      {
        inputs: { x: ['float32', [2]] },
        outputs: { y: ['float32', [2]] },
        initializers: { c: { dims: [2], values: [2, 4] } },
        nodes: [
          makeNode('Sub', 'sub', ['x', 'c'], ['a']),
          makeNode('Div', 'div', ['a', 'c'], ['b']),
          makeNode('Mul', 'mul', ['b', 'c'], ['y']),
        ],
      },
      1e-6,
    );
    expect(printGraph(model)).toMatchInlineSnapshot(`
      "ir 8, ai.onnx 17
      in %x: float[2]
      %c = float[2] {2, 4}
      %c_negated = float[2] {-2, -4}
      %c_reciprocal = float[2] {0.5, 0.25}
      %a = Add(%x, %c_negated)  # sub
      %b = Mul(%a, %c_reciprocal)  # div
      %y = Mul(%b, %c)  # mul
      out %y: float[2]"
    `);
  });

  test.each([
    ['the constant is on the left', makeNode('Sub', 'n', ['c', 'x'], ['y'])],
    ['it divides by zero', makeNode('Div', 'n', ['x', 'zero'], ['y'])],
    ['the reciprocal would lose digits', makeNode('Div', 'n', ['x', 'huge'], ['y'])],
    ['both sides are computed', makeNode('Div', 'n', ['x', 'x'], ['y'])],
  ])('leaves the node when %s', async (_, node) => {
    const model = buildModel({
      inputs: { x: ['float32', [2]] },
      outputs: { y: ['float32', [2]] },
      initializers: {
        c: { dims: [2], values: [2, 4] },
        zero: { dims: [2], values: [0, 1] },
        huge: { dims: [], values: [3e38] },
      },
      nodes: [node],
    });
    expect(await applyPass(subDivToAddMul, model)).toBe(0);
  });

  test('leaves integers', async () => {
    const model = buildModel({
      inputs: { x: ['int64', [2]] },
      outputs: { y: ['int64', [2]] },
      initializers: { c: { dims: [2], values: [2, 4], type: 'int64' } },
      nodes: [makeNode('Div', 'n', ['x', 'c'], ['y'])],
    });
    expect(await applyPass(subDivToAddMul, model)).toBe(0);
  });
});

describe('reduceMeanToPool', () => {
  test.each([
    ['attributes and kept dimensions', 13, { axes: [2, 3] }, [], [1, 2, 1, 1], ['GlobalAveragePool']],
    [
      'negative axes and dropped dimensions',
      13,
      { axes: [-1, -2], keepdims: 0 },
      [],
      [1, 2],
      ['GlobalAveragePool', 'Flatten'],
    ],
    ['axes as an input', 18, { keepdims: 0 }, ['axes'], [1, 2], ['GlobalAveragePool', 'Flatten']],
  ] as const)('replaces a mean with %s', async (_, opset, attributes, inputs, dims, operators) => {
    const { model } = await rewrite(
      reduceMeanToPool,
      {
        opset,
        inputs: { x: ['float32', [1, 2, 3, 4]] },
        outputs: { y: ['float32', [...dims]] },
        initializers: { axes: { dims: [2], values: [2, 3], type: 'int64' } },
        nodes: [makeNode('ReduceMean', 'mean', ['x', ...inputs], ['y'], attributes)],
      },
      1e-6,
    );
    expect(mainGraph(model).node.map((node) => node.opType)).toEqual(operators);
    expect(mainGraph(model).node[0]?.name).toBe('mean');
  });

  test.each([
    ['other axes', [1, 2], [1, 2, 3, 4]],
    ['another rank', [2, 3], [1, 2, 3, 4, 5]],
  ])('leaves a mean over %s', async (_, axes, dims) => {
    const { changes } = await rewrite(reduceMeanToPool, {
      opset: 13,
      inputs: { x: ['float32', dims] },
      outputs: { y: ['float32', dims.map((dim, i) => (axes.includes(i) ? 1 : dim))] },
      nodes: [makeNode('ReduceMean', 'mean', ['x'], ['y'], { axes })],
    });
    expect(changes).toBe(0);
  });
});

describe('foldPads', () => {
  const base = {
    inputs: { x: ['float32', [1, 2, 4, 4]] },
    initializers: {
      w: { dims: [3, 2, 3, 3], values: sampleValues(54) },
      pads: { dims: [8], values: [0, 0, 1, 2, 0, 0, 0, 1], type: 'int64' },
      outer: { dims: [8], values: [0, 0, 1, 1, 1, 0, 1, 1], type: 'int64' },
      zero: { dims: [], values: [0] },
      one: { dims: [], values: [1] },
    },
  } as const;

  test('adds the amounts to those of the Conv', async () => {
    const { model } = await rewrite(
      foldPads,
      {
        ...base,
        outputs: { y: ['float32', [1, 3, 5, 7]] },
        nodes: [
          makeNode('Pad', 'pad', ['x', 'pads', 'zero'], ['p']),
          makeNode('Conv', 'conv', ['p', 'w'], ['y'], { pads: [1, 1, 1, 1] }),
        ],
      },
      1e-6,
    );
    expect(printGraph(model)).toMatchInlineSnapshot(`
      "ir 8, ai.onnx 17
      in %x: float[1,2,4,4]
      %w = float[3,2,3,3]
      %y = Conv[pads=2,3,1,2](%x, %w)  # conv
      out %y: float[1,3,5,7]"
    `);
  });

  test.each([
    [
      'the value is not zero',
      [makeNode('Pad', 'pad', ['x', 'pads', 'one'], ['p']), makeNode('Conv', 'conv', ['p', 'w'], ['y'])],
    ],
    [
      'it pads by reflection',
      [makeNode('Pad', 'pad', ['x', 'pads'], ['p'], { mode: 'reflect' }), makeNode('Conv', 'conv', ['p', 'w'], ['y'])],
    ],
    [
      'it pads the batch too',
      [makeNode('Pad', 'pad', ['x', 'outer'], ['p']), makeNode('Conv', 'conv', ['p', 'w'], ['y'])],
    ],
    [
      'the Conv pads by itself',
      [
        makeNode('Pad', 'pad', ['x', 'pads'], ['p']),
        makeNode('Conv', 'conv', ['p', 'w'], ['y'], { auto_pad: 'SAME_UPPER' }),
      ],
    ],
    [
      'another node reads it',
      [
        makeNode('Pad', 'pad', ['x', 'pads'], ['p']),
        makeNode('Conv', 'conv', ['p', 'w'], ['y']),
        makeNode('Relu', 'relu', ['p'], ['z']),
      ],
    ],
    [
      'a pool follows',
      [
        makeNode('Pad', 'pad', ['x', 'pads'], ['p']),
        makeNode('AveragePool', 'pool', ['p'], ['y'], { kernel_shape: [2, 2] }),
      ],
    ],
  ])('leaves Pad when %s', async (_, nodes) => {
    const outputs = nodes.length > 2 ? ['y', 'z'] : ['y'];
    const { changes } = await rewrite(foldPads, {
      ...base,
      outputs: Object.fromEntries(outputs.map((name) => [name, ['float32', ['a', 'b', 'c', 'd']] as const])),
      nodes,
    });
    expect(changes).toBe(0);
  });
});
