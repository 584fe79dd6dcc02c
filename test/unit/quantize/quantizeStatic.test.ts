import { describe, expect, it } from 'vitest';
import { makeNode } from '../../../src/onnx/attributes';
import { indexGraph } from '../../../src/onnx/graphIndex';
import { cloneModel, mainGraph, type Model } from '../../../src/onnx/model';
import type { NodeProto } from '../../../src/onnx/onnx_pb';
import { readFloats, readInts } from '../../../src/onnx/tensor';
import type { TensorMap } from '../../../src/onnx/tensorValue';
import type { CalibrationMethod, QuantizeSettings } from '../../../src/protocol';
import type { QuantizeOutcome } from '../../../src/quantize/outcome';
import { quantizeStatic } from '../../../src/quantize/quantizeStatic';
import { modelBytes } from '../../../src/runtime/modelFile';
import { createSession } from '../../../src/runtime/session';
import { normaliseModel } from '../../../src/runtime/normaliseModel';
import { inferTensorTypes } from '../../../src/runtime/tensorTypes';
import { CancelledError } from '../../../src/util/pressError';
import { buildModel, initializerOf, type ModelSpec, type TensorSpec } from '../../fixtures/buildModel';
import { normalNumbers, normalValue, optimizedOperators, runOptimized, samplesOf, sqnrDb } from './fixtures';

function weight(dims: readonly number[], seed: number): TensorSpec {
  const count = dims.reduce((product, dim) => product * dim, 1);
  const fanIn = count / (dims[0] ?? 1);
  return { dims, values: normalNumbers(count, seed, Math.sqrt(2 / fanIn)) };
}

const conv = (name: string, input: string, output: string, attributes = {}): NodeProto =>
  makeNode('Conv', name, [input, `${name}_w`, `${name}_b`], [output], { pads: [1, 1, 1, 1], ...attributes });

/** A small network with what real ones have: a residual block, SiLU, depthwise, a gate, pooling, a linear head. */
const NETWORK: ModelSpec = {
  inputs: { image: ['float32', ['batch', 4, 12, 12]] },
  outputs: { scores: ['float32', ['batch', 10]] },
  initializers: {
    stem_w: weight([16, 4, 3, 3], 1),
    stem_b: { dims: [16], values: normalNumbers(16, 2, 0.3) },
    block_w: weight([16, 16, 3, 3], 3),
    block_b: { dims: [16], values: normalNumbers(16, 4, 0.3) },
    depthwise_w: weight([16, 1, 3, 3], 5),
    depthwise_b: { dims: [16], values: normalNumbers(16, 6, 0.3) },
    point_w: weight([24, 16, 3, 3], 7),
    point_b: { dims: [24], values: normalNumbers(24, 8, 0.3) },
    head_w: weight([24, 10], 9),
    head_b: { dims: [10], values: normalNumbers(10, 10, 0.3) },
    zero: { dims: [], values: [0] },
    six: { dims: [], values: [6] },
  },
  nodes: [
    conv('stem', 'image', 'c1'),
    makeNode('Relu', 'relu1', ['c1'], ['r1']),
    conv('block', 'r1', 'c2'),
    makeNode('Add', 'add', ['c2', 'r1'], ['s']),
    conv('depthwise', 's', 'c3', { group: 16 }),
    makeNode('Clip', 'clip', ['c3', 'zero', 'six'], ['r3']),
    conv('point', 'r3', 'c4'),
    makeNode('Sigmoid', 'sigmoid', ['c4'], ['g']),
    makeNode('Mul', 'silu', ['c4', 'g'], ['m']),
    makeNode('MaxPool', 'pool', ['m'], ['p'], { kernel_shape: [2, 2], strides: [2, 2] }),
    makeNode('GlobalAveragePool', 'average', ['p'], ['a']),
    makeNode('Flatten', 'flatten', ['a'], ['f']),
    makeNode('Gemm', 'head', ['f', 'head_w', 'head_b'], ['scores']),
  ],
};

