import { describe, expect, it } from 'vitest';
import { cloneModel, type Model } from '../../../../src/onnx/model';
import { couple } from '../../../../src/prune/coupling/couple';
import { maskUnits } from '../../../../src/prune/removal/maskUnits';
import { removeUnits } from '../../../../src/prune/removal/removeUnits';
import { inferTensorTypes } from '../../../../src/runtime/tensorTypes';
import { floatValue, largestDifference, outputsOf } from '../../../fixtures/applyPass';
import { createLayers, type Layers } from '../coupling/networks';

interface Case {
  /** What lies between a convolution that makes 8 channels [1, 8, 4, 4] and one that reads `channels` of them. */
  readonly between: (net: Layers, from: string) => string;
  readonly channels?: number;
  /** Units of each group of the first convolution, in order: channels that nothing reads are a group, too. */
  readonly units: readonly number[];
  /** False where statistics are taken over channels. */
  readonly exact?: boolean;
  readonly opset?: number;
}

const CASES: Readonly<Record<string, Case>> = {
  'Slice of a range, with an open end on another axis': {
    between: (net, from) =>
      net.op('Slice', 's', [from, net.ints('a', [2, 1]), net.ints('b', [-1, 2 ** 31]), net.ints('c', [1, 2])]),
    channels: 5,
    units: [3, 5],
  },
  'Slice that takes every second channel': {
    between: (net, from) =>
      net.op('Slice', 's', [from, ...[[0], [8], [1], [2]].map((values, i) => net.ints(`i${i}`, values))]),
    channels: 4,
    units: [],
  },
  'Gather of channels in another order, one of them twice': {
    between: (net, from) => net.op('Gather', 'g', [from, net.ints('i', [7, 0, -2, 0])], { axis: 1 }),
    channels: 4,
    units: [3, 5],
  },
  'Split without sizes': {
    between(net, from) {
      net.op('Split', 's', [from], { axis: 1 }, ['left', 'right']);
      return net.op('Mul', 'm', ['left', 'right']);
    },
    channels: 4,
    units: [4],
  },
  'Pad of channels that nothing else makes': {
    between: (net, from) => net.op('Pad', 'p', [from, net.ints('p', [0, 1, 0, 0, 0, 2, 0, 0])]),
    channels: 11,
    units: [8],
  },
  'Expand, Tile and a broadcast': {
    between(net, from) {
      const mean = net.op('ReduceMean', 'mean', [from], { axes: [2, 3] });
      const wide = net.op('Expand', 'e', [mean, net.ints('e.s', [1, 8, 2, 1])]);
      return net.op('Tile', 't', [wide, net.ints('t.r', [1, 2, 1, 2])]);
    },
    channels: 16,
    units: [8],
    opset: 13,
  },
  'ReduceSum over channels': {
    between: (net, from) => net.op('ReduceSum', 'r', [net.op('Relu', 'relu', [from]), net.ints('r.a', [1])]),
    channels: 1,
    units: [8],
  },
  'ReduceSum over channels after a Sigmoid': {
    between: (net, from) => net.op('ReduceSum', 'r', [net.op('Sigmoid', 'sig', [from]), net.ints('r.a', [1])]),
    channels: 1,
    units: [8],
    exact: false,
  },
  InstanceNormalization: {
    between: (net, from) =>
      net.op('InstanceNormalization', 'n', [from, net.weight('n.s', [8]), net.weight('n.b', [8])]),
    units: [8],
  },
  'GroupNormalization of two groups': {
    between: (net, from) =>
      net.op('GroupNormalization', 'n', [from, net.weight('n.s', [8]), net.weight('n.b', [8])], { num_groups: 2 }),
    units: [2],
    opset: 21,
  },
  'a group normalization by Reshape': {
    between(net, from) {
      const rows = net.op('Reshape', 'rows', [from, net.ints('rows.s', [0, 4, -1])]);
      const normed = net.op('InstanceNormalization', 'n', [rows, net.weight('n.s', [4]), net.weight('n.b', [4])]);
      return net.op('Reshape', 'back', [normed, net.ints('back.s', [1, 8, 4, 4])]);
    },
    units: [4],
  },
  'LayerNormalization over channels that are last': {
    between(net, from) {
      const last = net.op('Transpose', 'last', [from], { perm: [0, 2, 3, 1] });
      const normed = net.op('LayerNormalization', 'n', [last, net.weight('n.s', [8]), net.weight('n.b', [8])]);
      return net.op('Transpose', 'first', [normed], { perm: [0, 3, 1, 2] });
    },
    units: [8],
    exact: false,
  },
  SpaceToDepth: {
    between: (net, from) => net.op('SpaceToDepth', 's', [from], { blocksize: 2 }),
    channels: 32,
    units: [8],
  },
  'DepthToSpace, depth first': {
    between: (net, from) => net.op('DepthToSpace', 'd', [from], { blocksize: 2 }),
    channels: 2,
    units: [2],
  },
  'Squeeze, Unsqueeze, pooling and PRelu': {
    between(net, from) {
      const pooled = net.op('MaxPool', 'pool', [from], { kernel_shape: [2, 2], strides: [2, 2] });
      const flat = net.op('Squeeze', 'sq', [
        net.op('AveragePool', 'avg', [pooled], { kernel_shape: [2, 2] }),
        net.ints('sq.a', [-1]),
      ]);
      const sloped = net.op('PRelu', 'prelu', [flat, net.weight('prelu.w', [8, 1])]);
      return net.op('Unsqueeze', 'un', [sloped, net.ints('un.a', [3])]);
    },
    units: [8],
  },
  'a transposed convolution of two groups': {
    between: (net, from) =>
      net.op('ConvTranspose', 't', [from, net.weight('t.w', [8, 3, 2, 2])], { kernel_shape: [2, 2], group: 2 }),
    channels: 6,
    units: [4],
  },
  'attention of one head, its queries and keys multiplied over their features': {
    between(net, from) {
      const rows = net.op('Transpose', 'rows', [net.op('Reshape', 'flat', [from, net.ints('flat.s', [1, 8, 16])])], {
        perm: [0, 2, 1],
      });
      const keys = net.op('Transpose', 'keys', [net.linear('k', rows, 8, 6)], { perm: [0, 2, 1] });
      const scores = net.op('Softmax', 'softmax', [net.op('MatMul', 'qk', [net.linear('q', rows, 8, 6), keys])]);
      const mixed = net.op('Transpose', 'turn', [net.op('MatMul', 'mix', [scores, rows])], { perm: [0, 2, 1] });
      return net.op('Reshape', 'square', [mixed, net.ints('square.s', [1, 8, 4, 4])]);
    },
    units: [8],
  },
};

