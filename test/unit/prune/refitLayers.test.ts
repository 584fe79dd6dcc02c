import { describe, expect, it } from 'vitest';
import type { Sample } from '../../../src/data/dataset';
import { makeNode, type AttributeValue } from '../../../src/onnx/attributes';
import { cloneModel, mainGraph, type Model } from '../../../src/onnx/model';
import { readFloats, setTensorBytes, bytesOf } from '../../../src/onnx/tensor';
import { createRowReader, layerShape } from '../../../src/onnx/layerRows';
import { refitLayers } from '../../../src/prune/recalibration/refitLayers';
import { solveRidge } from '../../../src/prune/recalibration/solveRidge';
import { createSession } from '../../../src/runtime/session';
import { inferTensorTypes } from '../../../src/runtime/tensorTypes';
import { createRandom } from '../../../src/util/random';
import { buildModel, sampleValues } from '../../fixtures/buildModel';

const options = { threads: 1, signal: new AbortController().signal };

describe('solveRidge', () => {
  it('gives what solves the equations', () => {
    const a = Float64Array.from([4, 2, 0.5, 2, 5, 1, 0.5, 1, 3]);
    const x = [1, -2, 0.5, 3, -1, 2];
    const ridge = 0.25;
    const b = Float64Array.from({ length: 6 }, (_, at) => {
      const [i, c] = [Math.floor(at / 2), at % 2];
      return [0, 1, 2].reduce((sum, k) => sum + (a[i * 3 + k]! + (i === k ? ridge : 0)) * x[k * 2 + c]!, 0);
    });
    const found = solveRidge(a, b, { size: 3, columns: 2, ridge });
    found!.forEach((value, i) => expect(value).toBeCloseTo(x[i]!, 12));
  });

  it('gives nothing for a matrix that is not positive definite', () => {
    expect(solveRidge(Float64Array.from([1, 2, 2, 1]), new Float64Array(2), { size: 2, columns: 1, ridge: 0 })).toBe(
      undefined,
    );
  });
});

describe('createRowReader', () => {
  it.each<{ attributes: Record<string, AttributeValue>; weight: number[]; output: number[] }>([
    { attributes: { pads: [1, 1, 1, 1] }, weight: [4, 3, 3, 3], output: [2, 4, 7, 6] },
    {
      attributes: { pads: [0, 1, 2, 1], strides: [2, 1], dilations: [1, 2] },
      weight: [4, 3, 3, 2],
      output: [2, 4, 4, 6],
    },
    { attributes: { auto_pad: 'SAME_UPPER', strides: [2, 2] }, weight: [4, 3, 3, 3], output: [2, 4, 4, 3] },
    { attributes: { group: 3, pads: [1, 1, 1, 1] }, weight: [6, 1, 3, 3], output: [2, 6, 7, 6] },
  ])('reads what a convolution multiplies: $attributes', async ({ attributes, weight, output }) => {
    const count = weight.reduce((a, b) => a * b);
    const node = makeNode('Conv', 'conv', ['x', 'w'], ['y'], attributes);
    const model = buildModel({
      inputs: { x: ['float32', [2, 3, 7, 6]] },
      outputs: { y: ['float32', output] },
      initializers: { w: { dims: weight, values: sampleValues(count, 1) } },
      nodes: [node],
    });
    const x = { type: 'float32', dims: [2, 3, 7, 6], data: Float32Array.from(sampleValues(252, 2)) } as const;
    const session = await createSession(model, { threads: 1 });
    const y = (await session.run({ x }))['y']!;
    await session.release();
    const w = readFloats(model, mainGraph(model).initializer[0]!);
    const { groups, outputs, depth, weightAt } = layerShape(node, weight)!;
    const read = createRowReader(node, weight, y.dims);
    const [, channels, height, width] = y.dims as [number, number, number, number];
    const row = new Float32Array(groups * depth);
    for (let position = 0; position < y.dims[0]! * height * width; position++) {
      read(x, position, row, 0);
      for (let c = 0; c < channels; c++) {
        const start = Math.floor(c / outputs) * depth;
        let sum = 0;
        for (let i = 0; i < depth; i++) sum += row[start + i]! * w[weightAt(c, i)]!;
        const area = height * width;
        const at = (Math.floor(position / area) * channels + c) * area + (position % area);
        expect(sum).toBeCloseTo((y.data as Float32Array)[at]!, 4);
      }
    }
  });
});

