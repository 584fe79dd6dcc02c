import { describe, expect, it } from 'vitest';
import type { Sample } from '../../../src/data/dataset';
import { makeNode } from '../../../src/onnx/attributes';
import { indexGraph } from '../../../src/onnx/graphIndex';
import { cloneModel, mainGraph, type Model } from '../../../src/onnx/model';
import { readFloats, readInts } from '../../../src/onnx/tensor';
import type { TensorMap } from '../../../src/onnx/tensorValue';
import type { QuantizeSettings } from '../../../src/protocol';
import { exposeTensors } from '../../../src/quantize/calibrate';
import type { QuantizeOutcome } from '../../../src/quantize/outcome';
import { holdFirst } from '../../../src/recipe/adaRound/heldSamples';
import { applyMode } from '../../../src/recipe/quantizeMode';
import { modelBytes } from '../../../src/runtime/modelFile';
import { inferTensorTypes } from '../../../src/runtime/tensorTypes';
import type { ProgressCallback } from '../../../src/util/progress';
import { CancelledError } from '../../../src/util/pressError';
import { buildModel, type ModelSpec } from '../../fixtures/buildModel';
import { normalNumbers, normalValue, runOptimized, samplesOf, sqnrDb } from '../quantize/fixtures';

/** A convolution, a residual block, a depthwise convolution and a linear head. */
const NETWORK: ModelSpec = {
  inputs: { image: ['float32', ['batch', 4, 8, 8]] },
  outputs: { scores: ['float32', ['batch', 10]] },
  initializers: {
    stem_w: { dims: [8, 4, 3, 3], values: normalNumbers(288, 1, 0.25) },
    stem_b: { dims: [8], values: normalNumbers(8, 2, 0.3) },
    block_w: { dims: [8, 8, 3, 3], values: normalNumbers(576, 3, 0.15) },
    block_b: { dims: [8], values: normalNumbers(8, 4, 0.3) },
    depthwise_w: { dims: [8, 1, 3, 3], values: normalNumbers(72, 5, 0.4) },
    depthwise_b: { dims: [8], values: normalNumbers(8, 6, 0.3) },
    head_w: { dims: [8, 10], values: normalNumbers(80, 7, 0.5) },
    head_b: { dims: [10], values: normalNumbers(10, 8, 0.3) },
  },
  nodes: [
    makeNode('Conv', 'stem', ['image', 'stem_w', 'stem_b'], ['c1'], { pads: [1, 1, 1, 1] }),
    makeNode('Relu', 'relu1', ['c1'], ['r1']),
    makeNode('Conv', 'block', ['r1', 'block_w', 'block_b'], ['c2'], { pads: [1, 1, 1, 1] }),
    makeNode('Add', 'add', ['c2', 'r1'], ['s']),
    makeNode('Relu', 'relu2', ['s'], ['r2']),
    makeNode('Conv', 'depthwise', ['r2', 'depthwise_w', 'depthwise_b'], ['c3'], { group: 8, strides: [2, 2] }),
    makeNode('Relu', 'relu3', ['c3'], ['r3']),
    makeNode('GlobalAveragePool', 'average', ['r3'], ['a']),
    makeNode('Flatten', 'flatten', ['a'], ['f']),
    makeNode('Gemm', 'head', ['f', 'head_w', 'head_b'], ['scores']),
  ],
};
/** A model of its own each time: nodes of the fixture are shared. */
const original = (): Model => cloneModel(buildModel(NETWORK));
const LAYERS = ['stem', 'block', 'depthwise', 'head'];

