import { create } from '@bufbuild/protobuf';
import { batchSamples } from '../data/batchSamples';
import type { Sample } from '../data/dataset';
import { canShareBatch, planBatch } from '../evaluate/batchPlan';
import { cloneModel, mainGraph, type Model } from '../onnx/model';
import { ValueInfoProtoSchema } from '../onnx/onnx_pb';
import type { TensorInfo, TensorMap } from '../onnx/tensorValue';
import { createSession, type Session } from '../runtime/session';
import type { ProgressCallback } from '../util/progress';
import { throwIfCancelled } from '../util/pressError';
import { addSummaries, canSummarise, summaryOf, type SummaryOutputs } from './batchSummaries';
import { TensorObserver, type BatchSummary, type ObserverOptions, type TensorStatistics } from './observer';

/** Activations beyond this are fetched in several runs of the same batch, so that memory stays bounded. */
const MAX_FETCH_BYTES = 96 << 20;
/** Samples in a run where the model allows it: enough for ONNX Runtime's kernels to gain all there is to gain. */
const MAX_BATCH_SIZE = 8;
/** The observed tensors of a run: fewer samples where they would exceed it, so that memory stays low. */
const MAX_BATCH_BYTES = 24 << 20;

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
 * `types` are those of the model's tensors; where they are known, the model itself sums up its tensors.
 */
export async function calibrate(
  model: Model,
  types: ReadonlyMap<string, TensorInfo>,
  tensors: ReadonlyMap<string, ObserverOptions>,
  samples: AsyncIterable<Sample>,
  options: CalibrationOptions = {},
): Promise<Map<string, TensorStatistics>> {
  const observers = new Map([...tensors].map(([name, observer]) => [name, new TensorObserver(observer)]));
  const inputs = new Set(mainGraph(model).input.map((value) => value.name));
  const inner = [...tensors].filter(([name]) => !inputs.has(name));
  const summed = inner.flatMap(([name, { meanAxis = 1 }]) => {
    const info = types.get(name);
    return meanAxis === 1 && canSummarise(info) ? [{ ...info, name }] : [];
  });
  const fetched = inner
    .filter(([name, { histogram }]) => histogram || !summed.some((info) => info.name === name))
    .map(([name]) => name);
  const copy = exposeTensors(model, fetched);
  const summaries = addSummaries(copy, summed);
  const settings = options.threads ? { threads: options.threads } : {};
  const session = await createSession(copy, settings);
  const runner = new Runner({
    session,
    openExact: () => createSession(exposeTensors(model, [...summaries.keys()]), settings),
    observers,
    fetched,
    summaries,
    signal: options.signal,
  });
  const batchSize = batchSizeFor(inner.map(([name]) => types.get(name)));
  let done = 0;
  try {
    for await (const batch of batchesOf(session, samples, batchSize)) {
      await runner.run(batch);
      done += batch.length;
      options.onProgress?.({ stage: 'calibrate', done, total: options.total ?? 0 });
    }
  } finally {
    await runner.release();
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

interface RunnerParts {
  readonly session: Session;
  /** Opens the model with every summed tensor as an output. */
  readonly openExact: () => Promise<Session>;
  readonly observers: ReadonlyMap<string, TensorObserver>;
  /** Tensors whose values are needed. */
  readonly fetched: readonly string[];
  /** Tensors that the model sums up. */
  readonly summaries: ReadonlyMap<string, SummaryOutputs>;
  readonly signal: AbortSignal | undefined;
}

/** Runs batches, some tensors at a time, and shows the results to the observers. */
class Runner {
  private groups: readonly (readonly string[])[];
  private isSingle = false;
  private exact: Session | undefined;
  private readonly summaryNames: readonly string[];

  constructor(private readonly parts: RunnerParts) {
    this.groups = parts.fetched.length > 0 ? [parts.fetched] : [];
    this.summaryNames = [...parts.summaries.values()].flatMap(({ min, max, mean }) => [
      ...(min === undefined ? [] : [min]),
      max,
      mean,
    ]);
  }

  async run(samples: readonly Sample[]): Promise<void> {
    const { session, signal, summaries, fetched } = this.parts;
    throwIfCancelled(signal);
    if (this.isSingle && samples.length > 1) {
      for (const sample of samples) await this.run([sample]);
      return;
    }
    const { inputs } = batchSamples(samples);
    const [group = [], ...rest] = this.groups;
    const first = [...group, ...this.summaryNames];
    let results: TensorMap = {};
    try {
      if (first.length > 0) results = await session.run(inputs, first);
    } catch (error) {
      if (samples.length === 1) throw error;
      // The model claims a dynamic batch and cannot do it (a Reshape to fixed sizes is the usual cause).
      this.isSingle = true;
      await this.run(samples);
      return;
    }
    const known = new Map([...summaries].map(([name, outputs]) => [name, summaryOf(results, outputs)]));
    this.observe(inputs, new Map());
    const sizes = new Map(this.observe(results, known));
    for (const names of rest) {
      throwIfCancelled(signal);
      for (const [name, size] of this.observe(await session.run(inputs, names), known)) sizes.set(name, size);
    }
    this.groups = groupBySize(fetched, sizes);
    await this.observeSummaries(inputs, known);
  }

  async release(): Promise<void> {
    await this.parts.session.release();
    await this.exact?.release();
  }

  /** Shows fetched values to their observers and returns their sizes. */
  private observe(
    values: TensorMap,
    summaries: ReadonlyMap<string, BatchSummary | undefined>,
  ): [name: string, bytes: number][] {
    return Object.entries(values).map(([name, value]) => {
      if (!(value.data instanceof Float32Array)) return [name, 0];
      const summary = summaries.get(name);
      if (summary) this.parts.observers.get(name)?.observeSummary(summary, value.data);
      else this.parts.observers.get(name)?.observe(value.data, value.dims);
      return [name, value.data.byteLength];
    });
  }

  /** Shows the summaries of tensors that are not fetched; those without one have values that are not finite. */
  private async observeSummaries(
    inputs: TensorMap,
    summaries: ReadonlyMap<string, BatchSummary | undefined>,
  ): Promise<void> {
    const fetched = new Set(this.parts.fetched);
    const odd: string[] = [];
    for (const [name, summary] of summaries) {
      if (fetched.has(name)) continue;
      if (summary) this.parts.observers.get(name)?.observeSummary(summary);
      else odd.push(name);
    }
    if (odd.length === 0) return;
    this.exact ??= await this.parts.openExact();
    this.observe(await this.exact.run(inputs, odd), new Map());
  }
}

/** How many samples may go into a run, by what their tensors take; tensors of unknown size count as nothing. */
function batchSizeFor(infos: readonly (TensorInfo | undefined)[]): number {
  const bytes = infos.reduce((sum, info) => {
    const elements = info?.dims.slice(1).reduce<number>((n, dim) => n * (typeof dim === 'number' ? dim : 0), 1) ?? 0;
    return sum + 4 * elements;
  }, 0);
  return Math.min(MAX_BATCH_SIZE, Math.max(1, Math.floor(MAX_BATCH_BYTES / Math.max(1, bytes))));
}

/** Groups samples into runs; a model's fixed batch is filled by repeating the last sample. */
async function* batchesOf(
  session: Session,
  samples: AsyncIterable<Sample>,
  batchSize: number,
): AsyncGenerator<Sample[]> {
  let batch: Sample[] = [];
  let plan: ReturnType<typeof planBatch> | undefined;
  for await (const sample of samples) {
    plan ??= planBatch([session.inputs], sample, batchSize);
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
