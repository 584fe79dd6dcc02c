import { create } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import { makeNode } from '../../../../src/onnx/attributes';
import { mainGraph, type Model } from '../../../../src/onnx/model';
import { AttributeProto_AttributeType as Kind, AttributeProtoSchema } from '../../../../src/onnx/onnx_pb';
import { printGraph } from '../../../../src/onnx/printGraph';
import { constantsToInitializers } from '../../../../src/onnx/rewrites/constantsToInitializers';
import { foldConstants } from '../../../../src/onnx/rewrites/foldConstants';
import { liftInitializers } from '../../../../src/onnx/rewrites/liftInitializers';
import { nameNodes } from '../../../../src/onnx/rewrites/nameNodes';
import { removeIdentities } from '../../../../src/onnx/rewrites/removeIdentities';
import { removeUnused } from '../../../../src/onnx/rewrites/removeUnused';
import { applyPass, floatValue, outputsOf } from '../../../fixtures/applyPass';
import { buildGraph, buildModel, buildTensor, sampleValues } from '../../../fixtures/buildModel';

const vectors = { inputs: { x: ['float32', [2]] }, outputs: { y: ['float32', [2]] } } as const;

function inputNames(model: Model): string[] {
  return mainGraph(model).input.map((value) => value.name);
}

/** An `If` that reads `captured` in both branches. */
function addIf(model: Model, captured: string, output: string): void {
  const branch = (name: string, opType: string) =>
    buildGraph(model, {
      name,
      outputs: { [name]: ['float32', [2]] },
      nodes: [
        makeNode('Constant', '', [], [`${name}_c`], {
          value: { tensor: buildTensor(model, '', { dims: [2], values: [1, 2] }) },
        }),
        makeNode(opType, '', [captured, `${name}_c`], [name]),
      ],
    });
  const node = makeNode('If', 'if', ['c'], [output]);
  node.attribute = [
    create(AttributeProtoSchema, { name: 'then_branch', type: Kind.GRAPH, g: branch('yes', 'Add') }),
    create(AttributeProtoSchema, { name: 'else_branch', type: Kind.GRAPH, g: branch('no', 'Mul') }),
  ];
  mainGraph(model).node.push(node);
}

describe('liftInitializers', () => {
  const nodes = [makeNode('Add', 'a', ['x', 'v'], ['s']), makeNode('Mul', 'm', ['s', 'w'], ['y'])];
  const initializers = { v: { dims: [2], values: [1] }, w: { dims: [2], values: [2] } };

  test('takes all of them out of the inputs of an old model and raises its IR version', async () => {
    const model = buildModel({ ...vectors, opset: 8, irVersion: 3, initializers, listInitializers: true, nodes });
    expect(await applyPass(liftInitializers, model)).toBe(2);
    expect({ inputs: inputNames(model), ir: model.proto.irVersion }).toEqual({ inputs: ['x'], ir: 4n });
    expect(await outputsOf(model, { x: { type: 'float32', dims: [2], data: Float32Array.of(1, 2) } })).toEqual({
      y: [4, 6],
    });
  });

  test('leaves those that a newer model lists on purpose', async () => {
    const model = buildModel({ ...vectors, inputs: { ...vectors.inputs, w: ['float32', [2]] }, initializers, nodes });
    expect(await applyPass(liftInitializers, model)).toBe(0);
    expect(inputNames(model)).toEqual(['x', 'w']);
  });

  test('leaves those that are fed', async () => {
    const model = buildModel({ ...vectors, initializers, listInitializers: true, nodes });
    expect(await applyPass(liftInitializers, model, ['x', 'v'])).toBe(1);
    expect(inputNames(model)).toEqual(['x', 'v']);
  });
});