/** Images whose neighbouring pixels are alike, as those of photographs are: 4 x 4 noise, each value as 2 x 2 pixels. */
const feeds = (count: number, seed: number): TensorMap[] =>
  Array.from({ length: count }, (_, i) => {
    const coarse = normalValue([1, 4, 4, 4], seed + i).data as Float32Array;
    const data = Float32Array.from({ length: 256 }, (__, at) => {
      const [channel, y, x] = [Math.floor(at / 64), Math.floor(at / 8) % 8, at % 8];
      return coarse[channel * 16 + Math.floor(y / 2) * 4 + Math.floor(x / 2)] ?? NaN;
    });
    return { image: { type: 'float32', dims: [1, 4, 8, 8], data } };
  });
const CALIBRATION = feeds(64, 100);
const TEST = feeds(32, 9000);

async function quantized(
  settings: Omit<QuantizeSettings, 'mode'>,
  {
    signal = new AbortController().signal,
    seed = 0,
    onProgress = () => undefined,
    samples = CALIBRATION,
  }: Partial<{
    signal: AbortSignal;
    seed: number;
    onProgress: ProgressCallback;
    samples: TensorMap[];
  }> = {},
): Promise<{ model: Model; outcome: QuantizeOutcome }> {
  const model = original();
  const outcome = await applyMode({
    model,
    types: await inferTensorTypes(model),
    settings: { mode: 'static', ...settings },
    samples: samplesOf(samples),
    total: samples.length,
    threads: 1,
    seed,
    context: { signal, onProgress, log: () => undefined },
  });
  return { model, outcome };
}

/** Integer levels and scales of a layer's weight, and its float weight. */
function weightOf(model: Model, layer: string) {
  const { constants, producers } = indexGraph(model);
  const node = mainGraph(model).node.find(({ name }) => name === layer);
  const dequantize = producers.get(node?.input[1] ?? '');
  const [stored, scale] = [0, 1].map((at) => constants.get(dequantize?.input[at] ?? ''));
  if (!stored || !scale) throw new Error(`${layer} is not quantized.`);
  return { levels: readInts(model, stored), scales: readFloats(model, scale) };
}

async function sqnr(model: Model): Promise<number> {
  return sqnrDb(await runOptimized(original(), TEST), await runOptimized(model, TEST));
}

/** Of the differences of a tensor in all runs, behind an activation function. */
function meanSquare(
  wanted: readonly TensorMap[],
  found: readonly TensorMap[],
  tensor: string,
  activation: (value: number) => number,
): number {
  const squares = wanted.flatMap((outputs, run) => {
    const other = found[run]?.[tensor]?.data as Float32Array;
    return Array.from(
      outputs[tensor]?.data as Float32Array,
      (value, i) => (activation(value) - activation(other[i] ?? NaN)) ** 2,
    );
  });
  return squares.reduce((sum, value) => sum + value, 0) / squares.length;
}

