import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { findAttribute, makeNode } from '../../../src/onnx/attributes';
import { cloneModel, mainGraph, type Model } from '../../../src/onnx/model';
import {
  AttributeProto_AttributeType as Kind,
  AttributeProtoSchema,
  GraphProtoSchema,
  TensorProto_DataType as Type,
  type NodeProto,
} from '../../../src/onnx/onnx_pb';
import { addFloatTensor, addInt64Tensor, readFloats } from '../../../src/onnx/tensor';
import { quantizeFp16 } from '../../../src/quantize/fp16';
import { addHalfTensor } from '../../../src/quantize/fp16Tensor';
import type { QuantizeSettings } from '../../../src/protocol';
import { modelBytes, openModel } from '../../../src/runtime/modelFile';
import { createSession } from '../../../src/runtime/session';
import { inferTensorTypes, tensorValueInfo } from '../../../src/runtime/tensorTypes';
import { fromFloat16, toFloat16 } from '../../../src/util/float16';
import { feed, floatModel, normals, operators, run, sqnrDb } from './weightModels';

async function halved(model: Model, settings: Partial<QuantizeSettings> = {}) {
  const copy = cloneModel(model);
  const outcome = quantizeFp16(copy, await inferTensorTypes(model), { mode: 'fp16', ...settings });
  return { model: copy, outcome };
}

const linear = (weight: Float32Array, extra: NodeProto[] = []): Model =>
  floatModel({
    inputs: { x: [2, 32] },
    outputs: { y: [2, weight.length / 32] },
    weights: { w: { dims: [32, weight.length / 32], values: weight } },
    nodes: [makeNode('MatMul', 'mm', ['x', 'w'], ['y']), ...extra],
  });
const feeds = feed({ x: { dims: [2, 32], data: normals(64, 9) } });

describe('float16 tensors', () => {
  const values = Float32Array.from([...normals(2000, 1, 1e-3), 65504, -65519, 6e-8, 1e-9, 2 ** -14, 1 / 3, -0, 1e30]);

  it('round as the reference does, in whatever pieces they are read', () => {
    const model: Model = { ...floatModel({ inputs: {}, outputs: {}, weights: {}, nodes: [] }) };
    const half = addHalfTensor(model, addFloatTensor(model, 'w', [values.length], values), 'h');
    const expected = Float32Array.from(values, (value) => fromFloat16(toFloat16(value)));
    expect(readFloats(model, half)).toEqual(expected);
    const weight = model.weights.get(half)!;
    const whole = weight.read(0, weight.byteLength).slice();
    expect([...weight.read(3, 4)]).toEqual([...whole.subarray(3, 7)]);
  });

  it('clamp masks and keep a lone epsilon from vanishing', () => {
    const model = floatModel({ inputs: {}, outputs: {}, weights: {}, nodes: [] });
    const clamped = (numbers: number[]): number[] => {
      const source = addFloatTensor(model, 'w', [numbers.length], numbers);
      return [...readFloats(model, addHalfTensor(model, source, 'h', true))];
    };
    expect(clamped([-3.4e38, 65519, Infinity, -Infinity])).toEqual([-65504, 65504, 65504, -65504]);
    expect(clamped([1e-12])).toEqual([2 ** -24]);
    expect(clamped([1e-12, 1])).toEqual([0, 1]);
  });
});

