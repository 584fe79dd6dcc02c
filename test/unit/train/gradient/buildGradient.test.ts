import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { makeNode } from '../../../../src/onnx/attributes';
import { mainGraph, type Model } from '../../../../src/onnx/model';
import { ValueInfoProtoSchema } from '../../../../src/onnx/onnx_pb';
import type { TensorMap } from '../../../../src/onnx/tensorValue';
import { createSession } from '../../../../src/runtime/session';
import { inferTensorTypes } from '../../../../src/runtime/tensorTypes';
import { buildGradient, type GradientOptions } from '../../../../src/train/gradient/buildGradient';
import { buildModel, type ModelSpec } from '../../../fixtures/buildModel';

const row = { type: 'float32', dims: [3], data: Float32Array.from([1, 2, 3]) } as const;
const weights = (values: number[]): { dims: number[]; values: number[] } => ({ dims: [values.length], values });

/** A model of the input `x` `[3]` with the weights `w` and `v` and a loss that is the sum of `last`. */
function lossModel(nodes: ModelSpec['nodes'], last: string, opset = 17): Model {
  return buildModel({
    opset,
    inputs: { x: ['float32', [3]] },
    outputs: { loss: ['float32', [1]] },
    initializers: { w: weights([0.5, -1, 2]), v: weights([3, 4, 5]) },
    nodes: [...nodes, makeNode('ReduceSum', 'sum', [last], ['loss'])],
  });
}

/** Builds the gradient and runs it; returns the values by the name of what was differentiated. */
async function gradientsOf(model: Model, options: GradientOptions): Promise<Record<string, number[]>> {
  const { gradients } = buildGradient(model, await inferTensorTypes(model), options);
  mainGraph(model).output = [...gradients.values()].map((name) => create(ValueInfoProtoSchema, { name }));
  const session = await createSession(model, { threads: 1 });
  const results: TensorMap = await session.run({ x: row });
  await session.release();
  return Object.fromEntries(
    [...gradients].map(([name, gradient]) => [name, Array.from(results[gradient]?.data as Float32Array)]),
  );
}

