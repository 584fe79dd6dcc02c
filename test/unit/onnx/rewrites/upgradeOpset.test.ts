import { create } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import { makeNode, setAttribute } from '../../../../src/onnx/attributes';
import { opsetOf } from '../../../../src/onnx/graphIndex';
import { cloneModel, mainGraph, type Model } from '../../../../src/onnx/model';
import {
  AttributeProto_AttributeType as Kind,
  AttributeProtoSchema,
  FunctionProtoSchema,
  OperatorSetIdProtoSchema,
  type NodeProto,
} from '../../../../src/onnx/onnx_pb';
import { printGraph } from '../../../../src/onnx/printGraph';
import { upgradeOpset } from '../../../../src/onnx/rewrites/upgradeOpset';
import type { TensorMap } from '../../../../src/onnx/tensorValue';
import { applyPass, floatValue, largestDifference, outputsOf } from '../../../fixtures/applyPass';
import { buildGraph, buildModel, buildTensor, sampleValues, type ModelSpec } from '../../../fixtures/buildModel';

interface Case {
  readonly name: string;
  readonly opset: number;
  readonly nodes: readonly NodeProto[];
  readonly feeds: TensorMap;
  readonly outputs?: ModelSpec['outputs'];
  readonly initializers?: ModelSpec['initializers'];
}

const x = (...dims: number[]): TensorMap => ({ x: floatValue(dims) });
const y = (...dims: (number | string)[]): ModelSpec['outputs'] => ({ y: ['float32', dims] });