describe('constantsToInitializers', () => {
  test('moves constants of every kind, those in subgraphs too, and keeps the one that is an output', async () => {
    const model = buildModel({
      inputs: { x: ['float32', [2]], c: ['bool', []] },
      outputs: { y: ['float32', [2]], k: ['int64', []] },
      nodes: [
        makeNode('Constant', '', [], ['f'], { value_floats: { floats: [1, 2] } }),
        makeNode('Constant', '', [], ['k'], { value_int: 7 }),
        makeNode('Constant', '', [], ['t'], {
          value: {
            tensor: buildTensor({ proto: buildModel({ nodes: [] }).proto, weights: new Map() }, '', {
              dims: [],
              values: [3],
            }),
          },
        }),
        makeNode('Add', 'add', ['x', 'f'], ['a']),
        makeNode('Mul', 'mul', ['a', 't'], ['b']),
      ],
    });
    addIf(model, 'b', 'y');
    expect(await applyPass(constantsToInitializers, model)).toBe(4);
    expect(printGraph(model)).toMatchInlineSnapshot(`
      "ir 8, ai.onnx 17
      in %x: float[2], %c: bool[]
      %f = float[2] {1, 2}
      %t = float[] {3}
      %k = Constant[value_int=7]()
      %a = Add(%x, %f)  # add
      %b = Mul(%a, %t)  # mul
      %y = If(%c)  # if
        yes {
          in
          %yes_c = float[2] {1, 2}
          %yes = Add(%b, %yes_c)
          out %yes: float[2]
        }
        no {
          in
          %no_c = float[2] {1, 2}
          %no = Mul(%b, %no_c)
          out %no: float[2]
        }
      out %y: float[2], %k: int64[]"
    `);
  });

  test('keeps the payload of a large constant where it is', async () => {
    const model = buildModel({ ...vectors, nodes: [] });
    const tensor = buildTensor(model, 'unnamed', { dims: [1000, 2], values: sampleValues(2000) });
    const weight = model.weights.get(tensor);
    mainGraph(model).node.push(makeNode('Constant', '', [], ['w'], { value: { tensor } }));
    await applyPass(constantsToInitializers, model);
    expect(weight).toBeDefined();
    expect(model.weights.get(mainGraph(model).initializer[0]!)).toBe(weight);
  });
});

describe('removeIdentities', () => {
  test('removes chains, keeps the names of outputs and what a subgraph reads', async () => {
    const model = buildModel({
      inputs: { x: ['float32', [2]], c: ['bool', []] },
      outputs: { y: ['float32', [2]], z: ['float32', [2]], copy: ['float32', [2]] },
      nodes: [
        makeNode('Identity', 'i1', ['x'], ['a']),
        makeNode('Identity', 'i2', ['a'], ['b']),
        makeNode('Relu', 'relu', ['b'], ['r']),
        makeNode('Dropout', 'drop', ['r'], ['d', 'mask']),
        makeNode('Identity', 'i3', ['d'], ['z']),
        makeNode('Identity', 'i4', ['r'], ['seen']),
        makeNode('Identity', 'i5', ['x'], ['copy']),
      ],
    });
    addIf(model, 'seen', 'y');
    const feeds = { x: floatValue([2]), c: { type: 'bool', dims: [], data: Uint8Array.of(0) } } as const;
    const before = await outputsOf(model, feeds);
    expect(await applyPass(removeIdentities, model)).toBe(4);
    expect(await outputsOf(model, feeds)).toEqual(before);
    expect(mainGraph(model).node.map((node) => node.name)).toEqual(['relu', 'i4', 'i5', 'if']);
    expect(mainGraph(model).node[0]?.output).toEqual(['z']);
  });

  test('leaves Dropout that trains or whose mask is read', async () => {
    const model = buildModel({
      ...vectors,
      outputs: { ...vectors.outputs, mask: ['bool', [2]] },
      initializers: { ratio: { dims: [], values: [0.5] }, training: { dims: [], values: [1], type: 'bool' } },
      nodes: [
        makeNode('Dropout', 'a', ['x', 'ratio', 'training'], ['d']),
        makeNode('Dropout', 'b', ['d'], ['y', 'mask']),
      ],
    });
    expect(await applyPass(removeIdentities, model)).toBe(0);
  });
});

describe('removeUnused', () => {
  test('removes dead branches and their weights, but no foreign operator', async () => {
    const model = buildModel({
      ...vectors,
      domains: { other: 1 },
      initializers: { used: { dims: [2], values: [1] }, dead: { dims: [2], values: [1] } },
      nodes: [
        makeNode('Add', 'add', ['x', 'used'], ['y']),
        makeNode('Mul', 'm1', ['x', 'dead'], ['a']),
        makeNode('Relu', 'm2', ['a'], ['b']),
        makeNode('Print', 'effect', ['x'], ['nothing'], {}, 'other'),
      ],
    });
    expect(await applyPass(removeUnused, model)).toBe(3);
    expect(mainGraph(model).node.map((node) => node.name)).toEqual(['add', 'effect']);
    expect(mainGraph(model).initializer.map((tensor) => tensor.name)).toEqual(['used']);
  });
});

