import { batchSamples } from '../data/batchSamples';
import type { Sample } from '../data/dataset';
import type { TensorData, TensorInfo, TensorMap, TensorValue } from '../onnx/tensorValue';
import { errorMessage, PressError, throwIfCancelled } from '../util/pressError';
import { canShareBatch, planBatch, type BatchPlan } from './batchPlan';

/** A model as this loop sees it: what it takes, and how to run it. */
export interface Runner {
  readonly inputs: readonly TensorInfo[];
  run(feeds: TensorMap): Promise<TensorMap>;
}

/** One run of every model on the same samples. */
export interface SampleRun {
  readonly samples: readonly Sample[];
  /** By model, in the order given. An output has one row a sample where its first dimension is the batch. */
  readonly outputs: readonly TensorMap[];
  /** Samples that went into the run, repeats to fill a fixed batch included. */
  readonly batchSize: number;
}

/** How samples are run. */
export interface SampleRunOptions {
  /** Samples in one run where the models allow it. */
  readonly batchSize?: number;
  readonly limit?: number;
  readonly signal?: AbortSignal;
}

/**
 * Runs several models on the same samples, a batch at a time, holding one batch only. Samples of different shapes are
 * never put into one batch; a fixed batch is filled by repeating its last sample, and those rows are cut off again.
 * A model that claims a dynamic batch but fails on it, or gives an output without a row a sample, is run one by one.
 */
export async function* runSamples(
  models: readonly Runner[],
  samples: AsyncIterable<Sample> | Iterable<Sample>,
  options: SampleRunOptions = {},
): AsyncGenerator<SampleRun> {
  let plan: BatchPlan | undefined;
  for await (const batch of groupSamples(samples, options, (first) => {
    plan ??= planBatch(
      models.map((model) => model.inputs),
      first,
      options.batchSize,
    );
    return plan.size;
  })) {
    throwIfCancelled(options.signal);
    if (batch.length > 1 && plan && !plan.isFixed) {
      const run = await tryBatch(models, batch);
      if (run) {
        yield run;
        continue;
      }
      plan = { size: 1, isFixed: true };
    }
    if (plan && plan.isFixed && plan.size > 1) {
      yield await runFilled(models, batch, plan.size);
      continue;
    }
    for (const sample of batch) {
      throwIfCancelled(options.signal);
      yield await runSingle(models, sample);
    }
  }
}

async function runSingle(models: readonly Runner[], sample: Sample): Promise<SampleRun> {
  try {
    return { samples: [sample], outputs: await runAll(models, sample.inputs), batchSize: 1 };
  } catch (error) {
    throw atSample(error, sample);
  }
}

async function tryBatch(models: readonly Runner[], batch: readonly Sample[]): Promise<SampleRun | undefined> {
  try {
    const outputs = await runAll(models, batchSamples(batch).inputs);
    const hasRows = outputs.every((map) => Object.values(map).every(({ dims }) => dims[0] === batch.length));
    return hasRows ? { samples: batch, outputs, batchSize: batch.length } : undefined;
  } catch (error) {
    if (error instanceof PressError && error.code === 'model-does-not-run') return undefined;
    throw error;
  }
}

async function runFilled(models: readonly Runner[], batch: readonly Sample[], size: number): Promise<SampleRun> {
  const last = batch[batch.length - 1];
  const filled = Array.from({ length: size }, (_, i) => batch[i] ?? last).filter((sample) => sample !== undefined);
  const outputs = await runAll(models, batchSamples(filled).inputs);
  const cut = outputs.map((map) =>
    Object.fromEntries(Object.entries(map).map(([name, value]) => [name, firstRows(value, batch.length, size)])),
  );
  return { samples: batch, outputs: cut, batchSize: size };
}

async function runAll(models: readonly Runner[], feeds: TensorMap): Promise<TensorMap[]> {
  const outputs: TensorMap[] = [];
  for (const model of models) outputs.push(await model.run(feeds));
  return outputs;
}

/** The first rows of an output whose first dimension is the batch; other outputs as they are. */
function firstRows(value: TensorValue, rowCount: number, batchSize: number): TensorValue {
  const [rows, ...rest] = value.dims;
  if (rows !== batchSize || rowCount === batchSize) return value;
  const end = (value.data.length / batchSize) * rowCount;
  // subarray and slice keep the kind of data that the value has
  const data = (ArrayBuffer.isView(value.data) ? value.data.subarray(0, end) : value.data.slice(0, end)) as TensorData;
  return { type: value.type, dims: [rowCount, ...rest], data };
}

/** Groups neighbours that can share a batch, up to the size that `sizeFor` says when a group starts. */
async function* groupSamples(
  samples: AsyncIterable<Sample> | Iterable<Sample>,
  options: SampleRunOptions,
  sizeFor: (first: Sample) => number,
): AsyncGenerator<Sample[]> {
  const limit = options.limit ?? Infinity;
  let group: Sample[] = [];
  let size = 1;
  let count = 0;
  if (limit <= 0) return;
  for await (const sample of samples) {
    const [first] = group;
    if (first && (group.length >= size || !canShareBatch(first, sample))) {
      yield group;
      group = [];
    }
    if (group.length === 0) size = sizeFor(sample);
    group.push(sample);
    if (++count >= limit) break;
  }
  if (group.length > 0) yield group;
}

function atSample(error: unknown, sample: Sample): unknown {
  if (!(error instanceof PressError) || error.code !== 'model-does-not-run') return error;
  return new PressError(
    error.code,
    `ONNX Runtime cannot run the model on ${sample.source}: ${errorMessage(error.cause ?? error)}`,
    { ...error.details, sample: sample.source },
    { cause: error },
  );
}
