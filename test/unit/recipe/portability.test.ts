import { describe, expect, it } from 'vitest';
import { makeNode } from '../../../src/onnx/attributes';
import { indexGraph } from '../../../src/onnx/graphIndex';
import type { Model } from '../../../src/onnx/model';
import type { TensorValue } from '../../../src/onnx/tensorValue';
import { checkPortability } from '../../../src/recipe/portability';
import { integerLayers } from '../../../src/recipe/portabilityLayers';
import { countSums, createLayerCounter } from '../../../src/recipe/portabilitySums';
import { createRandom } from '../../../src/util/random';
import { buildModel, sampleValues } from '../../fixtures/buildModel';
import { createFolder, quietContext, saved } from './graph/fixtures';

const folder = createFolder();

/** A quantized convolution between converters, 4 channels to 6 in two groups, stride 2, padded, dilated. */
function convolution(scale: number): Model {
  return buildModel({
    inputs: { x: ['float32', [1, 4, 9, 7]] },
    outputs: { y: ['float32', [1, 6, 4, 4]] },
    initializers: {
      s: { dims: [], values: [1 / 255] },
      z: { dims: [], values: [3], type: 'uint8' },
      w: { dims: [6, 2, 3, 2], values: sampleValues(72, 5).map((value) => Math.round(value * scale)), type: 'int8' },
      ws: { dims: [], values: [0.01] },
    },
    nodes: [
      makeNode('QuantizeLinear', 'q', ['x', 's', 'z'], ['xq']),
      makeNode('DequantizeLinear', 'dx', ['xq', 's', 'z'], ['xd']),
      makeNode('DequantizeLinear', 'dw', ['w', 'ws'], ['wd']),
      makeNode('Conv', 'conv', ['xd', 'wd'], ['y'], {
        group: 2,
        strides: [2, 2],
        pads: [1, 0, 1, 1],
        dilations: [2, 1],
      }),
    ],
  });
}

const activations = (seed: number): TensorValue => ({
  type: 'uint8',
  dims: [1, 4, 9, 7],
  data: Uint8Array.from(sampleValues(252, seed), (value) => Math.round((value + 1) * 127.5)),
});

/** Every pair of both layouts at every position, one by one. */
function slowCount(weights: readonly number[], { data }: TensorValue): number {
  const at = (channel: number, y: number, x: number): number =>
    y < 0 || y >= 9 || x < 0 || x >= 7 ? 3 : Number(data[channel * 63 + y * 7 + x]);
  let saturated = 0;
  for (let oy = 0; oy < 4; oy++) {
    for (let ox = 0; ox < 4; ox++) {
      for (let oc = 0; oc < 6; oc++) {
        const product = (k: number): number => {
          const [c, ky, kx] = [Math.floor(k / 6), Math.floor((k % 6) / 2), k % 2];
          const channel = Math.floor(oc / 3) * 2 + c;
          return (weights[oc * 12 + k] ?? 0) * at(channel, oy * 2 - 1 + ky * 2, ox * 2 + kx);
        };
        const kernelInnermost = [0, 2, 4, 6, 8, 10].map((k) => [k, k + 1]);
        const channelsInnermost = [0, 1, 2, 3, 4, 5].map((k) => [k, k + 6]);
        for (const [a, b] of [...kernelInnermost, ...channelsInnermost]) {
          const sum = product(a!) + product(b!);
          if (sum > 32767 || sum < -32768) saturated++;
        }
      }
    }
  }
  return saturated;
}

describe('countSums', () => {
  it('counts what going through every pair at every position counts', () => {
    const model = convolution(127);
    const [layer] = integerLayers(model, indexGraph(model));
    for (const seed of [1, 2, 3]) {
      const counter = createLayerCounter(layer!);
      countSums(counter, activations(seed), Infinity, createRandom(0));
      expect(counter.positions).toBe(16);
      expect(counter.saturated).toBe(slowCount(layer!.weights, activations(seed)));
      expect(counter.saturated).toBeGreaterThan(0);
    }
  });

  it('shifts signed activations as kernels for x86 do', () => {
    const model = convolution(127);
    const layer = { ...integerLayers(model, indexGraph(model))[0]!, zeroPoint: 3 - 128 };
    const unsigned = activations(4);
    const data = Int8Array.from(unsigned.data as Uint8Array, (value) => value - 128);
    const counter = createLayerCounter(layer);
    countSums(counter, { ...unsigned, type: 'int8', data }, Infinity, createRandom(0));
    expect(counter.saturated).toBe(slowCount(layer.weights, unsigned));
  });
});

describe('checkPortability', () => {
  it('names the layers that saturate and offers 7-bit weights for them', async () => {
    const path = saved(folder, 'saturating.onnx', convolution(127));
    const params = { model: path, synthetic: true, limit: 3, threads: 1 };
    const result = await checkPortability(params, convolution(127), quietContext());
    expect(result).toMatchObject({
      exact: false,
      samples: 3,
      layers: [{ node: 'conv', verdict: 'saturates', positions: 48 }],
      action: { kind: 'layers', layers: { conv: { reduceRange: true } } },
    });
    expect(result.verdict).toMatchObject({ code: 'saturates', values: { saturating: 1, layers: 1, names: 'conv' } });
    expect(result.verdict.message).toContain('1 of 1 layers (conv)');
  });

  it('says exact of 7-bit weights without running the model', async () => {
    const path = saved(folder, 'exact.onnx', convolution(64));
    const result = await checkPortability({ model: path, synthetic: true }, convolution(64), quietContext());
    expect(result).toMatchObject({
      exact: true,
      verdict: { code: 'exact' },
      samples: 0,
      layers: [{ verdict: 'exact', riskyPairs: 0, sums: 0 }],
    });
  });
});
