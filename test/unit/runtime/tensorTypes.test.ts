import { toBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { makeNode } from '../../../src/onnx/attributes';
import { ModelProtoSchema } from '../../../src/onnx/onnx_pb';
import { inferTensorTypes } from '../../../src/runtime/tensorTypes';
import { buildModel, type ModelSpec } from '../../fixtures/buildModel';

const LAYER: ModelSpec = {
  inputs: { x: ['float32', ['batch', 40]] },
  outputs: { y: ['float32', ['batch', 50]] },
  initializers: { w: { dims: [40, 50], values: [0.5] } },
  nodes: [makeNode('MatMul', 'multiply', ['x', 'w'], ['h']), makeNode('Relu', 'relu', ['h'], ['y'])],
};

/** Concat of a tensor with itself, `times` in a row: each doubles the tensor. */
function doublings(first: string, times: number) {
  const nameOf = (step: number): string => (step === 0 ? first : step === times ? 'y' : `t${step}`);
  return Array.from({ length: times }, (_, step) =>
    makeNode('Concat', `concat${step}`, [nameOf(step), nameOf(step)], [nameOf(step + 1)], { axis: 0 }),
  );
}

describe('inferTensorTypes', () => {
  it('gives type and shape of inputs, weights and every tensor in between, and leaves the model as it was', async () => {
    const model = buildModel(LAYER);
    const before = toBinary(ModelProtoSchema, model.proto);
    const types = await inferTensorTypes(model);
    expect(Object.fromEntries([...types].map(([name, { type, dims }]) => [name, [type, dims]]))).toEqual({
      x: ['float32', ['batch', 40]],
      w: ['float32', [40, 50]],
      h: ['float32', ['batch', 50]],
      y: ['float32', ['batch', 50]],
    });
    expect(toBinary(ModelProtoSchema, model.proto)).toEqual(before);
    expect(model.weights.size).toBe(1);
  });

  it('refuses a tensor that no memory could hold, without making it', async () => {
    const constant = buildModel({
      outputs: { y: ['float32', ['n', 100]] },
      initializers: { k: { dims: [10, 100], values: [1] } },
      nodes: doublings('k', 22),
    });
    await expect(inferTensorTypes(constant)).rejects.toMatchObject({
      code: 'unsupported-model',
      message: 'Tensor "y" would have 4194304000 elements, which is more than fits into memory.',
    });
  });

  it('refuses dimensions that overflow', async () => {
    const overflowing = buildModel({
      inputs: { x: ['float32', [1000]] },
      outputs: { y: ['float32', ['n']] },
      nodes: doublings('x', 60),
    });
    await expect(inferTensorTypes(overflowing)).rejects.toMatchObject({ code: 'model-does-not-run' });
  });
});