const CALIBRATION: readonly TensorMap[] = Array.from({ length: 13 }, (_, i) => ({
  image: normalValue([1, 4, 12, 12], 100 + i, 0.3),
}));
const TEST: readonly TensorMap[] = Array.from({ length: 8 }, (_, i) => ({
  image: normalValue([1, 4, 12, 12], 900 + i, 0.3),
}));

async function quantized(
  settings: Omit<QuantizeSettings, 'mode'> = {},
  source: Model = buildModel(NETWORK),
  feeds: readonly TensorMap[] = CALIBRATION,
): Promise<{ model: Model; outcome: QuantizeOutcome }> {
  const model = cloneModel(source);
  const outcome = await quantizeStatic(
    {
      model,
      types: await inferTensorTypes(model),
      samples: samplesOf(feeds),
      settings: { mode: 'static', ...settings },
    },
    { threads: 1 },
  );
  return { model, outcome };
}

async function fidelity(settings: Omit<QuantizeSettings, 'mode'>): Promise<number> {
  const { model } = await quantized(settings);
  return sqnrDb(await runOptimized(buildModel(NETWORK), TEST), await runOptimized(model, TEST));
}

describe('quantizeStatic', () => {
  it('gives a model that ONNX Runtime runs in integer kernels alone, close to the original', async () => {
    const { model, outcome } = await quantized();
    const operators = await optimizedOperators(model);
    expect(operators).toMatchObject({ QLinearConv: 4, QLinearAdd: 1, QLinearSigmoid: 1, QLinearMul: 1, QGemm: 1 });
    expect(Object.keys(operators).filter((name) => /^(Fused)?(Conv|Gemm|MatMul)$/.test(name))).toEqual([]);
    expect(sqnrDb(await runOptimized(buildModel(NETWORK), TEST), await runOptimized(model, TEST))).toBeGreaterThan(25);
    expect(outcome.quantized.map(({ node }) => node).sort()).toEqual(
      ['add', 'average', 'block', 'depthwise', 'flatten', 'head', 'point', 'pool', 'sigmoid', 'silu', 'stem'].sort(),
    );
    expect(outcome.kept).toEqual([]);
  });

  it('keeps names, types and shapes of inputs and outputs', async () => {
    const { model } = await quantized();
    const before = await createSession(buildModel(NETWORK));
    const after = await createSession(model);
    expect([after.inputs, after.outputs]).toEqual([before.inputs, before.outputs]);
    await before.release();
    await after.release();
  });

  it('gives the same bytes every time', async () => {
    const [a, b] = [await quantized(), await quantized()];
    expect(Buffer.from(modelBytes(a.model)).equals(Buffer.from(modelBytes(b.model)))).toBe(true);
    expect(a.outcome).toEqual(b.outcome);
  });

  it.each<[string, Omit<QuantizeSettings, 'mode'>, number]>([
    ['minmax', { calibration: 'minmax' }, 25],
    ['moving average', { calibration: 'moving-average' }, 15],
    ['percentile', { calibration: 'percentile' }, 25],
    ['entropy', { calibration: 'entropy' }, 20],
    ['mse', { calibration: 'mse' }, 25],
    ['int8 activations', { activationType: 'int8' }, 25],
    ['uint16 activations', { activationType: 'uint16' }, 28],
    ['int16 activations', { activationType: 'int16' }, 28],
    ['one scale per weight', { perChannel: false }, 22],
    ['7-bit weights', { reduceRange: true }, 22],
    ['no bias correction', { biasCorrection: false }, 25],
  ])('stays close to the original with %s', async (_, settings, leastDb) => {
    expect(await fidelity(settings)).toBeGreaterThan(leastDb);
  });

  it('writes 16-bit activations in the domain that the opset allows', async () => {
    const domains = async (opset: number): Promise<Set<string>> => {
      const { model } = await quantized({ activationType: 'uint16' }, buildModel({ ...NETWORK, opset, irVersion: 10 }));
      return new Set(
        mainGraph(model)
          .node.filter((node) => node.opType === 'QuantizeLinear')
          .map((node) => node.domain),
      );
    };
    expect([...(await domains(17))]).toEqual(['com.microsoft']);
    expect([...(await domains(21))]).toEqual(['']);
  });

  it('stores symmetric weights and int32 biases on the grid of input and weight', async () => {
    const { model } = await quantized();
    const index = indexGraph(model);
    for (const name of ['stem', 'block', 'depthwise', 'point', 'head']) {
      const node = index.graph.node.find((candidate) => candidate.name === name)!;
      const [input, weights, bias] = node.input.map((tensor) => index.producers.get(tensor)!);
      const scales = (producer: NodeProto | undefined): Float32Array =>
        readFloats(model, initializerOf(model, producer!.input[1]!));
      const zeroPoints = readInts(model, initializerOf(model, weights!.input[2]!));
      expect(zeroPoints.every((value) => value === 0)).toBe(true);
      expect(Math.min(...readInts(model, initializerOf(model, weights!.input[0]!)))).toBeGreaterThanOrEqual(-127);
      const [inputScale = NaN] = scales(input);
      expect([...scales(bias)]).toEqual([...scales(weights).map((scale) => scale * inputScale)]);
    }
  });

  it.each<[QuantizeSettings['activationType'], boolean]>([
    ['uint8', true],
    ['int8', true],
    ['uint16', false],
    ['int16', false],
  ])('with %s activations, weights that saturate in int16 are scaled down: %s', async (activationType, isGuarded) => {
    const spec: ModelSpec = {
      inputs: { x: ['float32', [1, 16, 6, 6]] },
      outputs: { y: ['float32', [1, 8, 6, 6]] },
      initializers: { c_w: { dims: [8, 16, 3, 3], values: [1, 0.9, 0.95] }, c_b: { dims: [8], values: [0.1] } },
      nodes: [conv('c', 'x', 'y')],
    };
    const feeds = Array.from({ length: 2 }, (_, i) => ({ x: normalValue([1, 16, 6, 6], i, 10) }));
    const { model } = await quantized({ activationType: activationType! }, buildModel(spec), feeds);
    const largest = Math.max(...readInts(model, initializerOf(model, 'c_w_quantized')));
    expect(largest).toBe(isGuarded ? 64 : 127);
    expect(sqnrDb(await runOptimized(buildModel(spec), feeds), await runOptimized(model, feeds))).toBeGreaterThan(30);
  });

  it('raises the scale of a channel whose bias would overflow int32', async () => {
    const spec: ModelSpec = {
      inputs: { x: ['float32', [1, 4, 6, 6]] },
      outputs: { y: ['float32', [1, 2, 6, 6]] },
      initializers: {
        c_w: { dims: [2, 4, 3, 3], values: [...normalNumbers(36, 1), ...normalNumbers(36, 2, 1e-9)] },
        c_b: { dims: [2], values: [1, 3] },
      },
      nodes: [conv('c', 'x', 'y')],
    };
    const feeds = [{ x: normalValue([1, 4, 6, 6], 1) }, { x: normalValue([1, 4, 6, 6], 2) }];
    const { model } = await quantized({}, buildModel(spec), feeds);
    const after = await runOptimized(model, feeds);
    expect(sqnrDb(await runOptimized(buildModel(spec), feeds), after)).toBeGreaterThan(30);
    const second = (after[0]!['y']!.data as Float32Array).slice(36);
    expect(second.every((value) => Math.abs(value - 3) < 0.1)).toBe(true);
  });

  it('says which ranges it chose, and never a greater one than Clip allows', async () => {
    const { outcome } = await quantized({ calibration: 'minmax' });
    const byName = new Map(outcome.ranges.map((range) => [range.tensor, range]));
    expect([...byName.keys()].sort()).toEqual(['a', 'c2', 'c4', 'f', 'g', 'image', 'm', 'p', 'r1', 'r3', 's'].sort());
    expect(byName.get('r3')!.max).toBeLessThanOrEqual(6);
    expect(byName.get('g')).toMatchObject({ scale: 1 / 256, zeroPoint: 0, dataType: 'uint8' });
    const { scale, zeroPoint } = byName.get('m')!;
    expect(byName.get('p')).toMatchObject({ scale, zeroPoint }); // pooling moves values only
  });

  it('observes the same ranges whether samples run together or one by one', async () => {
    const fixed = buildModel({
      ...NETWORK,
      inputs: { image: ['float32', [1, 4, 12, 12]] },
      outputs: { scores: ['float32', [1, 10]] },
    });
    const settings = { calibration: 'minmax' } as const;
    const [together, single] = [await quantized(settings), await quantized(settings, fixed)];
    together.outcome.ranges.forEach((range, i) => {
      expect(single.outcome.ranges[i]!.max).toBeCloseTo(range.max, 4);
      expect(single.outcome.ranges[i]!.min).toBeCloseTo(range.min, 4);
    });
  });

  it('calibrates models that claim a dynamic batch and cannot run one', async () => {
    const spec: ModelSpec = {
      inputs: { x: ['float32', ['batch', 4, 6, 6]] },
      outputs: { y: ['float32', [1, 5]] },
      initializers: {
        c_w: weight([4, 4, 3, 3], 1),
        c_b: { dims: [4], values: [0.1] },
        shape: { dims: [2], values: [1, 144], type: 'int64' },
        w: weight([144, 5], 2),
      },
      nodes: [
        conv('c', 'x', 'c1'),
        makeNode('Reshape', 'reshape', ['c1', 'shape'], ['f']),
        makeNode('MatMul', 'matmul', ['f', 'w'], ['y']),
      ],
    };
    const feeds = Array.from({ length: 6 }, (_, i) => ({ x: normalValue([1, 4, 6, 6], i) }));
    const { model } = await quantized({}, buildModel(spec), feeds);
    expect(sqnrDb(await runOptimized(buildModel(spec), feeds), await runOptimized(model, feeds))).toBeGreaterThan(25);
  });

  it('keeps the mean of the outputs with bias correction', async () => {
    const shift = async (biasCorrection: boolean): Promise<number> => {
      // Coarse weights, and inputs far from zero, whose mean carries every rounding error of a weight to the output.
      const spec: ModelSpec = {
        inputs: { x: ['float32', [1, 32, 6, 6]] },
        outputs: { y: ['float32', [1, 8, 6, 6]] },
        initializers: {
          c_w: { dims: [8, 32, 3, 3], values: [30, ...normalNumbers(2303, 3, 0.2)] },
          c_b: { dims: [8], values: normalNumbers(8, 4) },
        },
        nodes: [conv('c', 'x', 'y')],
      };
      const feeds = Array.from({ length: 4 }, (_, i) => ({ x: normalValue([1, 32, 6, 6], i, 3) }));
      const settings = { biasCorrection, perChannel: false, calibration: 'minmax' } as const;
      const { model } = await quantized(settings, buildModel(spec), feeds);
      const [before, after] = [await runOptimized(buildModel(spec), feeds), await runOptimized(model, feeds)];
      let sum = 0;
      for (let c = 0; c < 8; c++) {
        const mean = (runs: readonly TensorMap[]): number =>
          runs
            .flatMap((run) => [...(run['y']!.data as Float32Array).slice(c * 36, (c + 1) * 36)])
            .reduce((a, b) => a + b, 0) / 144;
        sum += Math.abs(mean(before) - mean(after));
      }
      return sum / 8;
    };
    expect(await shift(true)).toBeLessThan((await shift(false)) / 5);
  });

  it('leaves a model alone in which everything is excluded', async () => {
    const { model, outcome } = await quantized({ exclude: ['Conv', 'Gemm'] });
    expect(outcome.quantized).toEqual([]);
    expect(outcome.kept.map(({ node }) => node)).toEqual(['stem', 'block', 'depthwise', 'point', 'head']);
    expect(mainGraph(model).node.length).toBe(NETWORK.nodes.length);
  });

  it('keeps what is excluded float, and the rest in int8', async () => {
    const { model } = await quantized({ exclude: ['block'] });
    const operators = await optimizedOperators(model);
    expect(operators['QLinearConv']).toBe(3);
    expect((operators['Conv'] ?? 0) + (operators['FusedConv'] ?? 0)).toBe(1);
  });

  it('maps every quantized node, also an Add behind which a Relu is absorbed', async () => {
    const spec: ModelSpec = {
      inputs: { x: ['float32', [1, 8, 6, 6]] },
      outputs: { y: ['float32', [1, 8, 6, 6]] },
      initializers: { w: weight([8, 8, 3, 3], 1), b: { dims: [8], values: [0.1] } },
      nodes: [
        ...['p', 'q'].map((name) => makeNode('Conv', name, ['x', 'w', 'b'], [`${name}1`], { pads: [1, 1, 1, 1] })),
        makeNode('Add', 'add', ['p1', 'q1'], ['s']),
        makeNode('Relu', 'relu', ['s'], ['r']),
        makeNode('Conv', 'last', ['r', 'w', 'b'], ['y'], { pads: [1, 1, 1, 1] }),
      ],
    };
    const { outcome } = await quantized({}, buildModel(spec), [{ x: normalValue([1, 8, 6, 6], 1) }]);
    const sources = outcome.mapping.map(({ source }) => source);
    expect(sources.sort()).toEqual([...outcome.quantized.map(({ node }) => node), 'relu'].sort());
  });

  it('runs pooling between a convolution and its Relu in int8 once normalised', async () => {
    const spec: ModelSpec = {
      inputs: { x: ['float32', [1, 8, 6, 6]] },
      outputs: { y: ['float32', [1, 8, 3, 3]] },
      initializers: { w: weight([8, 8, 3, 3], 1), b: { dims: [8], values: [0.1] } },
      nodes: [
        makeNode('Conv', 'a', ['x', 'w', 'b'], ['a1'], { pads: [1, 1, 1, 1] }),
        makeNode('MaxPool', 'pool', ['a1'], ['p'], { kernel_shape: [2, 2], strides: [2, 2] }),
        makeNode('Relu', 'relu', ['p'], ['r']),
        makeNode('Conv', 'last', ['r', 'w', 'b'], ['y'], { pads: [1, 1, 1, 1] }),
      ],
    };
    const feeds = [{ x: normalValue([1, 8, 6, 6], 1) }];
    const normalised = await normaliseModel(buildModel(spec), { feeds });
    const { model, outcome } = await quantized({}, normalised.model, feeds);
    expect(outcome.quantized.map(({ node }) => node)).toContain('pool');
    const operators = await optimizedOperators(model);
    expect(operators).toMatchObject({ QLinearConv: 2, QuantizeLinear: 1, DequantizeLinear: 1 });
    expect(operators).not.toHaveProperty('Relu');
    expect(sqnrDb(await runOptimized(buildModel(spec), feeds), await runOptimized(model, feeds))).toBeGreaterThan(25);
  });

  it.each([[[4, 64]], [[2, 4, 64]]])(
    'computes MatMul with a bias and float behind it in int8, for inputs %j',
    async (dims) => {
      const spec: ModelSpec = {
        inputs: { x: ['float32', dims] },
        outputs: { y: ['float32', dims] },
        initializers: { w: weight([64, 64], 1), b: { dims: [64], values: normalNumbers(64, 2, 0.3) } },
        nodes: [
          makeNode('MatMul', 'matmul', ['x', 'w'], ['h']),
          makeNode('Add', 'bias', ['h', 'b'], ['s']),
          makeNode('Tanh', 'tanh', ['s'], ['y']),
        ],
      };
      const feeds = [{ x: normalValue(dims, 1) }, { x: normalValue(dims, 2) }];
      const { model } = await quantized({}, buildModel(spec), feeds);
      const operators = await optimizedOperators(model);
      expect(operators).toMatchObject({ QLinearMatMul: 1, Add: 1 });
      expect(Object.keys(operators).filter((name) => name.endsWith('Gemm'))).toEqual([]);
      expect(sqnrDb(await runOptimized(buildModel(spec), feeds), await runOptimized(model, feeds))).toBeGreaterThan(30);
    },
  );

  it('quantizes a weight that two layers share once', async () => {
    const spec: ModelSpec = {
      inputs: { x: ['float32', [1, 8, 6, 6]] },
      outputs: { y: ['float32', [1, 8, 6, 6]] },
      initializers: { w: weight([8, 8, 3, 3], 1) },
      nodes: [
        makeNode('Conv', 'a', ['x', 'w'], ['h'], { pads: [1, 1, 1, 1] }),
        makeNode('Conv', 'b', ['h', 'w'], ['y'], { pads: [1, 1, 1, 1] }),
      ],
    };
    const feeds = [{ x: normalValue([1, 8, 6, 6], 1) }];
    const { model } = await quantized({}, buildModel(spec), feeds);
    expect(mainGraph(model).initializer.filter((tensor) => tensor.dims.length === 4).length).toBe(1);
    expect(sqnrDb(await runOptimized(buildModel(spec), feeds), await runOptimized(model, feeds))).toBeGreaterThan(25);
  });

  it('quantizes constant operands of Add and Mul with their own ranges', async () => {
    const spec: ModelSpec = {
      inputs: { x: ['float32', [1, 8, 6, 6]] },
      outputs: { y: ['float32', [1, 8, 6, 6]] },
      initializers: {
        a_w: weight([8, 8, 3, 3], 1),
        a_b: { dims: [8], values: [0.2] },
        b_w: weight([8, 8, 3, 3], 2),
        b_b: { dims: [8], values: [0.2] },
        gain: { dims: [1, 8, 1, 1], values: [0.5, 2, -1] },
        offset: { dims: [1, 8, 1, 1], values: [-3, 1] },
      },
      nodes: [
        conv('a', 'x', 'a1'),
        makeNode('Mul', 'mul', ['a1', 'gain'], ['m']),
        makeNode('Add', 'add', ['m', 'offset'], ['o']),
        conv('b', 'o', 'y'),
      ],
    };
    const feeds = [{ x: normalValue([1, 8, 6, 6], 1) }, { x: normalValue([1, 8, 6, 6], 2) }];
    const { model } = await quantized({}, buildModel(spec), feeds);
    expect(await optimizedOperators(model)).toMatchObject({ QLinearConv: 2, QLinearMul: 1, QLinearAdd: 1 });
    expect(sqnrDb(await runOptimized(buildModel(spec), feeds), await runOptimized(model, feeds))).toBeGreaterThan(25);
  });

  it('survives NaN in the calibration data', async () => {
    const bad = normalValue([1, 4, 12, 12], 5);
    (bad.data as Float32Array)[7] = NaN;
    const { model } = await quantized({}, undefined, [...CALIBRATION, { image: bad }]);
    expect(sqnrDb(await runOptimized(buildModel(NETWORK), TEST), await runOptimized(model, TEST))).toBeGreaterThan(25);
  });

  it.each<CalibrationMethod>(['minmax', 'mse'])(
    'stops between batches when it is cancelled, with %s',
    async (calibration) => {
      const model = buildModel(NETWORK);
      const controller = new AbortController();
      const running = quantizeStatic(
        {
          model,
          types: await inferTensorTypes(model),
          samples: samplesOf(CALIBRATION),
          settings: { mode: 'static', calibration },
        },
        { threads: 1, signal: controller.signal, onProgress: () => controller.abort() },
      );
      await expect(running).rejects.toThrow(CancelledError);
    },
  );
});
