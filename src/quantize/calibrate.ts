import { create } from '@bufbuild/protobuf';
import { cloneModel, mainGraph, type Model } from '../onnx/model';
import { ValueInfoProtoSchema } from '../onnx/onnx_pb';
import type { TensorMap } from '../onnx/tensorValue';
import { createSession } from '../runtime/session';
import type { ProgressCallback } from '../util/progress';
import { throwIfCancelled } from '../util/pressError';
import { TensorObserver, type ObserverOptions, type TensorStatistics } from './observer';

/** Activations beyond this are fetched in several runs of the same batch, so that memory stays bounded. */
const MAX_FETCH_BYTES = 192 << 20;

/** One calibration batch: the inputs and how many samples they hold. */
export interface CalibrationBatch {
  readonly inputs: TensorMap;
  readonly samples: number;
}

/** How calibration runs. */
export interface CalibrationOptions {
  readonly threads?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: ProgressCallback;
  /** Number of samples, for progress. */
  readonly total?: number;
}

/**
 * Runs a model over all batches and observes the tensors that are asked for, in one pass and constant memory: never
 * more than one batch of activations is held, whatever the number of samples.
 */
export async function calibrate(
  model: Model,
  tensors: ReadonlyMap<string, ObserverOptions>,
  batches: AsyncIterable<CalibrationBatch>,
  options: CalibrationOptions = {},
): Promise<Map<string, TensorStatistics>> {
  const observers = new Map([...tensors].map(([name, observer]) => [name, new TensorObserver(observer)]));
  const inputs = new Set(mainGraph(model).input.map((value) => value.name));
  const inner = [...observers.keys()].filter((name) => !inputs.has(name));
  const session = await createSession(exposeTensors(model, inner), {
    ...(options.threads ? { threads: options.threads } : {}),
  });
  let done = 0;
  try {
    let groups = inner.length > 0 ? [inner] : [];
    for await (const batch of batches) {
      throwIfCancelled(options.signal);
      for (const [name, value] of Object.entries(batch.inputs)) {
        if (value.data instanceof Float32Array) observers.get(name)?.observe(value.data, value.dims);
      }
      const sizes = new Map<string, number>();
      for (const group of groups) {
        const results = await session.run(batch.inputs, group);
        for (const [name, value] of Object.entries(results)) {
          if (!(value.data instanceof Float32Array)) continue;
          observers.get(name)?.observe(value.data, value.dims);
          sizes.set(name, value.data.byteLength);
        }
        throwIfCancelled(options.signal);
      }
      groups = groupBySize(inner, sizes);
      done += batch.samples;
      options.onProgress?.({ stage: 'calibrate', done, total: options.total ?? 0 });
    }
  } finally {
    await session.release();
  }
  return new Map([...observers].map(([name, observer]) => [name, observer.statistics()]));
}

/** A copy of a model with inner tensors as additional outputs. */
export function exposeTensors(model: Model, names: readonly string[]): Model {
  const copy = cloneModel(model);
  const graph = mainGraph(copy);
  const present = new Set(graph.output.map((value) => value.name));
  for (const name of names) if (!present.has(name)) graph.output.push(create(ValueInfoProtoSchema, { name }));
  return copy;
}

function groupBySize(names: readonly string[], sizes: ReadonlyMap<string, number>): string[][] {
  const groups: string[][] = [];
  let bytes = Infinity;
  for (const name of names) {
    const size = sizes.get(name) ?? 0;
    if (bytes + size > MAX_FETCH_BYTES) {
      groups.push([]);
      bytes = 0;
    }
    groups.at(-1)?.push(name);
    bytes += size;
  }
  return groups;
}
