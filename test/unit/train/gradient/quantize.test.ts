import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { makeNode, type AttributeValue } from '../../../../src/onnx/attributes';
import { mainGraph } from '../../../../src/onnx/model';
import { ValueInfoProtoSchema } from '../../../../src/onnx/onnx_pb';
import type { TensorMap, TensorValue } from '../../../../src/onnx/tensorValue';
import { createSession } from '../../../../src/runtime/session';
import { inferTensorTypes, tensorValueInfo } from '../../../../src/runtime/tensorTypes';
import { buildGradient } from '../../../../src/train/gradient/buildGradient';
import { buildModel, type TensorSpec } from '../../../fixtures/buildModel';

const floats = (dims: readonly number[], values: readonly number[]): TensorValue => ({
  type: 'float32',
  dims,
  data: Float32Array.from(values),
});

/** Gradients of fake quantization, as QuantizeLinear and DequantizeLinear, for an arriving gradient. */
async function fakeQuantization(
  x: TensorValue,
  scale: TensorValue,
  zeroPoint: TensorSpec,
  arriving: readonly number[],
  attributes: Readonly<Record<string, AttributeValue>> = {},
): Promise<{ x: number[]; scale: number[] }> {
  const model = buildModel({
    inputs: { x: ['float32', x.dims], scale: ['float32', scale.dims] },
    outputs: { y: ['float32', x.dims] },
    initializers: { zero: zeroPoint },
    nodes: [
      makeNode('QuantizeLinear', 'q', ['x', 'scale', 'zero'], ['q'], attributes),
      makeNode('DequantizeLinear', 'dq', ['q', 'scale', 'zero'], ['y'], attributes),
    ],
  });
  const types = await inferTensorTypes(model);
  const graph = mainGraph(model);
  graph.input.push(tensorValueInfo('dy', 1, x.dims));
  const { gradients } = buildGradient(model, types, { seeds: { y: 'dy' }, wrt: ['x', 'scale'] });
  const names = ['x', 'scale'].map((name) => gradients.get(name) ?? '');
  graph.output = names.map((name) => create(ValueInfoProtoSchema, { name }));
  const session = await createSession(model, { threads: 1 });
  const results: TensorMap = await session.run({ x, scale, dy: floats(x.dims, arriving) });
  await session.release();
  const [dx = [], dscale = []] = names.map((name) => Array.from(results[name]?.data as Float32Array));
  return { x: dx, scale: dscale };
}

/** Learned Step Size Quantization, equations 3 and 5 (Esser et al., 2020), one element at a time. */
function learnedStep(v: number, scale: number, low: number, high: number): { x: number; scale: number } {
  const steps = v / scale;
  if (steps <= low) return { x: 0, scale: low };
  if (steps >= high) return { x: 0, scale: high };
  return { x: 1, scale: Math.round(steps) - steps };
}

describe('gradients of fake quantization', () => {
  it('pass straight through inside of the range and learn the scale as LSQ does', async () => {
    const x = [-40, -12.9, -3.3, 0.2, 1.7, 12.6, 31, 90];
    const arriving = [1, -2, 3, 0.5, -1.5, 2, 1, -0.25];
    const found = await fakeQuantization(
      floats([8], x),
      floats([], [0.25]),
      { dims: [], values: [0], type: 'int8' },
      arriving,
    );
    const expected = x.map((v) => learnedStep(v, 0.25, -128, 127));
    expect(found.x).toEqual(expected.map((part, i) => part.x * (arriving[i] ?? 0)));
    const scale = expected.reduce((sum, part, i) => sum + part.scale * (arriving[i] ?? 0), 0);
    expect(found.scale[0]).toBeCloseTo(scale, 3);
  });

  it('respect the zero point of unsigned values', async () => {
    const x = [-6, -4.9, 0.3, 20.4, 21];
    const found = await fakeQuantization(
      floats([5], x),
      floats([], [0.1]),
      { dims: [], values: [50], type: 'uint8' },
      [1, 1, 1, 1, 1],
    );
    const expected = x.map((v) => learnedStep(v, 0.1, -50, 205));
    expect(found.x).toEqual(expected.map((part) => part.x));
    expect(found.scale[0]).toBeCloseTo(
      expected.reduce((sum, part) => sum + part.scale, 0),
      3,
    );
  });

  it('learn one scale for each channel', async () => {
    const x = [0.3, -1.4, 200, 0.26, 5.13, -90];
    const scales = [0.5, 0.2];
    const found = await fakeQuantization(
      floats([2, 3], x),
      floats([2], scales),
      { dims: [2], values: [0, 0], type: 'int8' },
      [1, 2, 3, 4, 5, 6],
      { axis: 0 },
    );
    const expected = x.map((v, i) => learnedStep(v, scales[Math.floor(i / 3)] ?? 1, -128, 127));
    expect(found.x).toEqual(expected.map((part, i) => part.x * (i + 1)));
    for (const row of [0, 1]) {
      const sum = [0, 1, 2].reduce((total, i) => total + (expected[row * 3 + i]?.scale ?? NaN) * (row * 3 + i + 1), 0);
      expect(found.scale[row]).toBeCloseTo(sum, 3);
    }
  });
});
