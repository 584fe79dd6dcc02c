import { makeNode, type AttributeValue } from '../../../../src/onnx/attributes';
import { cloneModel, mainGraph, type Model } from '../../../../src/onnx/model';
import { create } from '@bufbuild/protobuf';
import { ValueInfoProtoSchema, type NodeProto } from '../../../../src/onnx/onnx_pb';
import type { TensorMap, TensorValue } from '../../../../src/onnx/tensorValue';
import { createSession } from '../../../../src/runtime/session';
import { inferTensorTypes, tensorValueInfo } from '../../../../src/runtime/tensorTypes';
import { buildGradient } from '../../../../src/train/gradient/buildGradient';
import { lowerBatchNormalization } from '../../../../src/train/gradient/lowerBatchNormalization';
import { createRandom } from '../../../../src/util/random';
import { buildModel, type TensorSpec } from '../../../fixtures/buildModel';

/** One operator in one form, whose gradients are held against finite differences. */
export interface GradientCase {
  readonly name: string;
  readonly op: string;
  /** Shapes of the operator's inputs by position; those named in `constants` are not differentiated, null is left out. */
  readonly inputs: readonly (readonly number[] | TensorSpec | null)[];
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  /** Positions of the inputs whose gradients are checked; all that are given by shape when absent. */
  readonly wrt?: readonly number[];
  /** Values of all differentiated inputs: a shuffled grid from `low` to `high`, by default from -2 to 2. */
  readonly range?: readonly [low: number, high: number];
  readonly outputs?: number;
  /** How many of the outputs the loss depends on; all when absent. */
  readonly lossOutputs?: number;
  readonly opset?: number;
  /** Half of the distance over which differences are taken. */
  readonly step?: number;
  /** Nodes instead of the single operator; they read `x0`, `x1`, ... and make `y`. */
  readonly nodes?: readonly NodeProto[];
}

/** Differences are taken over this distance and half of it, and extrapolated (Richardson). */
const STEP = 2 ** -6;

/** The largest error of any input's gradient, relative to the norm of its finite differences. */
export async function gradientError(row: GradientCase): Promise<number> {
  const { model, feeds, wrt } = caseModel(row);
  const types = await inferTensorTypes(model);
  const seeds: Record<string, string> = {};
  const random = createRandom(7);
  const weights: Record<string, TensorValue> = {};
  const trained = cloneModel(model);
  for (const { name } of mainGraph(model).output.slice(0, row.lossOutputs)) {
    const info = types.get(name);
    const dims = (info?.dims ?? []) as number[];
    if (info?.type !== 'float32') continue;
    seeds[name] = `d${name}`;
    mainGraph(trained).input.push(tensorValueInfo(`d${name}`, 1, dims));
    const data = Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => random.normal());
    weights[`d${name}`] = { type: 'float32', dims, data };
  }
  const { gradients } = buildGradient(trained, types, { seeds, wrt });
  mainGraph(trained).output = wrt.map((name) => create(ValueInfoProtoSchema, { name: gradients.get(name) ?? name }));
  lowerBatchNormalization(model, types);
  const backward = await runOnce(trained, { ...feeds, ...weights });

  const forward = await createSession(model, { threads: 1 });
  const value = async (): Promise<number> => {
    const results = await forward.run(feeds);
    return Object.entries(seeds).reduce((sum, [name, seed]) => sum + dot(results[name], weights[seed]), 0);
  };
  let worst = 0;
  for (const name of wrt) {
    const analytic = backward[gradients.get(name) ?? '']?.data as Float32Array;
    const numeric = await differences(feeds[name]?.data as Float32Array, value, row.step ?? STEP);
    worst = Math.max(worst, relativeError(analytic, numeric));
  }
  await forward.release();
  return worst;
}

/** The model of a case, with values for its inputs and the names of those that are differentiated. */
export function caseModel(row: GradientCase): { model: Model; feeds: Record<string, TensorValue>; wrt: string[] } {
  const [low, high] = row.range ?? [-2, 2];
  const feeds: Record<string, TensorValue> = {};
  const initializers: Record<string, TensorSpec> = {};
  const names = row.inputs.map((spec, i) => {
    if (spec === null) return '';
    const name = `x${String(i)}`;
    if ('dims' in spec) initializers[name] = spec;
    else feeds[name] = { type: 'float32', dims: spec, data: shuffledGrid(spec, low, high, i + 1) };
    return name;
  });
  const outputs = Array.from({ length: row.outputs ?? 1 }, (_, i) => (i === 0 ? 'y' : `y${String(i)}`));
  const model = buildModel({
    opset: row.opset ?? 18,
    inputs: Object.fromEntries(Object.entries(feeds).map(([name, { dims }]) => [name, ['float32', dims]])),
    initializers,
    nodes: row.nodes ?? [makeNode(row.op, 'node', names, outputs, row.attributes)],
  });
  mainGraph(model).output = outputs.map((name) => create(ValueInfoProtoSchema, { name }));
  const wrt = row.wrt?.map((i) => `x${String(i)}`) ?? Object.keys(feeds);
  return { model, feeds, wrt };
}

/** Values that are all different and keep a distance from zero, so that no kink lies within a difference. */
function shuffledGrid(dims: readonly number[], low: number, high: number, seed: number): Float32Array {
  const count = dims.reduce((a, b) => a * b, 1);
  const even = count + (count % 2);
  const values = Array.from({ length: even }, (_, i) => low + ((i + 0.5) / even) * (high - low));
  return Float32Array.from(createRandom(seed).shuffle(values).slice(0, count));
}

async function differences(data: Float32Array, value: () => Promise<number>, step: number): Promise<Float64Array> {
  const slopes = new Float64Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const center = data[i] ?? 0;
    const slope = async (h: number): Promise<number> => {
      data[i] = center + h;
      const [right, above] = [data[i] ?? 0, await value()];
      data[i] = center - h;
      const [left, below] = [data[i] ?? 0, await value()];
      return (above - below) / (right - left);
    };
    const [far, near] = [await slope(step), await slope(step / 2)];
    data[i] = center;
    slopes[i] = (4 * near - far) / 3;
  }
  return slopes;
}

async function runOnce(model: Model, feeds: TensorMap): Promise<TensorMap> {
  const session = await createSession(model, { threads: 1 });
  try {
    return await session.run(feeds);
  } finally {
    await session.release();
  }
}

function dot(a: TensorValue | undefined, b: TensorValue | undefined): number {
  const other = b?.data as Float32Array;
  return (a?.data as Float32Array).reduce((sum, x, i) => sum + x * (other[i] ?? NaN), 0);
}

/** Also large when the lengths differ or everything is zero, since then nothing was shown. */
function relativeError(actual: Float32Array, expected: Float64Array): number {
  let error = 0;
  let size = 0;
  expected.forEach((value, i) => {
    error += ((actual[i] ?? NaN) - value) ** 2;
    size += value ** 2;
  });
  return actual.length === expected.length && size > 0 ? Math.sqrt(error / size) : Infinity;
}