describe('rounding that is learned', () => {
  it.each<[string, Omit<QuantizeSettings, 'mode'>]>([
    ['4 bits, one scale a channel', { weightBits: 4 }],
    ['4 bits, one scale a tensor', { weightBits: 4, perChannel: false }],
  ])('brings the outputs closer to the original than the nearest levels: %s', async (_, settings) => {
    const [nearest, learned] = [await quantized(settings), await quantized({ ...settings, rounding: 'adaround' })];
    expect(await sqnr(learned.model)).toBeGreaterThan((await sqnr(nearest.model)) + 1);
    expect(learned.outcome.rounding?.map(({ node }) => node)).toEqual(LAYERS);
    for (const { error, nearestError } of learned.outcome.rounding ?? [])
      expect(error).toBeLessThanOrEqual(nearestError);
    const block = learned.outcome.quantized.find(({ node }) => node === 'block');
    expect(block?.scheme).toMatch(/, AdaRound$/);
  });

  it('takes the level below or above the float weight alone, and leaves scales as they are', async () => {
    const [nearest, learned] = [
      await quantized({ weightBits: 4 }),
      await quantized({ weightBits: 4, rounding: 'adaround' }),
    ];
    const source = original();
    const { constants } = indexGraph(source);
    for (const layer of LAYERS) {
      const [before, after] = [weightOf(nearest.model, layer), weightOf(learned.model, layer)];
      expect(after.scales).toEqual(before.scales);
      const tensor = constants.get(`${layer}_w`);
      const floats = tensor ? readFloats(source, tensor) : new Float32Array();
      const inner = layer === 'head' ? 1 : floats.length / after.scales.length;
      const far = after.levels.filter((level, i) => {
        const scaled = (floats[i] as number) / (after.scales[Math.floor(i / inner) % after.scales.length] as number);
        const isNeighbour = level === Math.floor(scaled) || level === Math.floor(scaled) + 1;
        return Math.abs(level - (before.levels[i] as number)) > 1 || !(isNeighbour || Math.abs(level) === 7);
      });
      expect(far, layer).toEqual([]);
      const changed = after.levels.filter((level, i) => level !== before.levels[i]).length;
      const report = learned.outcome.rounding?.find(({ node }) => node === layer);
      expect(report, layer).toMatchObject({ weights: floats.length, changedWeights: changed });
    }
    expect(learned.outcome.rounding?.some(({ changedWeights }) => changedWeights > 0)).toBe(true);
  });

  it('gives the same bytes for the same seed', async () => {
    const settings = { weightBits: 4, rounding: 'adaround' } as const;
    const [a, b] = [await quantized(settings, { seed: 3 }), await quantized(settings, { seed: 3 })];
    expect(Buffer.from(modelBytes(a.model)).equals(Buffer.from(modelBytes(b.model)))).toBe(true);
    expect(a.outcome.rounding).toEqual(b.outcome.rounding);
  });

  it('stops within a second when cancelled while a layer is learned', async () => {
    const controller = new AbortController();
    let cancelledAt = Infinity;
    const onProgress: ProgressCallback = ({ stage, done }) => {
      if (stage !== 'round' || done !== 1) return;
      setTimeout(() => {
        cancelledAt = performance.now();
        controller.abort();
      }, 20);
    };
    const run = quantized({ weightBits: 4, rounding: 'adaround' }, { signal: controller.signal, onProgress });
    await expect(run).rejects.toThrow(CancelledError);
    expect(performance.now() - cancelledAt).toBeGreaterThan(0);
    expect(performance.now() - cancelledAt).toBeLessThan(1000);
  });

  it('computes in the exported model what was predicted for each layer', async () => {
    const { model, outcome } = await quantized({ weightBits: 4, perChannel: false, rounding: 'adaround' });
    // Every fourth sample is held out.
    const held = CALIBRATION.filter((_, i) => i % 4 === 3);
    const targets = { stem: 'c1', block: 's', depthwise: 'c3', head: 'scores' };
    const values = async (of: Model) => runOptimized(exposeTensors(of, Object.values(targets)), held);
    const [wanted, found] = [await values(original()), await values(model)];
    for (const [layer, tensor] of Object.entries(targets)) {
      const predicted = outcome.rounding?.find(({ node }) => node === layer)?.error ?? NaN;
      const clip = (value: number): number => (layer === 'head' ? value : Math.max(0, value));
      const measured = meanSquare(wanted, found, tensor, clip);
      expect(Math.abs(measured / predicted - 1), layer).toBeLessThan(0.02);
    }
  });

  it('refuses when there is no sample to check on', async () => {
    const run = quantized({ weightBits: 4, rounding: 'adaround' }, { samples: CALIBRATION.slice(0, 3) });
    await expect(run).rejects.toThrow(/needs at least 4; calibration has 3\./);
  });
});

it('holds no more samples than its limits, and passes all of them on', async () => {
  const held: Sample[] = [];
  const one = normalValue([1, 4], 1);
  let count = 0;
  for await (const sample of holdFirst(samplesOf(new Array<TensorMap>(600).fill({ x: one })), held)) {
    expect(sample.inputs['x']).toBe(one);
    count++;
  }
  expect([count, held.length]).toEqual([600, 512]);
});