const CASES: readonly Case[] = [
  {
    name: 'Squeeze',
    opset: 11,
    nodes: [makeNode('Squeeze', 'n', ['x'], ['y'], { axes: [0] })],
    feeds: x(1, 3),
    outputs: y(3),
  },
  {
    name: 'Squeeze without axes',
    opset: 9,
    nodes: [makeNode('Squeeze', 'n', ['x'], ['y'])],
    feeds: x(1, 3),
    outputs: y(3),
  },
  {
    name: 'Unsqueeze',
    opset: 8,
    nodes: [makeNode('Unsqueeze', 'n', ['x'], ['y'], { axes: [1] })],
    feeds: x(2, 3),
    outputs: y(2, 1, 3),
  },
  {
    name: 'ReduceSum',
    opset: 9,
    nodes: [makeNode('ReduceSum', 'n', ['x'], ['y'], { axes: [1], keepdims: 0 })],
    feeds: x(2, 3),
    outputs: y(2),
  },
  ...['L1', 'L2', 'Max', 'Mean', 'Min', 'Prod', 'SumSquare', 'LogSumExp'].map((kind) => ({
    name: `Reduce${kind}`,
    opset: 11,
    nodes: [makeNode(`Reduce${kind}`, 'n', ['x'], ['y'], { axes: [0, 2] })],
    feeds: x(2, 3, 4),
    outputs: y(1, 3, 1),
  })),
  {
    name: 'ReduceMean over everything',
    opset: 11,
    nodes: [makeNode('ReduceMean', 'n', ['x'], ['y'], { keepdims: 0 })],
    feeds: x(2, 3),
    outputs: y(),
  },
  ...['Softmax', 'LogSoftmax', 'Hardmax'].flatMap((kind) => [
    {
      name: `${kind} over several dimensions`,
      opset: 11,
      nodes: [makeNode(kind, 'n', ['x'], ['y'])],
      feeds: x(2, 3, 4),
      outputs: y(2, 3, 4),
    },
    {
      name: `${kind} over the last`,
      opset: 9,
      nodes: [makeNode(kind, 'n', ['x'], ['y'], { axis: 2 })],
      feeds: x(2, 3, 4),
      outputs: y(2, 3, 4),
    },
    {
      name: `${kind} before ones`,
      opset: 9,
      nodes: [makeNode(kind, 'n', ['x'], ['y'])],
      feeds: x(2, 3, 1, 1),
      outputs: y(2, 3, 1, 1),
    },
  ]),
  {
    name: 'Clip',
    opset: 9,
    nodes: [makeNode('Clip', 'n', ['x'], ['y'], { min: { float: -0.25 }, max: { float: 0.5 } })],
    feeds: x(8),
    outputs: y(8),
  },
  {
    name: 'Clip with max only',
    opset: 7,
    nodes: [makeNode('Clip', 'n', ['x'], ['y'], { max: { float: 0.1 } })],
    feeds: x(8),
    outputs: y(8),
  },
  {
    name: 'Pad of float64',
    opset: 7,
    nodes: [
      makeNode('Cast', 'd', ['x'], ['d'], { to: 11 }),
      makeNode('Pad', 'n', ['d'], ['c'], { pads: [1, 0], value: { float: 2 } }),
      makeNode('Cast', 'f', ['c'], ['y'], { to: 1 }),
    ],
    feeds: x(8),
    outputs: y(9),
  },
  {
    name: 'Pad',
    opset: 10,
    nodes: [makeNode('Pad', 'n', ['x'], ['y'], { pads: [0, 1, 2, 0], value: { float: 0.5 } })],
    feeds: x(2, 3),
    outputs: y(4, 4),
  },
  {
    name: 'Pad by reflection',
    opset: 7,
    nodes: [makeNode('Pad', 'n', ['x'], ['y'], { mode: 'reflect', pads: [0, 1, 0, 1] })],
    feeds: x(2, 3),
    outputs: y(2, 5),
  },
  {
    name: 'Slice',
    opset: 9,
    nodes: [makeNode('Slice', 'n', ['x'], ['y'], { starts: [1], ends: [3], axes: [1] })],
    feeds: x(2, 4),
    outputs: y(2, 2),
  },
  {
    name: 'Dropout',
    opset: 10,
    nodes: [makeNode('Dropout', 'n', ['x'], ['y'], { ratio: { float: 0.4 } })],
    feeds: x(2, 4),
    outputs: y(2, 4),
  },
  {
    name: 'BatchNormalization',
    opset: 7,
    nodes: [makeNode('BatchNormalization', 'n', ['x', 'v', 'v', 'v', 'v'], ['y'], { spatial: 1 })],
    initializers: { v: { dims: [3], values: [0.5, 1, 2] } },
    feeds: x(2, 3, 2),
    outputs: y(2, 3, 2),
  },
  {
    name: 'Upsample with an attribute',
    opset: 7,
    nodes: [makeNode('Upsample', 'n', ['x'], ['y'], { mode: 'nearest', scales: { floats: [1, 1, 2, 3] } })],
    feeds: x(1, 1, 2, 2),
    outputs: y(1, 1, 4, 6),
  },
  {
    name: 'Upsample with an input',
    opset: 9,
    nodes: [makeNode('Upsample', 'n', ['x', 's'], ['y'], { mode: 'linear' })],
    initializers: { s: { dims: [4], values: [1, 1, 2, 2] } },
    feeds: x(1, 1, 3, 3),
    outputs: y(1, 1, 6, 6),
  },
  {
    name: 'Resize',
    opset: 10,
    nodes: [makeNode('Resize', 'n', ['x', 's'], ['y'], { mode: 'nearest' })],
    initializers: { s: { dims: [4], values: [1, 1, 1.5, 2] } },
    feeds: x(1, 1, 4, 4),
    outputs: y(1, 1, 6, 8),
  },
  {
    name: 'TopK',
    opset: 9,
    nodes: [makeNode('TopK', 'n', ['x'], ['y', 'i'], { k: 2 })],
    feeds: x(2, 5),
    outputs: y(2, 2),
  },
  {
    name: 'Split with sizes',
    opset: 11,
    nodes: [makeNode('Split', 'n', ['x'], ['y', 'z'], { split: [1, 3], axis: 1 })],
    feeds: x(2, 4),
    outputs: { y: ['float32', [2, 1]], z: ['float32', [2, 3]] },
  },
  {
    name: 'Split into equal parts',
    opset: 11,
    nodes: [makeNode('Split', 'n', ['x'], ['y', 'z'], { axis: 1 })],
    feeds: x(2, 4),
    outputs: { y: ['float32', [2, 2]], z: ['float32', [2, 2]] },
  },
  {
    name: 'Scatter',
    opset: 9,
    nodes: [makeNode('Scatter', 'n', ['x', 'i', 'u'], ['y'], { axis: 1 })],
    initializers: { i: { dims: [1, 2], values: [1, 3], type: 'int64' }, u: { dims: [1, 2], values: [7, 8] } },
    feeds: x(1, 5),
    outputs: y(1, 5),
  },
  {
    name: 'LSTM',
    opset: 7,
    nodes: [makeNode('LSTM', 'n', ['x', 'w', 'r'], ['y'], { hidden_size: 2 })],
    initializers: {
      w: { dims: [1, 8, 3], values: sampleValues(24) },
      r: { dims: [1, 8, 2], values: sampleValues(16) },
    },
    feeds: x(4, 1, 3),
    outputs: y(4, 1, 1, 2),
  },
  { name: 'DFT', opset: 17, nodes: [makeNode('DFT', 'n', ['x'], ['y'])], feeds: x(1, 4, 3, 1), outputs: y(1, 4, 3, 2) },
  ...['bilinear', 'bicubic', 'nearest'].map((mode) => ({
    name: `GridSample ${mode}`,
    opset: 16,
    nodes: [makeNode('GridSample', 'n', ['x', 'g'], ['y'], { mode })],
    initializers: { g: { dims: [1, 2, 2, 2], values: sampleValues(8) } },
    feeds: x(1, 1, 4, 4),
    outputs: y(1, 1, 2, 2),
  })),
  {
    name: 'RoiAlign',
    opset: 10,
    nodes: [makeNode('RoiAlign', 'n', ['x', 'r', 'b'], ['y'], { output_height: 2, output_width: 2 })],
    initializers: { r: { dims: [1, 4], values: [0, 0, 3, 3] }, b: { dims: [1], values: [0], type: 'int64' } },
    feeds: x(1, 1, 5, 5),
    outputs: y(1, 1, 2, 2),
  },
];