describe('fp16 storage', () => {
  it('halves the file and leaves ONNX Runtime the same graph to run', async () => {
    const model = linear(normals(32 * 64, 1));
    const { model: small, outcome } = await halved(model);
    expect(outcome.quantized).toEqual([{ node: 'mm', opType: 'MatMul', scheme: 'fp16 weights' }]);
    expect(operators(small)).toEqual({ Cast: 1, MatMul: 1 });
    expect(modelBytes(small).length / modelBytes(model).length).toBeLessThan(0.56);
    expect(sqnrDb((await run(model, feeds))['y']!, (await run(small, feeds))['y']!)).toBeGreaterThan(65);
    const folder = mkdtempSync(join(tmpdir(), 'press-test-'));
    const optimizedModelPath = join(folder, 'optimized.onnx');
    await (await createSession(small, { optimizedModelPath, optimization: 'extended' })).release();
    const optimized = openModel(optimizedModelPath);
    expect(operators(optimized.model)).toEqual({ MatMul: 1 });
    optimized.close();
    rmSync(folder, { recursive: true });
  });

  it('keeps weights that float16 cannot hold, with the reason', async () => {
    const huge = normals(32 * 64, 1);
    huge[5] = 1e6;
    const { outcome: large } = await halved(linear(huge));
    expect(large.kept[0]?.reason).toBe('Its weight holds 1.00e+6, beyond the 65504 of float16.');
    const { outcome: tiny } = await halved(linear(normals(32 * 64, 1, 1e-7)));
    expect(tiny.kept[0]?.reason).toBe('Its weight is so small that float16 would lose its precision.');
    const { outcome: excluded } = await halved(linear(normals(32 * 64, 1)), { exclude: ['MatMul'] });
    expect(excluded.kept[0]?.reason).toContain('Excluded by "MatMul"');
  });

  it('stores weights inside subgraphs too', async () => {
    const branch = (name: string, seed: number): ReturnType<typeof attribute> => {
      const graph = create(GraphProtoSchema, { name, output: [tensorValueInfo(`${name}_y`, Type.FLOAT, [2, 16])] });
      const scratch = floatModel({ inputs: {}, outputs: {}, weights: {}, nodes: [] });
      const tensor = addFloatTensor(scratch, `${name}_w`, [32, 16], normals(512, seed));
      tensor.rawData = scratch.weights.get(tensor)!.read(0, 2048);
      graph.initializer.push(tensor);
      graph.node.push(makeNode('MatMul', `${name}_mm`, ['x', `${name}_w`], [`${name}_y`]));
      return attribute(`${name}_branch`, graph);
    };
    const attribute = (name: string, g: ReturnType<typeof create<typeof GraphProtoSchema>>) =>
      create(AttributeProtoSchema, { name, type: Kind.GRAPH, g });
    const model = floatModel({ inputs: { x: [2, 32] }, outputs: { y: [2, 16] }, weights: {}, nodes: [] });
    mainGraph(model).input.push(tensorValueInfo('c', Type.BOOL, []));
    const node = makeNode('If', 'if', ['c'], ['y']);
    node.attribute.push(branch('then', 1), branch('else', 2));
    mainGraph(model).node.push(node);
    const input = { ...feeds, c: { type: 'bool' as const, dims: [], data: Uint8Array.of(1) } };
    for (const settings of [{}, { fp16Compute: true }]) {
      const { model: small, outcome } = await halved(model, settings);
      expect(outcome.quantized.map((layer) => layer.node)).toEqual(['then_mm', 'else_mm']);
      expect(modelBytes(small).length / modelBytes(model).length).toBeLessThan(0.65);
      expect(sqnrDb((await run(model, input))['y']!, (await run(small, input))['y']!)).toBeGreaterThan(60);
    }
  });
});

