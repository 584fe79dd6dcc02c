import { describe, expect, it } from 'vitest';
import { makeNode } from '../../../src/onnx/attributes';
import {
  ACTIVATION_TYPES,
  activationParameters,
  quantizeValues,
  roundHalfToEven,
  type ActivationType,
} from '../../../src/quantize/activationParameters';
import { buildModel } from '../../fixtures/buildModel';
import { createRandom } from '../../../src/util/random';
import { runOptimized } from './fixtures';

const TYPES: readonly ActivationType[] = ['uint8', 'int8', 'uint16', 'int16'];

describe('activationParameters', () => {
  it.each(TYPES)('represents zero exactly and covers the range to half a step with %s', (type) => {
    const random = createRandom(1);
    const { min, max } = ACTIVATION_TYPES[type];
    for (let i = 0; i < 200; i++) {
      const range = { low: -random.next() * 10 ** random.int(6), high: random.next() * 10 ** random.int(6) };
      const { scale, zeroPoint } = activationParameters(range, type);
      expect(Number.isInteger(zeroPoint) && zeroPoint >= min && zeroPoint <= max).toBe(true);
      expect((min - zeroPoint) * scale - range.low).toBeLessThanOrEqual(scale * 0.51);
      expect(range.high - (max - zeroPoint) * scale).toBeLessThanOrEqual(scale * 0.51);
    }
  });

  it('puts the zero point at the end of a range with one side', () => {
    expect(activationParameters({ low: 0, high: 255 }, 'uint8')).toEqual({ scale: 1, zeroPoint: 0, type: 'uint8' });
    expect(activationParameters({ low: -255, high: 0 }, 'uint8')).toEqual({ scale: 1, zeroPoint: 255, type: 'uint8' });
    expect(activationParameters({ low: 0, high: 255 }, 'int8')).toEqual({ scale: 1, zeroPoint: -128, type: 'int8' });
  });

  it('gives a range without width the scale 1', () => {
    expect(activationParameters({ low: 0, high: 0 }, 'uint8')).toEqual({ scale: 1, zeroPoint: 0, type: 'uint8' });
    expect(activationParameters({ low: 0, high: 1e-35 }, 'int8')).toEqual({ scale: 1, zeroPoint: -128, type: 'int8' });
  });
});

describe('quantizeValues', () => {
  it.each(TYPES)('gives the very numbers of QuantizeLinear in %s', async (type) => {
    const random = createRandom(5);
    const parameters = activationParameters({ low: -1.3, high: 2.1 }, type);
    const { scale, zeroPoint } = parameters;
    // Random values, exact ties, and values beyond both ends.
    const values = Float32Array.from({ length: 4000 }, (_, i) =>
      i % 4 === 0 ? (random.int(600) - 300 + 0.5) * scale : i % 4 === 1 ? random.normal() * 10 : random.normal(),
    );
    const model = buildModel({
      opset: 21,
      irVersion: 10,
      inputs: { x: ['float32', [4000]] },
      outputs: { y: [type, [4000]] },
      initializers: { s: { dims: [], values: [scale] }, z: { dims: [], values: [zeroPoint], type } },
      nodes: [makeNode('QuantizeLinear', 'q', ['x', 's', 'z'], ['y'])],
    });
    const [outputs] = await runOptimized(model, [{ x: { type: 'float32', dims: [4000], data: values } }]);
    expect([...quantizeValues(values, parameters)]).toEqual(Array.from(outputs!['y']!.data as Uint8Array, Number));
  });
});

describe('roundHalfToEven', () => {
  it.each([
    [0.5, 0],
    [1.5, 2],
    [2.5, 2],
    [-0.5, 0],
    [-1.5, -2],
    [-2.5, -2],
    [2.4999, 2],
    [2.5001, 3],
    [-7.2, -7],
    [1e9 + 0.5, 1e9],
  ])('rounds %d to %d', (value, expected) => {
    expect(roundHalfToEven(value) + 0).toBe(expected);
  });
});
