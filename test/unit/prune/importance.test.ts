import { describe, expect, it } from 'vitest';
import { makeNode } from '../../../src/onnx/attributes';
import { mainGraph, type Model } from '../../../src/onnx/model';
import { readFloats } from '../../../src/onnx/tensor';
import { distancesToOthers } from '../../../src/prune/importance/geometricMedian';
import { scoreUnits, type ImportanceInput } from '../../../src/prune/importance/scoreUnits';
import type { Coupling, CoupledGroup } from '../../../src/prune/coupling/types';
import { buildModel, initializerOf, sampleValues } from '../../fixtures/buildModel';

/** Four filters over two inputs of 1x1, read by a Gemm of three outputs; BatchNormalization between them. */
function network(): Model {
  return buildModel({
    inputs: { x: ['float32', [1, 2, 3, 3]] },
    outputs: { y: ['float32', [1, 3]] },
    initializers: {
      w: { dims: [4, 2, 1, 1], values: [1, -2, 0, 0.5, 3, 4, -1, 1] },
      scale: { dims: [4], values: [0.5, -2, 1, 0.25] },
      bias: { dims: [4], values: [0] },
      mean: { dims: [4], values: [0] },
      variance: { dims: [4], values: [1] },
      g: { dims: [3, 4], values: sampleValues(12) },
    },
    nodes: [
      makeNode('Conv', 'conv', ['x', 'w'], ['a']),
      makeNode('BatchNormalization', 'bn', ['a', 'scale', 'bias', 'mean', 'variance'], ['b']),
      makeNode('GlobalAveragePool', 'pool', ['b'], ['c']),
      makeNode('Flatten', 'flat', ['c'], ['d']),
      makeNode('Gemm', 'gemm', ['d', 'g'], ['y'], { transB: 1 }),
    ],
  });
}

function couplingOf(model: Model, protection?: string): Coupling {
  const [conv, bn, , , gemm] = mainGraph(model).node;
  const elements = [[0], [1], [2], [3]];
  const group: CoupledGroup = {
    name: 'conv',
    units: 4,
    exact: true,
    members: [
      { tensor: 'w', axis: 0, length: 4, elements, role: 'makes', node: conv },
      { tensor: 'scale', axis: 0, length: 4, elements, role: 'makes', node: bn },
      { tensor: 'g', axis: 1, length: 4, elements, role: 'reads', node: gemm },
      { tensor: 'b', axis: 1, length: 4, elements, role: 'carries', node: bn },
    ],
    ...(protection === undefined ? {} : { protection }),
  };
  return { groups: [group] };
}

function scores(rest: Partial<ImportanceInput> & Pick<ImportanceInput, 'importance'>): number[] {
  const model = network();
  const all = scoreUnits({ model, coupling: couplingOf(model), seed: 1, ...rest });
  return [...(all.get('conv') ?? [])];
}

const normalised = (values: readonly number[]): number[] => {
  const mean = values.reduce((a, b) => a + b) / values.length;
  return values.map((value) => value / mean);
};

describe('scoreUnits', () => {
  it.each(['l1', 'l2'] as const)('averages the %s of makers and readers, each by its own mean', (importance) => {
    const model = network();
    const g = readFloats(model, initializerOf(model, 'g'));
    const norm = (values: readonly number[]): number =>
      importance === 'l1' ? values.reduce((a, b) => a + Math.abs(b), 0) : Math.hypot(...values);
    const makes = normalised([norm([1, -2]), norm([0, 0.5]), norm([3, 4]), norm([-1, 1])]);
    const reads = normalised([0, 1, 2, 3].map((c) => norm([0, 4, 8].map((row) => g[row + c]!))));
    scores({ importance }).forEach((score, c) => expect(score).toBeCloseTo((makes[c]! + reads[c]!) / 2, 6));
  });

  it('reads the scales of BatchNormalization from the model that still has them', () => {
    const model = network();
    const unfolded = { model, coupling: couplingOf(model) };
    expect(scores({ importance: 'bn-scale', unfolded })).toEqual(normalised([0.5, 2, 1, 0.25]));
    expect(scores({ importance: 'bn-scale' })).toEqual([]);
  });

  it('ranks by distance to the other filters and by mean activation', () => {
    const filters = [
      [1, -2],
      [0, 0.5],
      [3, 4],
      [-1, 1],
    ];
    const distances = filters.map((a) => filters.reduce((sum, b) => sum + Math.hypot(a[0]! - b[0]!, a[1]! - b[1]!), 0));
    scores({ importance: 'geometric-median' }).forEach((score, c) =>
      expect(score).toBeCloseTo(normalised(distances)[c]!, 6),
    );
    const means = new Map([['b', Float64Array.of(1, -3, 2, 0)]]);
    expect(scores({ importance: 'activation', means })).toEqual(normalised([1, 3, 2, 0]));
  });

  it('draws the control from the seed, and leaves protected groups out', () => {
    expect(scores({ importance: 'random' })).toEqual(scores({ importance: 'random' }));
    expect(scores({ importance: 'random' })).not.toEqual(scores({ importance: 'random', seed: 2 }));
    expect(scores({ importance: 'l2', coupling: couplingOf(network(), 'It is an output.') })).toEqual([]);
  });
});

describe('distancesToOthers', () => {
  it('takes all elements of a unit together, along any axis', () => {
    // [2, 4]: units are the column pairs (0, 1) and (2, 3).
    const values = [1, 2, 4, 6, 0, 0, 0, 1];
    const expected = Math.hypot(3, 4, 0, 1);
    expect([
      ...distancesToOthers(values, [2, 4], 1, [
        [0, 1],
        [2, 3],
      ]),
    ]).toEqual([expected, expected]);
  });
});