describe('fp16 compute', () => {
  it('casts at the borders and computes in halves between them', async () => {
    const model = linear(normals(32 * 64, 1));
    const { model: half, outcome } = await halved(model, { fp16Compute: true });
    expect(outcome.quantized).toEqual([{ node: 'mm', opType: 'MatMul', scheme: 'fp16 compute' }]);
    expect(mainGraph(half).node.map((node) => node.opType)).toEqual(['Cast', 'MatMul', 'Cast']);
    const [before, after] = [await createSession(model), await createSession(half)];
    expect([after.inputs, after.outputs]).toEqual([before.inputs, before.outputs]);
    expect(sqnrDb((await run(model, feeds))['y']!, (await run(half, feeds))['y']!)).toBeGreaterThan(55);
  });

  it('clamps mask constants, so that a masked row stays finite', async () => {
    const model = floatModel({
      inputs: { x: [2, 32], m: [2, 32] },
      outputs: { y: [2, 32] },
      weights: { low: { dims: [], values: [-3.4028234663852886e38] } },
      nodes: [
        makeNode('Mul', 'mask', ['m', 'low'], ['bias']),
        makeNode('Add', 'add', ['x', 'bias'], ['scores']),
        makeNode('Softmax', 'softmax', ['scores'], ['y']),
      ],
    });
    const { model: half } = await halved(model, { fp16Compute: true });
    const mask = Float32Array.from({ length: 64 }, (_, i) => (i >= 32 || i % 2 ? 1 : 0));
    const { y } = await run(half, { ...feeds, ...feed({ m: { dims: [2, 32], data: mask } }) });
    expect(y!.every(Number.isFinite)).toBe(true);
    expect(
      y!
        .slice(0, 32)
        .filter((_, i) => i % 2)
        .every((value) => value === 0),
    ).toBe(true);
  });

  it('keeps what needs float32: squares up to their root, sizes, excluded and unsupported operators', async () => {
    const model = floatModel({
      inputs: { x: [2, 32] },
      outputs: { norm: [2, 32], sum: [2, 32], out: [2, 32] },
      weights: { two: { dims: [], values: [2] }, eps: { dims: [], values: [1e-12] } },
      nodes: [
        makeNode('Pow', 'square', ['x', 'two'], ['sq']),
        makeNode('ReduceMean', 'mean', ['sq'], ['var'], { axes: [1] }),
        makeNode('Add', 'plus', ['var', 'eps'], ['var2']),
        makeNode('Sqrt', 'root', ['var2'], ['std']),
        makeNode('Div', 'divide', ['x', 'std'], ['norm']),
        makeNode('CumSum', 'cumsum', ['norm', 'axis'], ['sum']),
        makeNode('Relu', 'mine', ['sum'], ['out']),
      ],
    });
    mainGraph(model).initializer.push(addInt64Tensor(model, 'axis', [], [1]));
    const { model: half, outcome } = await halved(model, { fp16Compute: true, exclude: ['mine'] });
    expect(outcome.kept.map((layer) => layer.node)).toEqual(['square', 'mean', 'plus', 'root', 'cumsum', 'mine']);
    expect(outcome.quantized.map((layer) => layer.node)).toEqual(['divide']);
    const large = feed({ x: { dims: [2, 32], data: normals(64, 1, 1000) } });
    const expected = await run(model, large);
    const actual = await run(half, large);
    for (const name of ['norm', 'sum', 'out']) expect(sqnrDb(expected[name]!, actual[name]!)).toBeGreaterThan(55);
  });

  it('turns casts to float and fills into halves and leaves the scales of Resize float32', async () => {
    const model = floatModel({
      inputs: { x: [1, 2, 4, 4] },
      outputs: { y: [1, 2, 8, 8] },
      weights: { scales: { dims: [4], values: [1, 1, 2, 2] } },
      nodes: [
        makeNode('ConstantOfShape', 'fill', ['shape'], ['zeros']),
        makeNode('Shape', 'size', ['x'], ['dims']),
        makeNode('ReduceProd', 'count', ['dims'], ['n'], { keepdims: 0 }),
        makeNode('Cast', 'cast', ['n'], ['f'], { to: Type.FLOAT }),
        makeNode('Add', 'a', ['x', 'zeros'], ['t']),
        makeNode('Mul', 'b', ['t', 'f'], ['u']),
        makeNode('Resize', 'up', ['u', '', 'scales'], ['y'], { mode: 'linear' }),
      ],
    });
    mainGraph(model).initializer.push(addInt64Tensor(model, 'shape', [4], [1, 2, 4, 4]));
    const { model: half } = await halved(model, { fp16Compute: true });
    const node = (name: string) => mainGraph(half).node.find((candidate) => candidate.name === name)!;
    expect(Number(findAttribute(node('cast'), 'to')?.i)).toBe(Type.FLOAT16);
    expect(findAttribute(node('fill'), 'value')?.t?.dataType).toBe(Type.FLOAT16);
    expect(node('up').input[2]).toBe('scales');
    const input = feed({ x: { dims: [1, 2, 4, 4], data: normals(32, 1) } });
    expect(sqnrDb((await run(model, input))['y']!, (await run(half, input))['y']!)).toBeGreaterThan(55);
  });
});
