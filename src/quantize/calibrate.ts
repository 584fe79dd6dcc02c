import { create } from '@bufbuild/protobuf';
import { batchSamples } from '../data/batchSamples';
import type { Sample } from '../data/dataset';
import { canShareBatch, planBatch } from '../evaluate/batchPlan';
import { cloneModel, mainGraph, type Model } from '../onnx/model';
import { ValueInfoProtoSchema } from '../onnx/onnx_pb';
import type { TensorMap } from '../onnx/tensorValue';
import { createSession, type Session } from '../runtime/session';
import type { ProgressCallback } from '../util/progress';
import { throwIfCancelled } from '../util/pressError';
import { TensorObserver, type ObserverOptions, type TensorStatistics } from './observer';

/** Activations beyond this are fetched in several runs of the same batch, so that memory stays bounded. */
const MAX_FETCH_BYTES = 96 << 20;
/** Samples in a run where the model allows it: enough to amortise the call, few enough to keep activations small. */
const BATCH_SIZE = 4;

/** How calibration runs. */
export interface CalibrationOptions {
  readonly threads?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: ProgressCallback;
  /** Number of samples, for progress. */
  readonly total?: number;
}

/**
 * Runs a model over all samples and observes the tensors that are asked for, in one pass and constant memory: never
 * more than one batch of activations is held, whatever the number of samples, and at most 96 MB of them at a time.
 */
export async function calibrate(
  model: Model,
  tensors: ReadonlyMap<string, ObserverOptions>,
  samples: AsyncIterable<Sample>,
  options: CalibrationOptions = {},
): Promise<Map<string, TensorStatistics>> {
  const observers = new Map([...tensors].map(([name, observer]) => [name, new TensorObserver(observer)]));
  const inputs = new Set(mainGraph(model).input.map((value) => value.name));
  const inner = [...observers.keys()].filter((name) => !inputs.has(name));
  const session = await createSession(exposeTensors(model, inner), options.threads ? { threads: options.threads } : {});
  const runner = new Runner(session, observers, inner, options.signal);
  let done = 0;
  try {
    for await (const batch of batchesOf(session, samples)) {
      await runner.run(batch);
      done += batch.length;
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

/** Runs batches, some tensors at a time, and shows the results to the observers. */
class Runner {
  private groups: readonly (readonly string[])[];
  private isSingle = false;

  constructor(
    private readonly session: Session,
    private readonly observers: ReadonlyMap<string, TensorObserver>,
    private readonly names: readonly string[],
    private readonly signal: AbortSignal | undefined,
  ) {
    this.groups = names.length > 0 ? [names] : [];
  }

  async run(samples: readonly Sample[]): Promise<void> {
    throwIfCancelled(this.signal);
    if (this.isSingle && samples.length > 1) {
      for (const sample of samples) await this.run([sample]);
      return;
    }
    const { inputs } = batchSamples(samples);
    const [first = [], ...rest] = this.groups;
    let results: TensorMap = {};
    try {
      if (first.length > 0) results = await this.session.run(inputs, first);
    } catch (error) {
      if (samples.length === 1) throw error;
      // The model claims a dynamic batch and cannot do it (a Reshape to fixed sizes is the usual cause).
      this.isSingle = true;
      await this.run(samples);
      return;
    }
    this.observe(inputs);
    const sizes = new Map(this.observe(results));
    for (const group of rest) {
      throwIfCancelled(this.signal);
      for (const [name, size] of this.observe(await this.session.run(inputs, group))) sizes.set(name, size);
    }
    this.groups = groupBySize(this.names, sizes);
  }

  private observe(values: TensorMap): [name: string, bytes: number][] {
    return Object.entries(values).map(([name, value]) => {
      if (!(value.data instanceof Float32Array)) return [name, 0];
      this.observers.get(name)?.observe(value.data, value.dims);
      return [name, value.data.byteLength];
    });
  }
}

/** Groups samples into runs; a model's fixed batch is filled by repeating the last sample. */
async function* batchesOf(session: Session, samples: AsyncIterable<Sample>): AsyncGenerator<Sample[]> {
  let batch: Sample[] = [];
  let plan: ReturnType<typeof planBatch> | undefined;
  for await (const sample of samples) {
    plan ??= planBatch([session.inputs], sample, BATCH_SIZE);
    const [first] = batch;
    if (first && !canShareBatch(first, sample)) {
      yield filled(batch, plan);
      batch = [];
    }
    batch.push(sample);
    if (batch.length >= plan.size) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0 && plan) yield filled(batch, plan);
}

function filled(batch: readonly Sample[], plan: { readonly size: number; readonly isFixed: boolean }): Sample[] {
  const last = batch.at(-1) as Sample; // never called with an empty batch
  return plan.isFixed ? Array.from({ length: plan.size }, (_, i) => batch[i] ?? last) : [...batch];
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