/** A residual block of two Convs with Relu between, pooled into a Gemm; channel 2 of the first Conv equals channel 1. */
function network(): Model {
  const first = sampleValues(4 * 4 * 9, 1);
  for (let i = 0; i < 36; i++) first[2 * 36 + i] = first[36 + i]!;
  return buildModel({
    inputs: { x: ['float32', ['batch', 4, 6, 6]] },
    outputs: { y: ['float32', ['batch', 5]] },
    initializers: {
      first: { dims: [4, 4, 3, 3], values: first },
      second: { dims: [4, 4, 3, 3], values: sampleValues(144, 2) },
      gemm: { dims: [4, 5], values: sampleValues(20, 3) },
      bias: { dims: [5], values: sampleValues(5, 4) },
    },
    nodes: [
      makeNode('Conv', 'conv1', ['x', 'first'], ['a'], { pads: [1, 1, 1, 1] }),
      makeNode('Relu', 'relu', ['a'], ['b']),
      makeNode('Conv', 'conv2', ['b', 'second'], ['c'], { pads: [1, 1, 1, 1] }),
      makeNode('Add', 'sum', ['c', 'x'], ['d']),
      makeNode('GlobalAveragePool', 'pool', ['d'], ['e']),
      makeNode('Flatten', 'flat', ['e'], ['f']),
      makeNode('Gemm', 'gemm', ['f', 'gemm', 'bias'], ['y']),
    ],
  });
}

function drawSamples(count: number, seed: number): Sample[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, (_, index) => ({
    index,
    source: String(index),
    inputs: {
      x: { type: 'float32', dims: [1, 4, 6, 6], data: Float32Array.from({ length: 144 }, () => random.normal()) },
    },
  }));
}

/** Sets an output channel of the first Conv, and what the second makes of it, to zero. */
function maskChannel(model: Model, channel: number): void {
  for (const tensor of mainGraph(model).initializer) {
    const values = readFloats(model, tensor).map((value, i) => {
      if (tensor.name === 'first') return Math.floor(i / 36) === channel ? 0 : value;
      return tensor.name === 'second' && Math.floor(i / 9) % 4 === channel ? 0 : value;
    });
    setTensorBytes(model, tensor, bytesOf(values));
  }
}

async function outputsOf(model: Model, samples: readonly Sample[]): Promise<number[]> {
  const session = await createSession(model, { threads: 1 });
  const outputs: number[] = [];
  for (const { inputs } of samples) outputs.push(...((await session.run(inputs))['y']!.data as Float32Array));
  await session.release();
  return outputs;
}

function distance(a: readonly number[], b: readonly number[]): number {
  return Math.sqrt(a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0) / a.length);
}

describe('refitLayers', () => {
  it('makes up for a channel that another one equals, without any loss', async () => {
    const original = network();
    const masked = cloneModel(original);
    maskChannel(masked, 2);
    const held = drawSamples(8, 9);
    const wanted = await outputsOf(original, held);
    const before = distance(wanted, await outputsOf(masked, held));
    const types = await inferTensorTypes(original);
    const fitted = await refitLayers({ original, masked, types, samples: drawSamples(64, 7) }, options);
    expect(fitted).toContain('conv2');
    expect(distance(wanted, await outputsOf(masked, held))).toBeLessThan(before / 50);
  });

  it('comes closer to the original on other samples, and keeps zeros zero', async () => {
    const original = network();
    const masked = cloneModel(original);
    maskChannel(masked, 0);
    const held = drawSamples(16, 9);
    const wanted = await outputsOf(original, held);
    const before = distance(wanted, await outputsOf(masked, held));
    const types = await inferTensorTypes(original);
    await refitLayers({ original, masked, types, samples: drawSamples(64, 7) }, options);
    expect(distance(wanted, await outputsOf(masked, held))).toBeLessThan(before / 2);
    const zeros = mainGraph(masked).initializer.filter(({ name }) => name === 'first' || name === 'second');
    for (const tensor of zeros) {
      const values = readFloats(masked, tensor);
      values.forEach((value, i) => {
        const channel = tensor.name === 'first' ? Math.floor(i / 36) : Math.floor(i / 9) % 4;
        if (channel === 0) expect(value).toBe(0);
      });
    }
  });

  it('changes nothing of a model that lost nothing, and gives the same each time', async () => {
    const original = network();
    const types = await inferTensorTypes(original);
    const samples = drawSamples(16, 7);
    expect(await refitLayers({ original, masked: cloneModel(original), types, samples }, options)).toEqual([]);
    const weights = async (): Promise<string> => {
      const masked = cloneModel(original);
      maskChannel(masked, 1);
      await refitLayers({ original, masked, types, samples }, options);
      return mainGraph(masked)
        .initializer.map((tensor) => readFloats(masked, tensor).join())
        .join(';');
    };
    expect(await weights()).toBe(await weights());
  });
});
