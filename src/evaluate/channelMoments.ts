import { create } from '@bufbuild/protobuf';
import type { Sample } from '../data/dataset';
import { runSamples } from './runSamples';
import { cloneModel, mainGraph, type Model } from '../onnx/model';
import { ValueInfoProtoSchema } from '../onnx/onnx_pb';
import { dropUnused } from '../onnx/rewrites/editGraph';
import type { TensorValue } from '../onnx/tensorValue';
import { createSession } from '../runtime/session';

/** Mean and standard deviation of each channel of a tensor. */
export interface ChannelMoments {
  readonly mean: Float64Array;
  readonly deviation: Float64Array;
}

/** How a model is run. */
export interface MomentOptions {
  readonly threads: number;
  readonly signal: AbortSignal;
}

/**
 * Mean and standard deviation over samples and positions of each channel of some tensors, along the axis given by tensor
 * (negative from the end). Only what leads to these tensors is run. Tensors with a value that is not finite, or of another
 * type than float32, are missing.
 */
export async function channelMoments(
  model: Model,
  tensors: ReadonlyMap<string, 1 | -1>,
  samples: AsyncIterable<Sample> | Iterable<Sample>,
  { threads, signal }: MomentOptions,
): Promise<Map<string, ChannelMoments>> {
  const part = cloneModel(model);
  mainGraph(part).output = [...tensors.keys()].map((name) => create(ValueInfoProtoSchema, { name }));
  dropUnused(part);
  const session = await createSession(part, { threads });
  const sums = new Map<string, Sums>();
  try {
    for await (const { outputs } of runSamples([session], samples, { batchSize: 1, signal })) {
      for (const [name, value] of Object.entries(outputs[0] ?? {})) addTo(sums, name, value, tensors.get(name) ?? -1);
    }
  } finally {
    await session.release();
  }
  return new Map([...sums].flatMap(([name, found]) => (isFinite(found) ? [[name, momentsOf(found)] as const] : [])));
}

interface Sums {
  readonly values: Float64Array;
  readonly squares: Float64Array;
  /** Values of one channel. */
  count: number;
}

function addTo(sums: Map<string, Sums>, name: string, { data, dims }: TensorValue, axis: 1 | -1): void {
  if (!(data instanceof Float32Array)) return;
  const at = axis === -1 ? dims.length - 1 : axis;
  const channels = dims[at] ?? 1;
  const inner = dims.slice(at + 1).reduce((product, dim) => product * dim, 1);
  let found = sums.get(name);
  if (!found) {
    found = { values: new Float64Array(channels), squares: new Float64Array(channels), count: 0 };
    sums.set(name, found);
  }
  for (let start = 0; start < data.length; start += inner) {
    const channel = (start / inner) % channels;
    let [sum, square] = [0, 0];
    for (let i = start; i < start + inner; i++) {
      const value = data[i] as number; // within the data, which are whole channels
      sum += value;
      square += value * value;
    }
    found.values[channel] = (found.values[channel] ?? 0) + sum;
    found.squares[channel] = (found.squares[channel] ?? 0) + square;
  }
  found.count += data.length / channels;
}

function isFinite({ squares }: Sums): boolean {
  return squares.every((value) => Number.isFinite(value));
}

function momentsOf({ values, squares, count }: Sums): ChannelMoments {
  const mean = values.map((sum) => sum / count);
  const deviation = squares.map((sum, c) => Math.sqrt(Math.max(0, sum / count - (mean[c] ?? 0) ** 2)));
  return { mean, deviation };
}
