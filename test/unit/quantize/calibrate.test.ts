import { describe, expect, it } from 'vitest';
import { makeNode } from '../../../src/onnx/attributes';
import type { TensorMap } from '../../../src/onnx/tensorValue';
import { calibrate } from '../../../src/quantize/calibrate';
import type { ObserverOptions, TensorStatistics } from '../../../src/quantize/observer';
import { inferTensorTypes } from '../../../src/runtime/tensorTypes';
import { buildModel, type ModelSpec } from '../../fixtures/buildModel';
import { normalNumbers, normalValue, samplesOf } from './fixtures';

/** The kinds of tensors that calibration meets: rectified and not, four, three and two dimensions. */
const NETWORK: ModelSpec = {
  inputs: { image: ['float32', ['batch', 4, 10, 10]] },
  outputs: { scores: ['float32', ['batch', 3]] },
  initializers: {
    conv_w: { dims: [16, 4, 3, 3], values: normalNumbers(16 * 4 * 9, 1, 0.2) },
    line_w: { dims: [8, 16, 5], values: normalNumbers(8 * 16 * 5, 2, 0.2) },
    head_w: { dims: [8 * 96, 3], values: normalNumbers(8 * 96 * 3, 3, 0.1) },
    lines: { dims: [3], values: [0, 16, 100], type: 'int64' },
    flat: { dims: [2], values: [0, 8 * 96], type: 'int64' },
  },
  nodes: [
    makeNode('Conv', 'conv', ['image', 'conv_w'], ['c'], { pads: [1, 1, 1, 1] }),
    makeNode('Relu', 'relu', ['c'], ['r']),
    makeNode('Reshape', 'lines', ['r', 'lines'], ['l']),
    makeNode('Conv', 'line', ['l', 'line_w'], ['d']),
    makeNode('Reshape', 'flat', ['d', 'flat'], ['f']),
    makeNode('MatMul', 'head', ['f', 'head_w'], ['scores']),
  ],
};
const FEEDS = Array.from({ length: 21 }, (_, i) => ({ image: normalValue([1, 4, 10, 10], 40 + i, 0.2) }));
const OBSERVED: readonly (readonly [string, ObserverOptions])[] = [
  ['image', { meanAxis: 1 }],
  ['c', {}],
  ['r', {}],
  ['l', { meanAxis: 1 }],
  ['d', {}],
  ['f', { meanAxis: -1 }],
  ['scores', {}],
];

/** Statistics with and without the model summing up its own tensors. */
async function both(
  feeds: readonly TensorMap[],
  histogram: boolean,
): Promise<Record<'summed' | 'fetched', Map<string, TensorStatistics>>> {
  const model = buildModel(NETWORK);
  const tensors = new Map(OBSERVED.map(([name, options]) => [name, { ...options, histogram }]));
  const run = (types: Awaited<ReturnType<typeof inferTensorTypes>>): Promise<Map<string, TensorStatistics>> =>
    calibrate(model, types, tensors, samplesOf(feeds), { threads: 1 });
  return { summed: await run(await inferTensorTypes(model)), fetched: await run(new Map()) };
}

/** What a range is chosen from; a rectified tensor may have zero for its minimum. */
function ranges(statistics: Map<string, TensorStatistics>): Record<string, object> {
  return Object.fromEntries(
    [...statistics].map(([name, { min, max, averageMin, averageMax, count, nonFinite, histogram }]) => [
      name,
      {
        ...{ min: Math.min(0, min), max, averageMin: Math.min(0, averageMin), averageMax, count, nonFinite },
        ...(histogram ? { total: histogram.counts.reduce((a, b) => a + b, 0) } : {}),
      },
    ]),
  );
}

describe('calibrate', () => {
  it.each([false, true])('finds the same when the model sums up its tensors (histogram: %s)', async (histogram) => {
    const { summed, fetched } = await both(FEEDS, histogram);
    expect(ranges(summed)).toEqual(ranges(fetched));
    for (const [name, { channelMeans }] of fetched) {
      const means = [...(summed.get(name)?.channelMeans ?? [])];
      expect(means).toHaveLength(channelMeans?.length ?? 0);
      means.forEach((mean, c) => expect(mean).toBeCloseTo(channelMeans?.[c] ?? NaN, 5));
    }
  });

  it.each([
    { value: NaN, histogram: false },
    { value: Infinity, histogram: true },
    { value: NaN, histogram: true },
  ])('leaves out $value, wherever in the model it goes (histogram: $histogram)', async ({ value, histogram }) => {
    const bad = normalValue([1, 4, 10, 10], 7);
    (bad.data as Float32Array)[55] = value;
    const { summed, fetched } = await both([...FEEDS, { image: bad }], histogram);
    expect(ranges(summed)).toEqual(ranges(fetched));
    expect(summed.get('c')?.nonFinite).toBeGreaterThan(0);
  });

  it('counts a batch that is not full by its own size', async () => {
    const { summed } = await both(FEEDS.slice(0, 9), true);
    expect(summed.get('c')?.count).toBe(9 * 16 * 100);
  });
});
