import { describe, expect, it } from 'vitest';
import { makeNode } from '../../../src/onnx/attributes';
import { indexGraph } from '../../../src/onnx/graphIndex';
import { create } from '@bufbuild/protobuf';
import { AttributeProto_AttributeType, AttributeProtoSchema, type NodeProto } from '../../../src/onnx/onnx_pb';
import { createExclusion } from '../../../src/onnx/exclude';
import { placeQuantization, type TensorRole } from '../../../src/quantize/placement';
import { inferTensorTypes } from '../../../src/runtime/tensorTypes';
import { buildGraph, buildModel, type ModelSpec, type TensorSpec, type ValueSpec } from '../../fixtures/buildModel';

const IMAGE: ValueSpec = ['float32', [1, 8, 6, 6]];
const VECTOR: ValueSpec = ['float32', [1, 8]];

/** What placement decides, as text: layers, followers, tensors with their roles, and what is kept. */
async function placed(spec: ModelSpec, exclude: readonly string[] = []): Promise<string> {
  const model = buildModel(spec);
  const placement = placeQuantization({
    model,
    index: indexGraph(model),
    types: await inferTensorTypes(model),
    exclusion: createExclusion(exclude),
  });
  return [
    ...placement.layers.map(({ node, input, output }) => `layer ${node.name}: ${input} -> ${output ?? '(float)'}`),
    ...[...placement.followers].map((node) => `follower ${node.name}`),
    ...[...placement.tensors].map(([name, role]) => `tensor ${name}: ${roleText(role)}`),
    ...placement.kept.map(({ node, reason }) => `kept ${node}: ${reason}`),
  ].join('\n');
}

function roleText(role: TensorRole): string {
  if (role.kind === 'same') return `same as ${role.as}`;
  if (role.kind === 'fixed') return `fixed ${role.low} to ${role.high}`;
  return role.clip ? `calibrated within ${role.clip.low} to ${role.clip.high}` : 'calibrated';
}

function weights(...names: readonly string[]): Record<string, TensorSpec> {
  return Object.fromEntries(names.map((name) => [name, { dims: [8, 8, 3, 3], values: [0.1, -0.2, 0.3] }]));
}

function conv(name: string, input: string, output: string, weight = `w_${name}`): NodeProto {
  return makeNode('Conv', name, [input, weight], [output], { pads: [1, 1, 1, 1] });
}

const pass = (opType: string, name: string, input: readonly string[], output: string, attributes = {}): NodeProto =>
  makeNode(opType, name, input, [output], attributes);

