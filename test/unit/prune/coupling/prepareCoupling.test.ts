import { describe, expect, it } from 'vitest';
import { cloneModel, mainGraph, type Model } from '../../../../src/onnx/model';
import { concreteTypes } from '../../../../src/prune/coupling/concreteTypes';
import { couple } from '../../../../src/prune/coupling/couple';
import { prepareCoupling } from '../../../../src/prune/coupling/prepareCoupling';
import { maskUnits } from '../../../../src/prune/removal/maskUnits';
import { removeUnits } from '../../../../src/prune/removal/removeUnits';
import { floatValue, largestDifference, outputsOf } from '../../../fixtures/applyPass';
import { createLayers } from './networks';

/** Two heads as PyTorch exports them with a dynamic batch: sizes are read from tensors, and joined to a shape. */
function dynamicHeads(): Model {
  const net = createLayers();
  const hidden = net.linear('first', 'x', 6, 8);
  const lengthOf = (name: string, axis: number): string => {
    const shape = net.op('Shape', `${name}.shape`, [hidden]);
    return net.op('Gather', name, [shape, net.ints(`${name}.axis`, [axis])]);
  };
  const size = net.op('Div', 'size', [lengthOf('width', 2), net.ints('heads', [2])]);
  const parts = [lengthOf('batch', 0), lengthOf('steps', 1), net.ints('two', [2]), size];
  const split = net.op('Reshape', 'split', [hidden, net.op('Concat', 'split.s', parts, { axis: 0 })]);
  const turned = net.op('Transpose', 'turn', [split], { perm: [0, 2, 1, 3] });
  const back = net.op('Transpose', 'back', [net.op('Relu', 'relu', [turned])], { perm: [0, 2, 1, 3] });
  const joined = [lengthOf('batch2', 0), lengthOf('steps2', 1), lengthOf('width2', 2)];
  const flat = net.op('Reshape', 'join', [back, net.op('Concat', 'join.s', joined, { axis: 0 })]);
  net.op('MatMul', 'last', [flat, net.weight('last.w', [8, 3])], {}, ['y']);
  return net.model({ x: ['float32', ['batch', 'steps', 6]] }, { y: ['float32', ['batch', 'steps', 3]] });
}

describe('prepareCoupling', () => {
  it('makes lengths that are fixed known, so that heads of a model with a dynamic batch can go', async () => {
    const model = dynamicHeads();
    const before = await outputsOf(model, { x: floatValue([2, 3, 6]) });
    const unprepared = couple(model, await concreteTypes(model, { x: floatValue([2, 3, 6]) }));
    expect(unprepared.groups[0]?.protection).toMatch(/Shape.* reads its length/);
    await prepareCoupling(model);
    expect(await outputsOf(model, { x: floatValue([2, 3, 6]) })).toEqual(before);
    const types = await concreteTypes(model, { x: floatValue([2, 3, 6]) });
    const coupling = couple(model, types);
    expect(coupling.groups.map(({ name, units, protection }) => [name, units, protection === undefined])).toEqual([
      ['/first/MatMul', 2, true],
      ['/last/MatMul', 3, false],
    ]);
    const removal = new Map([['/first/MatMul', new Set([0])]]);
    const masked = cloneModel(model);
    maskUnits(masked, coupling, removal);
    removeUnits(model, types, coupling, removal);
    for (const dims of [
      [2, 3, 6],
      [1, 5, 6],
    ]) {
      const feeds = { x: floatValue(dims, 5) };
      expect(largestDifference(await outputsOf(masked, feeds), await outputsOf(model, feeds))).toBeLessThan(1e-5);
    }
  });
});

describe('concreteTypes', () => {
  it('looks up in a run what cannot be inferred', async () => {
    const net = createLayers();
    const shape = net.op('Cast', 'cast', ['s'], { to: 7 });
    const reshaped = net.op('Reshape', 'reshape', ['x', shape]);
    net.op('Relu', 'relu', [reshaped], {}, ['y']);
    const model = net.model({ x: ['float32', ['n', 6]], s: ['float32', [3]] }, { y: ['float32', ['a', 'b', 'c']] });
    const s = { type: 'float32', dims: [3], data: Float32Array.of(2, 2, 3) } as const;
    const types = await concreteTypes(model, { x: floatValue([2, 6]), s });
    expect(types.get('/reshape/Reshape_output')?.dims).toEqual([2, 2, 3]);
    expect(mainGraph(model).output).toHaveLength(1);
  });
});