function build({ between, channels = 8, opset = 17 }: Case): Model {
  const net = createLayers();
  const made = between(net, net.conv('first', 'x', 3, 8, { kernel: 1 }));
  net.op('Conv', 'last', [made, net.weight('last.w', [2, channels, 1, 1])], {}, ['y']);
  return net.model({ x: ['float32', [1, 3, 4, 4]] }, { y: ['float32', [1, 2, 'height', 'width']] }, { opset });
}

describe('removeUnits through', () => {
  it.each(Object.entries(CASES))('%s', async (_, testCase) => {
    const model = build(testCase);
    const types = await inferTensorTypes(model);
    const coupling = couple(model, types);
    const free = coupling.groups.filter(({ protection, units }) => protection === undefined || units === 1);
    const ofFirst = free.filter(({ members }) => members.some(({ tensor }) => tensor === 'first.w.weight'));
    expect(ofFirst.map(({ units }) => units)).toEqual(testCase.units);
    const removable = free.filter(({ protection }) => protection === undefined);
    for (const group of removable) {
      expect([group.name, group.exact]).toEqual([group.name, testCase.exact ?? true]);
      for (let unit = 0; unit < group.units; unit++) {
        const removal = new Map([[group.name, new Set([unit])]]);
        const [small, masked] = [cloneModel(model), cloneModel(model)];
        removeUnits(small, types, coupling, removal);
        maskUnits(masked, coupling, removal);
        const feeds = { x: floatValue([1, 3, 4, 4], unit + 1) };
        const [a, b] = [await outputsOf(small, feeds), await outputsOf(masked, feeds)];
        if (group.exact) expect(largestDifference(a, b)).toBeLessThan(1e-5);
        else expect(largestDifference(a, b)).toBeGreaterThan(1e-5);
      }
    }
  });
});