describe('placeQuantization', () => {
  it('quantizes a residual block: three outputs, Relu absorbed, Add in int8', async () => {
    const text = await placed({
      inputs: { x: IMAGE },
      outputs: { y: IMAGE },
      initializers: weights('w_a', 'w_b', 'w_c'),
      nodes: [
        conv('a', 'x', 'a1'),
        pass('Relu', 'relu', ['a1'], 'r'),
        conv('b', 'r', 'b1'),
        pass('Add', 'add', ['b1', 'r'], 's'),
        pass('Relu', 'relu2', ['s'], 't'),
        conv('c', 't', 'y'),
      ],
    });
    expect(text).toMatchInlineSnapshot(`
      "layer a: x -> r
      layer b: r -> b1
      layer c: t -> y
      follower add
      tensor x: calibrated
      tensor r: calibrated within 0 to Infinity
      tensor b1: calibrated
      tensor t: calibrated within 0 to Infinity
      tensor y: calibrated"
    `);
  });

  it('gives SiLU three quantized tensors, the gate with the fixed range of a sigmoid', async () => {
    const text = await placed({
      inputs: { x: IMAGE },
      outputs: { y: IMAGE },
      initializers: weights('w_a', 'w_b'),
      nodes: [
        conv('a', 'x', 'a1'),
        pass('Sigmoid', 'sigmoid', ['a1'], 'g'),
        pass('Mul', 'mul', ['a1', 'g'], 'm'),
        conv('b', 'm', 'y'),
      ],
    });
    expect(text).toMatchInlineSnapshot(`
      "layer a: x -> a1
      layer b: m -> y
      follower sigmoid
      follower mul
      tensor x: calibrated
      tensor a1: calibrated
      tensor g: fixed 0 to 0.99609375
      tensor m: calibrated
      tensor y: calibrated"
    `);
  });

  it('absorbs Clip(0, 6) of a depthwise block into the range behind each convolution', async () => {
    const text = await placed({
      inputs: { x: IMAGE },
      outputs: { y: IMAGE },
      initializers: {
        w_p: { dims: [8, 8, 1, 1], values: [0.1, -0.3] },
        w_d: { dims: [8, 1, 3, 3], values: [0.1, -0.3] },
        w_q: { dims: [8, 8, 1, 1], values: [0.1, -0.3] },
        zero: { dims: [], values: [0] },
        six: { dims: [], values: [6] },
      },
      nodes: [
        makeNode('Conv', 'depthwise', ['x', 'w_d'], ['d'], { group: 8, pads: [1, 1, 1, 1] }),
        pass('Clip', 'clip1', ['d', 'zero', 'six'], 'd6'),
        makeNode('Conv', 'pointwise', ['d6', 'w_p'], ['p']),
        pass('Clip', 'clip2', ['p', 'zero', 'six'], 'p6'),
        makeNode('Conv', 'last', ['p6', 'w_q'], ['y']),
      ],
    });
    expect(text).toMatchInlineSnapshot(`
      "layer depthwise: x -> d6
      layer pointwise: d6 -> p6
      layer last: p6 -> y
      tensor x: calibrated
      tensor d6: calibrated within 0 to 6
      tensor p6: calibrated within 0 to 6
      tensor y: calibrated"
    `);
  });

  it('does not absorb a Clip whose range leaves zero out', async () => {
    const text = await placed({
      inputs: { x: IMAGE },
      outputs: { y: IMAGE },
      initializers: { ...weights('w_a', 'w_b'), one: { dims: [], values: [1] }, six: { dims: [], values: [6] } },
      nodes: [conv('a', 'x', 'a1'), pass('Clip', 'clip', ['a1', 'one', 'six'], 'c'), conv('b', 'c', 'y')],
    });
    expect(text).toMatchInlineSnapshot(`
      "layer a: x -> a1
      layer b: c -> y
      tensor x: calibrated
      tensor a1: calibrated
      tensor c: calibrated
      tensor y: calibrated"
    `);
  });

  it('runs the gate of squeeze and excite in int8', async () => {
    const text = await placed({
      inputs: { x: IMAGE },
      outputs: { y: IMAGE },
      initializers: {
        ...weights('w_a', 'w_b'),
        w_s: { dims: [8, 8, 1, 1], values: [0.1, -0.3] },
      },
      nodes: [
        conv('a', 'x', 'a1'),
        pass('GlobalAveragePool', 'pool', ['a1'], 'p'),
        makeNode('Conv', 'squeeze', ['p', 'w_s'], ['s']),
        pass('Sigmoid', 'sigmoid', ['s'], 'g'),
        pass('Mul', 'scale', ['a1', 'g'], 'm'),
        conv('b', 'm', 'y'),
      ],
    });
    expect(text).toMatchInlineSnapshot(`
      "layer a: x -> a1
      layer squeeze: p -> s
      layer b: m -> y
      follower pool
      follower sigmoid
      follower scale
      tensor x: calibrated
      tensor a1: calibrated
      tensor p: calibrated
      tensor s: calibrated
      tensor g: fixed 0 to 0.99609375
      tensor m: calibrated
      tensor y: calibrated"
    `);
  });

  it('concatenates in int8 when at least half of the branches are, and shares parameters through pooling', async () => {
    const spec = (branches: readonly string[]): ModelSpec => ({
      inputs: { x: IMAGE },
      outputs: { y: ['float32', [1, 8, 'h', 'w']] },
      initializers: {
        ...weights('w_a', 'w_b'),
        w_y: { dims: [8, 8 * branches.length, 3, 3], values: [0.1, -0.2, 0.3] },
      },
      nodes: [
        conv('a', 'x', 'a1'),
        pass('Tanh', 'tanh', ['x'], 'float1'),
        pass('Exp', 'exp', ['x'], 'float2'),
        pass('Concat', 'concat', branches, 'c', { axis: 1 }),
        makeNode('MaxPool', 'pool', ['c'], ['p'], { kernel_shape: [2, 2], strides: [2, 2] }),
        makeNode('Conv', 'last', ['p', 'w_y'], ['y']),
      ],
    });
    expect(await placed(spec(['a1', 'float1']))).toMatchInlineSnapshot(`
      "layer a: x -> a1
      layer last: p -> y
      follower concat
      follower pool
      tensor x: calibrated
      tensor a1: calibrated
      tensor float1: calibrated
      tensor c: calibrated
      tensor p: same as c
      tensor y: calibrated"
    `);
    expect(await placed(spec(['a1', 'float1', 'float2']))).toMatchInlineSnapshot(`
      "layer a: x -> a1
      layer last: p -> y
      tensor x: calibrated
      tensor a1: calibrated
      tensor p: calibrated
      tensor y: calibrated"
    `);
  });

  it('leaves the output of the last Gemm float, and quantizes that of the last convolution', async () => {
    const text = await placed({
      inputs: { x: IMAGE },
      outputs: { boxes: IMAGE, scores: ['float32', [1, 4]] },
      initializers: {
        ...weights('w_a', 'w_b'),
        w_g: { dims: [288, 4], values: [0.1, -0.2] },
        b_g: { dims: [4], values: [0.5] },
      },
      nodes: [
        conv('a', 'x', 'a1'),
        pass('Relu', 'relu', ['a1'], 'r'),
        conv('b', 'r', 'boxes'),
        pass('Flatten', 'flatten', ['r'], 'f'),
        makeNode('Gemm', 'gemm', ['f', 'w_g', 'b_g'], ['scores']),
      ],
    });
    expect(text).toMatchInlineSnapshot(`
      "layer a: x -> r
      layer b: r -> boxes
      layer gemm: f -> (float)
      follower flatten
      tensor x: calibrated
      tensor r: calibrated within 0 to Infinity
      tensor boxes: calibrated
      tensor f: same as r"
    `);
  });

  it('keeps products of two activations float, between MatMuls in int8', async () => {
    const text = await placed({
      inputs: { x: ['float32', [1, 4, 8]] },
      outputs: { y: ['float32', [1, 4, 8]] },
      initializers: {
        w_q: { dims: [8, 8], values: [0.1, -0.2] },
        w_k: { dims: [8, 8], values: [0.1, 0.2] },
        w_o: { dims: [8, 8], values: [0.3, -0.2] },
      },
      nodes: [
        pass('MatMul', 'q', ['x', 'w_q'], 'q1'),
        pass('MatMul', 'k', ['x', 'w_k'], 'k1'),
        makeNode('Transpose', 'turn', ['k1'], ['kt'], { perm: [0, 2, 1] }),
        pass('MatMul', 'scores', ['q1', 'kt'], 's'),
        makeNode('Softmax', 'softmax', ['s'], ['p']),
        pass('MatMul', 'mix', ['p', 'q1'], 'm'),
        pass('MatMul', 'out', ['m', 'w_o'], 'y'),
      ],
    });
    expect(text).toMatchInlineSnapshot(`
      "layer q: x -> (float)
      layer k: x -> (float)
      layer out: m -> (float)
      tensor x: calibrated
      tensor m: calibrated
      kept scores: Both inputs are activations (attention scores stay float).
      kept mix: Both inputs are activations (attention scores stay float)."
    `);
  });

  it.each([['b'], ['block/*'], ['Conv']])('keeps what --exclude %s names', async (pattern) => {
    const nodes = [conv('a', 'x', 'a1'), conv('b', 'a1', 'b1'), conv('block/c', 'b1', 'y', 'w_c')];
    const text = await placed(
      { inputs: { x: IMAGE }, outputs: { y: IMAGE }, initializers: weights('w_a', 'w_b', 'w_c'), nodes },
      [pattern],
    );
    expect(text.split('\n').filter((line) => !line.startsWith('tensor'))).toEqual(
      nodes
        .flatMap(({ name, input, output }) => {
          const excluded = pattern === 'Conv' || pattern === name || (pattern === 'block/*' && name === 'block/c');
          return excluded ? [] : [`layer ${name}: ${input[0]} -> ${output[0]}`];
        })
        .concat(
          nodes
            .filter(
              ({ name }) => pattern === 'Conv' || pattern === name || (pattern === 'block/*' && name === 'block/c'),
            )
            .map(({ name }) => `kept ${name}: Excluded by "${pattern}".`),
        ),
    );
  });

  it('keeps an excluded Relu float, in a range of its own', async () => {
    const spec: ModelSpec = {
      inputs: { x: IMAGE },
      outputs: { y: IMAGE },
      initializers: weights('w_a', 'w_b'),
      nodes: [conv('a', 'x', 'a1'), pass('Relu', 'relu', ['a1'], 'r'), conv('b', 'r', 'y')],
    };
    expect(await placed(spec, ['Relu'])).toMatchInlineSnapshot(`
      "layer a: x -> a1
      layer b: r -> y
      tensor x: calibrated
      tensor a1: calibrated
      tensor r: calibrated
      tensor y: calibrated
      kept relu: Excluded by "Relu"."
    `);
  });

  it('quantizes two layers that share a weight', async () => {
    const text = await placed({
      inputs: { x: IMAGE },
      outputs: { y: IMAGE },
      initializers: weights('w'),
      nodes: [conv('a', 'x', 'a1', 'w'), conv('b', 'a1', 'y', 'w')],
    });
    expect(text).toMatchInlineSnapshot(`
      "layer a: x -> a1
      layer b: a1 -> y
      tensor x: calibrated
      tensor a1: calibrated
      tensor y: calibrated"
    `);
  });

  it('says why it keeps layers that no int8 kernel can compute', async () => {
    const text = await placed({
      inputs: { x: IMAGE, w: ['float32', [8, 8, 3, 3]], v: VECTOR, image: ['float32', [1, 3, 6, 6]] },
      outputs: {
        y1: IMAGE,
        y2: ['float32', [8, 8]],
        y3: VECTOR,
        y4: VECTOR,
        y5: ['float32', [1, 8, 'h', 'w']],
        y6: ['float32', [1, 8, 'a', 'b']],
      },
      initializers: {
        ...weights('w_t'),
        g: { dims: [8, 8], values: [0.1, 0.2] },
        row: { dims: [1, 8], values: [0.1, 0.2] },
        one: { dims: [], values: [1] },
        stem: { dims: [8, 3, 3, 3], values: [0.1, -0.2] },
      },
      nodes: [
        conv('dynamicWeight', 'x', 'y1', 'w'),
        makeNode('Gemm', 'transposed', ['v', 'row'], ['y2'], { transA: 1 }),
        makeNode('Gemm', 'scaled', ['v', 'g'], ['y3'], { alpha: { float: 0.5 } }),
        makeNode('Gemm', 'scalarBias', ['v', 'g', 'one'], ['y4']),
        makeNode('ConvTranspose', 'upsample', ['x', 'w_t'], ['y5']),
        makeNode('Conv', 'stem', ['image', 'stem'], ['y6']),
      ],
    });
    expect(text).toMatchInlineSnapshot(`
      "kept dynamicWeight: Its weight is not a constant.
      kept transposed: Its data input is transposed (transA).
      kept scaled: Its alpha or beta is not 1.
      kept scalarBias: Its bias has the shape []; int8 kernels take one value per output.
      kept upsample: ONNX Runtime has no int8 kernel for ConvTranspose on the CPU.
      kept stem: It reads the model's input and sums only 27 products; float is faster there."
    `);
  });

  it('keeps sums float that could overflow int32, and quantizes the longest that cannot', async () => {
    const text = await placed({
      inputs: { x: ['float32', [1, 66312]], short: ['float32', [1, 66311]], image: ['float32', [1, 8, 91, 92]] },
      outputs: {
        y1: ['float32', [1, 2]],
        y2: ['float32', [1, 2]],
        y3: ['float32', [1, 1, 1, 1]],
        y4: ['float32', [1, 2]],
      },
      initializers: {
        m: { dims: [66312, 2], values: [1] },
        g: { dims: [2, 66312], values: [1] },
        s: { dims: [66311, 2], values: [1] },
        c: { dims: [1, 8, 91, 92], values: [1] },
      },
      nodes: [
        makeNode('MatMul', 'matmul', ['x', 'm'], ['y1']),
        makeNode('Gemm', 'gemm', ['x', 'g'], ['y2'], { transB: 1 }),
        makeNode('Conv', 'conv', ['image', 'c'], ['y3']),
        makeNode('MatMul', 'short', ['short', 's'], ['y4']),
      ],
    });
    expect(text).toMatchInlineSnapshot(`
      "layer short: short -> (float)
      tensor short: calibrated
      kept matmul: It sums 66312 products, which could overflow int32.
      kept gemm: It sums 66312 products, which could overflow int32.
      kept conv: It sums 66976 products, which could overflow int32."
    `);
  });

  it('quantizes the convolution itself when its output is also a graph output, not the Relu behind it', async () => {
    const text = await placed({
      inputs: { x: IMAGE },
      outputs: { a1: IMAGE, y: IMAGE },
      initializers: weights('w_a', 'w_b'),
      nodes: [conv('a', 'x', 'a1'), pass('Relu', 'relu', ['a1'], 'r'), conv('b', 'r', 'y')],
    });
    expect(text).toMatchInlineSnapshot(`
      "layer a: x -> a1
      layer b: r -> y
      tensor x: calibrated
      tensor a1: calibrated
      tensor r: calibrated
      tensor y: calibrated"
    `);
  });

  it('quantizes the convolution itself when a subgraph reads its output', async () => {
    const spec: ModelSpec = {
      inputs: { x: IMAGE, c: ['bool', []] },
      outputs: { y: IMAGE, z: ['float32', [1, 8, 'h', 'w']] },
      initializers: weights('w_a', 'w_b'),
      nodes: [
        conv('a', 'x', 'a1'),
        pass('Relu', 'relu', ['a1'], 'r'),
        conv('b', 'r', 'y'),
        choice('if', 'c', 'z', 'a1'),
      ],
    };
    expect(await placed(spec)).toMatchInlineSnapshot(`
      "layer a: x -> a1
      layer b: r -> y
      tensor x: calibrated
      tensor a1: calibrated
      tensor r: calibrated
      tensor y: calibrated"
    `);
  });
});

/** An If whose branches read `captured` from outside. */
function choice(name: string, condition: string, output: string, captured: string): NodeProto {
  const holder = buildModel({ nodes: [] });
  const branch = (opType: string) =>
    buildGraph(holder, {
      name: opType,
      outputs: { [`${name}_${opType}`]: ['float32', [1, 8, 'h', 'w']] },
      nodes: [makeNode(opType, `${name}/${opType}`, [captured], [`${name}_${opType}`])],
    });
  const node = makeNode('If', name, [condition], [output]);
  node.attribute = (['then_branch', 'else_branch'] as const).map((attribute, i) =>
    create(AttributeProtoSchema, {
      name: attribute,
      type: AttributeProto_AttributeType.GRAPH,
      g: branch(i === 0 ? 'Neg' : 'Abs'),
    }),
  );
  return node;
}