function modelOf({ opset, nodes, feeds, outputs, initializers }: Case): Model {
  const model = buildModel({
    opset,
    irVersion: 4,
    inputs: Object.fromEntries(Object.entries(feeds).map(([name, value]) => [name, [value.type, value.dims]])),
    ...(outputs ? { outputs } : {}),
    ...(initializers ? { initializers } : {}),
    nodes,
  });
  return cloneModel(model); // rewrites change nodes in place, and the nodes of a case are used several times
}

describe('upgradeOpset keeps the outputs of', () => {
  for (const item of CASES) {
    test(item.name, async () => {
      for (const target of [13, 18, 21]) {
        const model = modelOf(item);
        const before = await outputsOf(cloneModel(model), item.feeds);
        await applyPass(upgradeOpset(target), model);
        expect(opsetOf(model)).toBe(Math.max(target, item.opset));
        expect(largestDifference(before, await outputsOf(model, item.feeds))).toBeLessThan(1e-6);
      }
    });
  }
});

describe('upgradeOpset', () => {
  test('writes attributes as inputs and raises the IR version', async () => {
    const model = modelOf({
      name: '',
      opset: 9,
      nodes: [
        makeNode('Unsqueeze', 'wider', ['x'], ['a'], { axes: [0] }),
        makeNode('Clip', 'clip', ['a'], ['b'], { min: { float: 0 } }),
        makeNode('Softmax', 'soft', ['b'], ['y']),
      ],
      feeds: x(2, 3),
      outputs: y(1, 2, 3),
    });
    expect(await applyPass(upgradeOpset(13), model)).toBe(4);
    expect(printGraph(model)).toMatchInlineSnapshot(`
      "ir 7, ai.onnx 13
      in %x: float[2,3]
      %wider_axes = Constant[value_ints=0]()  # wider_axes
      %a = Unsqueeze(%x, %wider_axes)  # wider
      %clip_min = Constant[value_float=0]()  # clip_min
      %b = Clip(%a, %clip_min)  # clip
      %soft_shape = Shape(%b)  # soft_shape
      %soft_flatten = Flatten[axis=1](%b)  # soft_flatten
      %y_flat = Softmax[axis=-1](%soft_flatten)  # soft
      %y = Reshape(%y_flat, %soft_shape)  # y_reshape
      out %y: float[1,2,3]"
    `);
  });

  test('leaves a model alone that is new enough', async () => {
    const model = buildModel({
      opset: 17,
      inputs: { x: ['float32', [2]] },
      outputs: { y: ['float32', [2]] },
      nodes: [makeNode('Relu', 'r', ['x'], ['y'])],
    });
    expect(await applyPass(upgradeOpset(13), model)).toBe(0);
    expect(opsetOf(model)).toBe(17);
  });

  test('upgrades inside the branches of If', async () => {
    const model = buildModel({
      opset: 11,
      inputs: { x: ['float32', [1, 3]], c: ['bool', []] },
      outputs: { y: ['float32', [3]] },
      nodes: [],
    });
    const branch = (name: string, opType: string) =>
      buildGraph(model, {
        name,
        outputs: { [name]: ['float32', [3]] },
        nodes: [
          makeNode('Squeeze', `${name}_squeeze`, ['x'], [`${name}_s`], { axes: [0] }),
          makeNode(opType, `${name}_op`, [`${name}_s`], [name]),
        ],
      });
    const node = makeNode('If', 'if', ['c'], ['y']);
    node.attribute = [
      create(AttributeProtoSchema, { name: 'then_branch', type: Kind.GRAPH, g: branch('yes', 'Neg') }),
      create(AttributeProtoSchema, { name: 'else_branch', type: Kind.GRAPH, g: branch('no', 'Abs') }),
    ];
    mainGraph(model).node.push(node);
    const feeds: TensorMap = { ...x(1, 3), c: { type: 'bool', dims: [], data: Uint8Array.of(1) } };
    const before = await outputsOf(model, feeds);
    await applyPass(upgradeOpset(13), model);
    expect(await outputsOf(model, feeds)).toEqual(before);
  });

  test('upgrades functions, references to their attributes included', async () => {
    const squeeze = makeNode('Squeeze', 'inner', ['a'], ['b']);
    squeeze.attribute = [create(AttributeProtoSchema, { name: 'axes', type: Kind.INTS, refAttrName: 'where' })];
    const fn = create(FunctionProtoSchema, {
      domain: 'local',
      name: 'Narrow',
      input: ['a'],
      output: ['b'],
      attribute: ['where'],
      node: [squeeze],
      opsetImport: [create(OperatorSetIdProtoSchema, { domain: '', version: 12n })],
    });
    const call = makeNode('Narrow', 'call', ['x'], ['y'], {}, 'local');
    setAttribute(call, 'where', [1]);
    const model = buildModel({
      opset: 12,
      domains: { local: 1 },
      functions: [fn],
      inputs: { x: ['float32', [3, 1]] },
      outputs: { y: ['float32', [3]] },
      nodes: [call],
    });
    const before = await outputsOf(model, x(3, 1));
    await applyPass(upgradeOpset(13), model);
    expect(await outputsOf(model, x(3, 1))).toEqual(before);
    expect(printGraph(model)).toMatchInlineSnapshot(`
      "ir 8, ai.onnx 13, local 1
      in %x: float[3,1]
      %y = local.Narrow[where=1](%x)  # call
      out %y: float[3]
      function local.Narrow[where](%a) -> %b
        ai.onnx 13
        %inner_axes = Constant[value_ints=@where]()  # inner_axes
        %b = Squeeze(%a, %inner_axes)  # inner"
    `);
  });

  test.each([
    ['operator sets before 7', 6, makeNode('Relu', 'r', ['x'], ['y']), 'operator sets before 7 are not supported'],
    [
      'BatchNormalization per position',
      7,
      makeNode('BatchNormalization', 'bn', ['x', 'v', 'v', 'v', 'v'], ['y'], { spatial: 0 }),
      'node "bn" is a BatchNormalization, and spatial=0',
    ],
    [
      'a mode that is gone',
      11,
      makeNode('Resize', 'r', ['x', 'v', 'v'], ['y'], { coordinate_transformation_mode: 'tf_half_pixel_for_nn' }),
      'node "r" is a Resize, and',
    ],
  ])('refuses %s with a reason', async (_, opset, node, reason) => {
    const model = buildModel({
      opset,
      inputs: { x: ['float32', [1, 2]] },
      outputs: { y: ['float32', [1, 2]] },
      nodes: [node],
    });
    model.proto.graph?.initializer.push(buildTensor(model, 'v', { dims: [2], values: [1] }));
    const upgrade = Promise.resolve().then(() =>
      upgradeOpset(13).apply(model, { types: async () => new Map(), evaluate: async () => ({}), fedNames: new Set() }),
    );
    await expect(upgrade).rejects.toMatchObject({
      code: 'unsupported-opset',
      message: expect.stringContaining(reason),
    });
  });
});
