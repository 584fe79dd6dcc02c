import { describe, expect, it } from 'vitest';
import { makeNode } from '../../../src/onnx/attributes';
import { biasCorrection } from '../../../src/quantize/biasCorrection';
import { quantizeWeightInt8 } from '../../../src/quantize/weightQuantization';
import { buildModel } from '../../fixtures/buildModel';
import { normalNumbers, runOptimized } from './fixtures';

interface ConvCase {
  readonly name: string;
  readonly input: readonly number[];
  readonly weight: readonly number[];
  readonly attributes: Readonly<Record<string, number | readonly number[]>>;
}

const CASES: readonly ConvCase[] = [
  { name: 'no padding', input: [1, 3, 8, 8], weight: [4, 3, 3, 3], attributes: {} },
  { name: 'padding', input: [1, 3, 6, 5], weight: [4, 3, 3, 3], attributes: { pads: [1, 1, 1, 1] } },
  {
    name: 'uneven padding and strides',
    input: [1, 2, 9, 7],
    weight: [3, 2, 3, 5],
    attributes: { pads: [0, 2, 1, 1], strides: [2, 3] },
  },
  { name: 'groups', input: [1, 6, 5, 5], weight: [4, 3, 3, 3], attributes: { group: 2, pads: [1, 1, 1, 1] } },
  {
    name: 'depthwise',
    input: [1, 4, 7, 7],
    weight: [4, 1, 3, 3],
    attributes: { group: 4, pads: [1, 1, 1, 1], strides: [2, 2] },
  },
  {
    name: 'dilation',
    input: [1, 2, 9, 9],
    weight: [2, 2, 3, 3],
    attributes: { dilations: [2, 2], pads: [2, 2, 2, 2] },
  },
  { name: 'one dimension', input: [1, 2, 10], weight: [3, 2, 4], attributes: { pads: [1, 2] } },
];

/** Outputs of the node for a constant input per channel, averaged over all positions of each output channel. */
async function meanOutput(test: ConvCase, weights: readonly number[], means: readonly number[]): Promise<number[]> {
  const positions = test.input.slice(2).reduce((product, dim) => product * dim, 1);
  const channels = test.weight[0] ?? 0;
  const model = buildModel({
    inputs: { x: ['float32', test.input] },
    outputs: { y: ['float32', test.input.map((_, i) => `d${i}`)] },
    initializers: { w: { dims: test.weight, values: weights } },
    nodes: [makeNode('Conv', 'conv', ['x', 'w'], ['y'], test.attributes)],
  });
  const data = Float32Array.from({ length: means.length * positions }, (_, i) => means[Math.floor(i / positions)] ?? 0);
  const [outputs] = await runOptimized(model, [{ x: { type: 'float32', dims: test.input, data } }]);
  const values = outputs!['y']!.data as Float32Array;
  const each = values.length / channels;
  return Array.from(
    { length: channels },
    (_, c) => values.slice(c * each, (c + 1) * each).reduce((a, b) => a + b, 0) / each,
  );
}

describe('biasCorrection', () => {
  it.each(CASES)('restores the mean output of a convolution with $name', async (test) => {
    const count = test.weight.reduce((product, dim) => product * dim, 1);
    const weights = Float32Array.from(normalNumbers(count, 3));
    const means = normalNumbers(test.input[1] ?? 0, 9).map((mean) => mean + 2);
    // One coarse scale makes the errors large.
    const quantized = quantizeWeightInt8(weights, test.weight, { axis: 0, minimumScale: [0.3] });
    const inner = count / (test.weight[0] ?? 1);
    const restored = Array.from(quantized.data, (code, i) => code * quantized.scales[Math.floor(i / inner)]!);
    const before = await meanOutput(test, [...weights], means);
    const after = await meanOutput(test, restored, means);
    const correction = biasCorrection({
      node: makeNode('Conv', 'conv', ['x', 'w'], ['y'], test.attributes),
      weights,
      dims: test.weight,
      axis: 0,
      quantized,
      inputMeans: Float64Array.from(means),
      inputInfo: { name: 'x', type: 'float32', dims: test.input },
      outputInfo: { name: 'y', type: 'float32', dims: outputDims(test) },
    });
    expect(Math.max(...before.map((value, c) => Math.abs(value - after[c]!)))).toBeGreaterThan(0.05);
    before.forEach((value, c) => expect(after[c]! + correction[c]!).toBeCloseTo(value, 4));
  });

  it.each([0, 1] as const)('restores the mean output of a matrix with its columns on axis %i', (axis) => {
    const dims = axis === 1 ? [5, 3] : [3, 5];
    const weights = Float32Array.from(normalNumbers(15, 4));
    const means = Float64Array.from(normalNumbers(5, 6));
    const quantized = quantizeWeightInt8(weights, dims, { axis: null, minimumScale: [0.25] });
    const correction = biasCorrection({
      node: makeNode('Gemm', 'gemm', ['x', 'w'], ['y']),
      weights,
      dims,
      axis,
      quantized,
      inputMeans: means,
      inputInfo: undefined,
      outputInfo: undefined,
    });
    for (let n = 0; n < 3; n++) {
      let expected = 0;
      for (let k = 0; k < 5; k++) {
        const i = axis === 1 ? k * 3 + n : n * 5 + k;
        expected += (weights[i]! - quantized.data[i]! * quantized.scales[0]!) * means[k]!;
      }
      expect(correction[n]).toBeCloseTo(expected, 10);
    }
  });
});

function outputDims({ input, weight, attributes }: ConvCase): number[] {
  const rank = weight.length - 2;
  const list = (name: string, fallback: number, length = rank): readonly number[] =>
    (attributes[name] as readonly number[] | undefined) ?? new Array<number>(length).fill(fallback);
  const pads = list('pads', 0, 2 * rank);
  return [
    1,
    weight[0] ?? 0,
    ...weight.slice(2).map((size, i) => {
      const covered = (list('dilations', 1)[i] ?? 1) * (size - 1) + 1;
      const whole = (input[i + 2] ?? 0) + (pads[i] ?? 0) + (pads[i + rank] ?? 0);
      return Math.floor((whole - covered) / (list('strides', 1)[i] ?? 1)) + 1;
    }),
  ];
}
