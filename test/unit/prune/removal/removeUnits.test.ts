import { describe, expect, it } from 'vitest';
import { intAttribute } from '../../../../src/onnx/attributes';
import { cloneModel, mainGraph, type Model } from '../../../../src/onnx/model';
import { readModelBytes } from '../../../../src/onnx/readModel';
import { dimsOf, readFloats } from '../../../../src/onnx/tensor';
import { validateModel } from '../../../../src/onnx/validateModel';
import { couple } from '../../../../src/prune/coupling/couple';
import type { CoupledGroup, Removal } from '../../../../src/prune/coupling/types';
import { maskUnits } from '../../../../src/prune/removal/maskUnits';
import { removeUnits } from '../../../../src/prune/removal/removeUnits';
import { modelBytes } from '../../../../src/runtime/modelFile';
import { inferTensorTypes } from '../../../../src/runtime/tensorTypes';
import { createRandom } from '../../../../src/util/random';
import { floatValue, largestDifference, outputsOf } from '../../../fixtures/applyPass';
import { initializerOf } from '../../../fixtures/buildModel';
import * as networks from '../coupling/networks';

/** Rounding of sums in another order; a unit that is wrong moves outputs by far more. */
const TOLERANCE = 1e-4;

const INPUTS: Readonly<Record<string, readonly [build: () => Model, dims: readonly number[]]>> = {
  ResNet: [networks.resNet, [1, 3, 8, 8]],
  DenseNet: [networks.denseNet, [1, 3, 8, 8]],
  YOLO: [networks.yolo, [1, 3, 8, 8]],
  'Squeeze-and-Excitation': [networks.squeezeExcite, [1, 3, 8, 8]],
  'grouped and depthwise convolutions': [networks.groupedConvs, [1, 3, 8, 8]],
  'a channel shuffle': [networks.shuffle, [1, 3, 8, 8]],
  'ConvTranspose and DepthToSpace': [networks.upsampling, [1, 3, 8, 8]],
  'a vision transformer': [networks.vit, [1, 3, 8, 8]],
  'LSTM and GRU': [networks.recurrent, [1, 1, 7]],
};

function removeAny(groups: readonly CoupledGroup[], seed: number): Removal {
  const random = createRandom(seed);
  return new Map(
    groups.map(({ name, units }) => {
      const order = random.shuffle(Array.from({ length: units }, (_, unit) => unit));
      return [name, new Set(order.slice(0, 1 + random.int(units - 1)))];
    }),
  );
}

describe('removeUnits', () => {
  it.each(Object.keys(INPUTS))('computes what the masked model computes: %s', async (name) => {
    const [build, dims] = INPUTS[name]!;
    const model = build();
    const types = await inferTensorTypes(model);
    const coupling = couple(model, types);
    const exact = coupling.groups.filter((group) => group.protection === undefined && group.exact);
    const feeds = { x: floatValue(dims, 3) };
    const before = await outputsOf(model, feeds);
    for (const seed of [1, 2, 3, 4]) {
      const removal = removeAny(exact, seed);
      const [small, masked] = [cloneModel(model), cloneModel(model)];
      removeUnits(small, types, coupling, removal);
      maskUnits(masked, coupling, removal);
      const expected = await outputsOf(masked, feeds);
      expect(largestDifference(expected, before)).toBeGreaterThan(TOLERANCE);
      expect(largestDifference(expected, await outputsOf(small, feeds))).toBeLessThan(TOLERANCE);
      expect(modelBytes(small).length).toBeLessThan(modelBytes(model).length);
    }
  });

  it('removes the width of a transformer through its normalizations, where masking would be another thing', async () => {
    const model = networks.vit();
    const types = await inferTensorTypes(model);
    const coupling = couple(model, types);
    const removal = new Map([['/patches/Conv', new Set([0, 5, 6])]]);
    removeUnits(model, types, coupling, removal);
    const shapes = [...(await inferTensorTypes(model)).values()].filter(({ name }) => name.startsWith('/norm2'));
    expect(shapes.map(({ dims }) => dims)).toEqual([[1, 4, 5]]);
    expect((await outputsOf(model, { x: floatValue([1, 3, 8, 8]) }))['y']).toHaveLength(5);
  });

  it('takes out the right rows, columns and attributes', async () => {
    const model = networks.groupedConvs();
    const types = await inferTensorTypes(model);
    const before = readFloats(model, initializerOf(model, 'expand.b.weight'));
    removeUnits(model, types, couple(model, types), new Map([['/expand/Conv', new Set([1, 4])]]));
    const shapes = ['expand.w', 'depthwise.w', 'project.w'].map((name) =>
      dimsOf(initializerOf(model, `${name}.weight`)),
    );
    expect(shapes).toEqual([
      [4, 3, 1, 1],
      [4, 1, 3, 3],
      [8, 4, 1, 1],
    ]);
    const depthwise = mainGraph(model).node.find(({ name }) => name === '/depthwise/Conv');
    expect(depthwise && intAttribute(depthwise, 'group', 1)).toBe(4);
    const kept = [0, 2, 3, 5].map((unit) => before[unit]);
    expect([...readFloats(model, initializerOf(model, 'expand.b.weight'))]).toEqual(kept);
  });

  it('cuts large weights when they are read, also when they are read in pieces', async () => {
    const model = largeGemm();
    const types = await inferTensorTypes(model);
    const weight = readFloats(model, initializerOf(model, 'second.weight')).slice();
    removeUnits(model, types, couple(model, types), new Map([['/first/Gemm', new Set([0, 700])]]));
    const tensor = initializerOf(model, 'second.weight');
    expect(dimsOf(tensor)).toEqual([600, 1022]);
    const lazy = model.weights.get(tensor)!;
    const piece = new DataView(lazy.read(1022 * 4 + 4 * 699, 8).slice().buffer);
    expect([piece.getFloat32(0, true), piece.getFloat32(4, true)]).toEqual([weight[1024 + 701], weight[1024 + 702]]);
    validateModel(readModelBytes(modelBytes(model), { nonce: new Uint8Array(16).fill(1) }));
  });

  it.each([
    ['a group that there is not', new Map([['/nowhere', new Set([0])]]), /"\/nowhere" is not a group/],
    ['a protected group', new Map([['/fc/Gemm', new Set([0])]]), /"\/fc\/Gemm" is protected: The output "y"/],
    ['a unit that there is not', new Map([['/m1/Conv', new Set([6])]]), /has no unit 6/],
    ['all units', new Map([['/m1/Conv', new Set([0, 1, 2, 3, 4, 5])]]), /would lose all its units/],
  ])('refuses %s before it changes anything', async (_, removal, message) => {
    const model = networks.yolo();
    const types = await inferTensorTypes(model);
    const coupling = couple(model, types);
    const before = modelBytes(model);
    expect(() => removeUnits(model, types, coupling, removal)).toThrow(message);
    expect(() => maskUnits(model, coupling, removal)).toThrow(message);
    expect(modelBytes(model)).toEqual(before);
  });
});

/** Two layers whose weights are stored outside of the structure. */
function largeGemm(): Model {
  const net = networks.createLayers();
  const hidden = net.op('Gemm', 'first', ['x', net.weight('first', [1024, 400])], { transB: 1 });
  net.op('Gemm', 'last', [hidden, net.weight('second', [600, 1024])], { transB: 1 }, ['y']);
  return net.model({ x: ['float32', [1, 400]] }, { y: ['float32', [1, 600]] });
}
