import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeNode } from '../../../src/onnx/attributes';
import type { Model } from '../../../src/onnx/model';
import { inspectModel } from '../../../src/recipe/inspectModel';
import { saveModel } from '../../../src/runtime/modelFile';
import { buildModel, sampleValues } from '../../fixtures/buildModel';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'inspect-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function convolutions(): Model {
  return buildModel({
    inputs: { image: ['float32', ['batch', 3, 8, 8]] },
    outputs: { y: ['float32', ['batch', 64]] },
    initializers: {
      w: { dims: [16, 3, 3, 3], values: sampleValues(432) },
      fc: { dims: [1024, 64], values: sampleValues(65536) },
      shape: { dims: [2], values: [0, 1024], type: 'int64' },
    },
    nodes: [
      makeNode('Conv', 'conv', ['image', 'w'], ['c'], { pads: [1, 1, 1, 1] }),
      makeNode('Reshape', 'flat', ['c', 'shape'], ['f']),
      makeNode('MatMul', 'fc', ['f', 'fc'], ['y']),
      makeNode('Gelu', 'other', ['y'], ['z'], {}, 'com.microsoft'),
    ],
  });
}

function inspected(name: string, model: Model) {
  const path = join(folder, name);
  saveModel(model, path);
  return inspectModel(path);
}

describe('inspecting a model', () => {
  it('describes inputs, operators and weights', () => {
    const { path, sizeBytes, compressible, ...rest } = inspected('conv.onnx', convolutions());
    expect(path).toBe(join(folder, 'conv.onnx'));
    expect(sizeBytes).toBeGreaterThan(rest.weightBytes);
    expect(compressible).toHaveLength(4);
    expect(rest).toEqual({
      externalBytes: 0,
      irVersion: 8,
      producer: 'test',
      opsets: [{ domain: '', version: 17 }],
      inputs: [{ name: 'image', type: 'float32', dims: ['batch', 3, 8, 8] }],
      outputs: [{ name: 'y', type: 'float32', dims: ['batch', 64] }],
      nodeCount: 4,
      nodesByOp: { Conv: 1, MatMul: 1, Reshape: 1, 'com.microsoft:Gelu': 1 },
      functionCount: 0,
      subgraphCount: 0,
      parameterCount: 432 + 65536 + 2,
      weightBytes: (432 + 65536) * 4 + 16,
      quantized: false,
    });
  });

  it('says for each mode what it could act on, and why not', () => {
    const { compressible } = inspected('modes.onnx', convolutions());
    expect(compressible).toEqual([
      { method: 'static', nodes: 2, bytes: (432 + 65536) * 4, note: 'Acts on 1 Conv, 1 MatMul.' },
      {
        method: 'dynamic',
        nodes: 1,
        bytes: 65536 * 4,
        note: 'Acts on 1 MatMul. Not on 1 Conv: ONNX Runtime has no dynamic int8 kernel for Conv.',
      },
      {
        method: 'weights',
        nodes: 1,
        bytes: 65536 * 4,
        note: 'Acts on 1 MatMul. Not on 1 Conv: Weights of convolutions are stored as int8 only on request (--include-conv), since no kernel computes with them.',
      },
      { method: 'fp16', nodes: 2, bytes: (432 + 65536) * 4, note: 'Acts on 1 Conv, 1 MatMul.' },
    ]);
  });

  it('leaves out of dynamic mode what would be slower in int8', () => {
    const model = buildModel({
      inputs: { x: ['float32', [1, 32]] },
      outputs: { y: ['float32', [1, 32]] },
      initializers: { w: { dims: [32, 32], values: sampleValues(1024) } },
      nodes: [makeNode('MatMul', 'm', ['x', 'w'], ['y'])],
    });
    const dynamic = inspected('small.onnx', model).compressible.find(({ method }) => method === 'dynamic');
    expect(dynamic).toMatchObject({
      nodes: 0,
      bytes: 0,
      note: expect.stringContaining('Not on 1 MatMul: Its weight is so small'),
    });
  });

  it('offers nothing for a model that is quantized already', () => {
    const model = convolutions();
    model.proto.graph?.node.push(makeNode('DynamicQuantizeLinear', 'q', ['image'], ['a', 'b', 'c2']));
    const { quantized, compressible } = inspected('quantized.onnx', model);
    expect(quantized).toBe(true);
    expect(compressible.map(({ method, nodes }) => [method, nodes])).toEqual([
      ['static', 0],
      ['dynamic', 0],
      ['weights', 0],
      ['fp16', 0],
    ]);
  });

  it('describes a model whose external data is missing, and notes it', () => {
    const model = convolutions();
    for (const [tensor, weight] of model.weights) model.weights.set(tensor, { ...weight, external: true });
    const path = join(folder, 'external.onnx');
    saveModel(model, path, { keepExternal: true });
    expect(inspectModel(path)).toMatchObject({ externalBytes: (432 + 65536) * 4, parameterCount: 65970 });
    expect(inspectModel(path).notes).toBeUndefined();
    rmSync(`${path}.data`);
    const { notes, parameterCount } = inspectModel(path);
    expect(notes).toEqual([expect.stringMatching(/"external.onnx.data" is missing/)]);
    expect(parameterCount).toBe(65970);
  });

  it('notes what is wrong with a broken graph', () => {
    const model = convolutions();
    model.proto.graph?.node.push(makeNode('Relu', 'loop', ['l'], ['l']));
    expect(inspected('cycle.onnx', model).notes).toEqual([
      expect.stringMatching(/"loop" \(Relu\) depends on its own output/),
    ]);
  });

  it('leaves initializers out of the inputs', () => {
    const model = buildModel({
      irVersion: 3,
      inputs: { x: ['float32', [4]] },
      outputs: { y: ['float32', [4]] },
      initializers: { w: { dims: [4], values: [1] } },
      listInitializers: true,
      nodes: [makeNode('Add', 'a', ['x', 'w'], ['y'])],
    });
    expect(inspected('old.onnx', model).inputs.map(({ name }) => name)).toEqual(['x']);
  });

  it('says which file is missing', () => {
    const path = join(folder, 'missing.onnx');
    expect(() => inspectModel(path)).toThrow(expect.objectContaining({ code: 'file-not-found', details: { path } }));
  });
});
