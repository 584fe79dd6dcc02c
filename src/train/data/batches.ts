import { batchSamples } from '../../data/batchSamples';
import type { Dataset, Sample, SkippedSample } from '../../data/dataset';
import { badDataset, isCorruptSample } from '../../data/errors';
import type { TensorMap } from '../../onnx/tensorValue';
import type { AugmentationSettings } from '../../protocol';
import { throwIfCancelled } from '../../util/pressError';
import { createRandom } from '../../util/random';
import { augmentImage } from './augment';
import { mixBatch } from './mixup';
import { seedOf } from './seed';

/** Samples of one step. */
export interface TrainingBatch {
  readonly inputs: TensorMap;
  /** One row of targets a sample, float32 [batch, targetSize]. */
  readonly target?: Float32Array;
  /** Where the next batch of the epoch begins, in the epoch's order. */
  readonly next: number;
}

/** What batches are made from. */
export interface BatchOptions {
  readonly dataset: Dataset;
  /** Positions in the data set that train. */
  readonly positions: readonly number[];
  readonly batchSize: number;
  readonly seed: number;
  /** Elements of a target; without them there are no targets. */
  readonly targetSize?: number;
  readonly augmentation?: AugmentationSettings;
  readonly signal?: AbortSignal;
}

/** Purposes of random draws; each has seeds of its own. */
enum Draw {
  Order = 1,
  Sample = 2,
  Mix = 3,
}

/** How many whole batches an epoch has; what is left over is seen in other epochs. */
export function stepsPerEpoch({ positions, batchSize }: Pick<BatchOptions, 'positions' | 'batchSize'>): number {
  return Math.max(1, Math.floor(positions.length / batchSize));
}

/**
 * The batches of an epoch from `start` on, in an order that seed and epoch decide. Samples that cannot be read are left
 * out, and those behind them move up; an order that is used up begins again. Reads one batch at a time.
 */
export async function* epochBatches(
  options: BatchOptions,
  epoch: number,
  start: { readonly step: number; readonly position: number },
  skipped: SkippedSample[] = [],
): AsyncGenerator<TrainingBatch> {
  const { positions, batchSize, seed, augmentation = {}, signal } = options;
  const order = createRandom(seedOf(seed, Draw.Order, epoch)).shuffle([...positions]);
  let at = start.position;
  for (let step = start.step; step < stepsPerEpoch(options); step++) {
    const samples: Sample[] = [];
    const first = at;
    while (samples.length < batchSize) {
      throwIfCancelled(signal);
      const wanted = Array.from({ length: batchSize - samples.length }, (_, i) => order[(at + i) % order.length] ?? 0);
      at += wanted.length;
      const read = await Promise.all(wanted.map((position) => readOrSkip(options.dataset, position, skipped)));
      for (const sample of read) if (sample) samples.push(sample);
      if (samples.length === 0 && at - first > order.length) throw nothingReadable(options.dataset);
    }
    const { inputs } = copied(batchSamples(samples).inputs, samples.length);
    for (const [row, { index = 0 }] of samples.entries()) {
      const random = createRandom(seedOf(seed, Draw.Sample, epoch, index));
      for (const input of Object.values(inputs)) augmentImage(input, row, augmentation, random);
    }
    const target = options.targetSize === undefined ? undefined : targetsOf(samples, options.targetSize);
    const batch = { inputs, ...(target ? { target } : {}) };
    if (augmentation.mixup !== undefined && augmentation.mixup > 0) {
      mixBatch(batch, samples.length, augmentation.mixup, createRandom(seedOf(seed, Draw.Mix, epoch, step)));
    }
    yield { ...batch, next: at };
  }
}

/** Samples of a data set in order, in batches of one size; the last one is filled up with its first sample. */
export async function* evenBatches(
  options: Pick<BatchOptions, 'dataset' | 'positions' | 'batchSize' | 'targetSize'>,
  skipped: SkippedSample[] = [],
): AsyncGenerator<{ readonly inputs: TensorMap; readonly target?: Float32Array; readonly count: number }> {
  const { dataset, positions, batchSize, targetSize } = options;
  for (let at = 0; at < positions.length; at += batchSize) {
    const wanted = positions.slice(at, at + batchSize);
    const read = await Promise.all(wanted.map((position) => readOrSkip(dataset, position, skipped)));
    const samples = read.filter((sample) => sample !== undefined);
    const [first] = samples;
    if (!first) continue;
    const filled = Array.from({ length: batchSize }, (_, i) => samples[i] ?? first);
    const { inputs } = batchSamples(filled);
    yield {
      inputs,
      ...(targetSize === undefined ? {} : { target: targetsOf(filled, targetSize) }),
      count: samples.length,
    };
  }
}

/** A part of a batch: rows `[start, end)` of all inputs and targets, sharing their memory. */
export function rowsOfBatch(
  { inputs, target }: { readonly inputs: TensorMap; readonly target?: Float32Array },
  [start, end]: readonly [number, number],
): { inputs: TensorMap; target?: Float32Array } {
  const parts = Object.entries(inputs).map(([name, { type, dims, data }]) => {
    const [count = 1, ...rest] = dims;
    const size = data.length / count;
    const rows = Array.isArray(data)
      ? data.slice(start * size, end * size)
      : (data as Float32Array).subarray(start * size, end * size); // of any element type
    return [name, { type, dims: [end - start, ...rest], data: rows }] as const;
  });
  const rows = Object.values(inputs)[0]?.dims[0] ?? 1;
  const width = target ? target.length / rows : 0;
  return {
    inputs: Object.fromEntries(parts),
    ...(target ? { target: target.subarray(start * width, end * width) } : {}),
  };
}

async function readOrSkip(dataset: Dataset, position: number, skipped: SkippedSample[]): Promise<Sample | undefined> {
  try {
    return await dataset.read(position);
  } catch (error) {
    if (!isCorruptSample(error)) throw error;
    const source = `${dataset.description} [${position}]`;
    if (!skipped.some((entry) => entry.source === source)) skipped.push({ source, reason: error.reason });
    return undefined;
  }
}

/** One sample alone is handed on as it is, and a data set may keep it: what is changed must be a copy. */
function copied(inputs: TensorMap, count: number): { inputs: TensorMap } {
  if (count > 1) return { inputs };
  const entries = Object.entries(inputs).map(([name, value]) => [name, { ...value, data: value.data.slice() }]);
  return { inputs: Object.fromEntries(entries) as TensorMap };
}

/** Probabilities of classes, or the label itself where there is one number a sample. */
function targetsOf(samples: readonly Sample[], size: number): Float32Array {
  const targets = new Float32Array(samples.length * size);
  for (const [row, { label, source }] of samples.entries()) {
    if (label === undefined) throw badDataset(source, 'has no label. Give a label to every sample, or to none.');
    if (size === 1) targets[row] = label;
    else if (label < size) targets[row * size + label] = 1;
    else throw badDataset(source, `has label ${label}, but the model knows ${size} classes, 0 to ${size - 1}.`);
  }
  return targets;
}

function nothingReadable({ description }: Dataset): Error {
  return badDataset(description, 'has no readable sample.');
}