describe('nameNodes', () => {
  test('names the unnamed and the repeated, and nothing else', async () => {
    const model = buildModel({
      ...vectors,
      nodes: ['', 'Relu_0', 'twice', '', 'twice'].map((name, i) =>
        makeNode('Relu', name, [i === 0 ? 'x' : `t${i}`], [i === 4 ? 'y' : `t${i + 1}`]),
      ),
    });
    expect(await applyPass(nameNodes, model)).toBe(3);
    expect(mainGraph(model).node.map((node) => node.name)).toEqual(['Relu_1', 'Relu_0', 'twice', 'Relu_2', 'twice_0']);
    expect(await applyPass(nameNodes, model)).toBe(0);
  });
});

describe('foldConstants', () => {
  test('makes the weight behind Transpose and Mul visible', async () => {
    const model = buildModel({
      inputs: { x: ['float32', [1, 4]] },
      outputs: { y: ['float32', [1, 3]] },
      initializers: { w: { dims: [3, 4], values: sampleValues(12) }, s: { dims: [], values: [2] } },
      nodes: [
        makeNode('Transpose', 't', ['w'], ['wt'], { perm: [1, 0] }),
        makeNode('Mul', 'm', ['wt', 's'], ['scaled']),
        makeNode('MatMul', 'mm', ['x', 'scaled'], ['y']),
      ],
    });
    const before = await outputsOf(model, { x: floatValue([1, 4]) });
    expect(await applyPass(foldConstants, model)).toBe(2);
    expect(printGraph(model)).toMatchInlineSnapshot(`
      "ir 8, ai.onnx 17
      in %x: float[1,4]
      %scaled = float[4,3]
      %y = MatMul(%x, %scaled)  # mm
      out %y: float[1,3]"
    `);
    expect(await outputsOf(model, { x: floatValue([1, 4]) })).toEqual(before);
  });

  test('folds shape arithmetic over fixed dimensions', async () => {
    const model = buildModel({
      inputs: { x: ['float32', [2, 3, 4]] },
      outputs: { y: ['float32', [2, 12]] },
      initializers: {
        zero: { dims: [1], values: [0], type: 'int64' },
        rest: { dims: [1], values: [-1], type: 'int64' },
      },
      nodes: [
        makeNode('Shape', 's', ['x'], ['shape']),
        makeNode('Gather', 'g', ['shape', 'zero'], ['batch'], { axis: 0 }),
        makeNode('Concat', 'c', ['batch', 'rest'], ['target'], { axis: 0 }),
        makeNode('Reshape', 'r', ['x', 'target'], ['y']),
      ],
    });
    await applyPass(foldConstants, model);
    expect(printGraph(model)).toMatchInlineSnapshot(`
      "ir 8, ai.onnx 17
      in %x: float[2,3,4]
      %target = int64[2] {2, -1}
      %y = Reshape(%x, %target)  # r
      out %y: float[2,12]"
    `);
  });

  test('leaves what is dynamic, random, dequantized or would blow up the file', async () => {
    const model = buildModel({
      inputs: { x: ['float32', ['n', 3]] },
      outputs: { y: ['float32', ['n', 3]], s: ['int64', [2]], big: ['float32', ['a', 'b']] },
      initializers: {
        shape: { dims: [2], values: [1024, 1024], type: 'int64' },
        q: { dims: [3], values: [1, 2, 3], type: 'int8' },
        scale: { dims: [], values: [0.5] },
      },
      nodes: [
        makeNode('Shape', 'dynamic', ['x'], ['s0']),
        makeNode('Abs', 'abs', ['s0'], ['s']),
        makeNode('DequantizeLinear', 'dq', ['q', 'scale'], ['w']),
        makeNode('Add', 'add', ['x', 'w'], ['y']),
        makeNode('ConstantOfShape', 'huge', ['shape'], ['zeros']),
        makeNode('Relu', 'relu', ['zeros'], ['h']),
        makeNode('RandomUniformLike', 'random', ['scale'], ['r']),
        makeNode('Mul', 'mul', ['y1', 'r'], ['y2']),
        makeNode('Add', 'last', ['h', 'y2'], ['big']),
      ],
    });
    mainGraph(model).node.splice(6, 0, makeNode('ReduceSum', 'sum', ['y'], ['y1']));
    expect(await applyPass(foldConstants, model)).toBe(0);
  });
});