describe('the gradient graph', () => {
  it('adds up what comes from several consumers', async () => {
    const nodes = [
      makeNode('Mul', 'a', ['x', 'w'], ['a']),
      makeNode('Mul', 'b', ['w', 'w'], ['b']),
      makeNode('Neg', 'c', ['w'], ['c']),
      makeNode('Sum', 'd', ['a', 'b', 'c', 'w'], ['d']),
    ];
    // d/dw of x w + w^2 - w + w.
    expect(await gradientsOf(lossModel(nodes, 'd'), { loss: 'loss', wrt: ['w'] })).toEqual({ w: [2, 0, 7] });
  });

  it('gives gradients of inputs and of tensors in between', async () => {
    const nodes = [makeNode('Mul', 'a', ['x', 'w'], ['a']), makeNode('Mul', 'b', ['a', 'v'], ['b'])];
    expect(await gradientsOf(lossModel(nodes, 'b'), { loss: 'loss', wrt: ['x', 'a'] })).toEqual({
      x: [1.5, -4, 10],
      a: [3, 4, 5],
    });
  });

  it('starts from given gradients instead of a loss', async () => {
    const model = lossModel([makeNode('Mul', 'a', ['x', 'w'], ['a'])], 'a');
    expect(await gradientsOf(model, { seeds: { a: 'v' }, wrt: ['w'] })).toEqual({ w: [3, 8, 15] });
  });

  it('tells on what the loss does not depend', async () => {
    const model = lossModel([makeNode('Mul', 'a', ['x', 'w'], ['a'])], 'a');
    const types = await inferTensorTypes(model);
    const { gradients, independent, frozen } = buildGradient(model, types, { loss: 'loss', wrt: ['w', 'v'] });
    expect([[...gradients.keys()], independent, frozen]).toEqual([['w'], ['v'], []]);
  });

  it('does no work for what nobody wants', async () => {
    const nodes = [makeNode('Exp', 'a', ['x'], ['a']), makeNode('Mul', 'b', ['a', 'w'], ['b'])];
    const model = lossModel(nodes, 'b');
    buildGradient(model, await inferTensorTypes(model), { loss: 'loss', wrt: ['w'] });
    expect(mainGraph(model).node.map((node) => node.opType)).toEqual(['Exp', 'Mul', 'ReduceSum', 'Expand', 'Mul']);
  });

  it('names the node and the operator that has no gradient', async () => {
    const model = lossModel([makeNode('Det', 'odd', ['w'], ['a'])], 'a');
    mainGraph(model).node[0] = makeNode('Hardmax', 'odd', ['w'], ['a']);
    const types = await inferTensorTypes(model);
    const before = mainGraph(model).node.length;
    expect(() => buildGradient(model, types, { loss: 'loss', wrt: ['w'] })).toThrowError(
      expect.objectContaining({
        code: 'no-gradient',
        message: expect.stringMatching(/"odd".*Hardmax/) as string,
        details: { node: 'odd', operator: 'Hardmax' },
      }),
    );
    expect(mainGraph(model).node.length).toBe(before);
  });

  it('freezes what lies before such an operator, other ways to the loss included', async () => {
    const nodes = [
      makeNode('Mul', 'a', ['x', 'w'], ['a']),
      makeNode('Hardmax', 'odd', ['a'], ['b']),
      makeNode('Add', 'c', ['a', 'b'], ['c']),
      makeNode('Mul', 'd', ['c', 'v'], ['d']),
    ];
    const model = lossModel(nodes, 'd');
    const types = await inferTensorTypes(model);
    const result = buildGradient(model, types, { loss: 'loss', wrt: ['w', 'v'], freeze: true });
    expect([[...result.gradients.keys()], result.frozen]).toEqual([['v'], ['w']]);
    expect(result.obstacles.map((error) => error.details['operator'])).toEqual(['Hardmax']);
  });

  it('freezes at a form of an operator that is not covered', async () => {
    const nodes = [
      makeNode('Cast', 'half', ['w'], ['h'], { to: 10 }),
      makeNode('Cast', 'back', ['h'], ['a'], { to: 1 }),
      makeNode('Add', 'c', ['a', 'v'], ['c']),
    ];
    const model = lossModel(nodes, 'c');
    const types = await inferTensorTypes(model);
    const result = buildGradient(model, types, { loss: 'loss', wrt: ['w', 'v'], freeze: true });
    expect([[...result.gradients.keys()], result.frozen]).toEqual([['v'], ['w']]);
  });

  it('scales the gradient by the mask of Dropout while it trains', async () => {
    const model = lossModel([makeNode('Dropout', 'drop', ['w', 'ratio', 'mode'], ['a'])], 'a');
    const extra = buildModel({
      initializers: { ratio: { dims: [], values: [0.5] }, mode: { dims: [], values: [1], type: 'bool' } },
      nodes: [],
    });
    mainGraph(model).initializer.push(...mainGraph(extra).initializer);
    mainGraph(model).node[0]?.attribute.push(...makeNode('Dropout', '', [], [], { seed: 5 }).attribute);
    const { w = [] } = await gradientsOf(model, { loss: 'loss', wrt: ['w'] });
    // The mask is what the forward pass drew, so each gradient is either dropped or doubled.
    expect(w.every((value) => value === 0 || value === 2)).toBe(true);
    expect(mainGraph(model).node[0]?.output.length).toBe(2);
  });

  it('refuses a loss of several numbers, and old operator sets', async () => {
    const model = lossModel([makeNode('Mul', 'a', ['x', 'w'], ['a'])], 'a');
    const types = await inferTensorTypes(model);
    expect(() => buildGradient(model, types, { loss: 'a', wrt: ['w'] })).toThrowError(/single number/);
    const old = lossModel([makeNode('Mul', 'a', ['x', 'w'], ['a'])], 'a', 12);
    expect(() => buildGradient(old, types, { loss: 'loss', wrt: ['w'] })).toThrowError(/operator set 12/);
  });

  it('learns the bounds of Clip from what falls outside', async () => {
    const model = lossModel(
      [
        makeNode('Mul', 'a', ['x', 'w'], ['a']),
        makeNode('Clip', 'c', ['a', 'low', 'high'], ['b']),
        makeNode('Mul', 'd', ['b', 'v'], ['d']),
      ],
      'd',
    );
    const extra = buildModel({
      initializers: { low: { dims: [], values: [-1] }, high: { dims: [], values: [4] } },
      nodes: [],
    });
    mainGraph(model).initializer.push(...mainGraph(extra).initializer);
    expect(await gradientsOf(model, { loss: 'loss', wrt: ['w', 'low', 'high'] })).toEqual({
      w: [3, 0, 0],
      low: [4],
      high: [5],
    });
  });
});
