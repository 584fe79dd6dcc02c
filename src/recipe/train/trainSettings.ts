import { availableParallelism } from 'node:os';
import type { TensorMap } from '../../onnx/tensorValue';
import type { TrainParams, TrainSettings } from '../../protocol';
import { PressError } from '../../util/pressError';

/** Settings in which everything that has a default is filled in. */
export type FullTrainSettings = TrainSettings &
  Required<
    Pick<
      TrainSettings,
      | 'epochs'
      | 'batchSize'
      | 'shards'
      | 'optimizer'
      | 'learningRate'
      | 'momentum'
      | 'weightDecay'
      | 'schedule'
      | 'heldOut'
      | 'batchNorm'
    >
  >;

/** Usual rates from scratch; fine-tuning begins at a tenth, so that what was learned stays. */
const RATES = { sgd: 0.1, adam: 1e-3, adamw: 1e-3 } as const;
const FINE_TUNING = 0.1;
/**
 * Layers that have taken in their normalisation pass steep gradients on, above all after a pruning: at the rate of
 * fine-tuning SGD then diverges on ResNet-56 unless large gradients are scaled down and the rate rises from zero. So do
 * new weights at their greater rate under a teacher whose layers are compared (hints).
 */
const CARE = { clipNorm: 1, warmup: 0.05 } as const;
/** Weights that hold their normalisation are steep, and a rounding is easily lost: measured on ResNet-20 at 4 bits. */
const QUANTIZED = 0.1;
/** Elements of a batch: 32 RGB images of 224x224, whose activations fit into a few gigabytes. */
const BATCH_ELEMENTS = 32 * 150_528;
const MAX_BATCH = 128;
/** More processes wait for memory more than they compute. */
const MAX_WORKERS = 8;

/** How many processes compute gradients. */
export function workerCount({ workers }: TrainParams): number {
  return workers ?? Math.min(MAX_WORKERS, availableParallelism());
}

/**
 * Fills in what the person left open, for a sample of the data and so many samples to train on.
 * Throws `bad-option` for a batch that cannot be divided, and when there are too few samples.
 */
export function fullSettings(params: TrainParams, sample: TensorMap, sampleCount: number): FullTrainSettings {
  const { settings } = params;
  const { optimizer = 'sgd', fromScratch = false } = settings;
  const elements = Object.values(sample).reduce((sum, { data }) => sum + data.length, 0);
  const fitting = Math.min(MAX_BATCH, Math.floor(BATCH_ELEMENTS / Math.max(1, elements)), sampleCount);
  const batchSize = settings.batchSize ?? powerOfTwo(fitting);
  if (batchSize > sampleCount) {
    throw new PressError(
      'bad-option',
      `A batch of ${batchSize} is more than the ${sampleCount} samples that train. Give a smaller --batch, or more data.`,
      { batch: batchSize, samples: sampleCount },
    );
  }
  const shards = settings.shards ?? divisor(batchSize, Math.max(2, workerCount(params)));
  if (batchSize % shards !== 0) {
    throw new PressError('bad-option', `A batch of ${batchSize} cannot be divided into ${shards} equal parts.`, {
      batch: batchSize,
      shards,
    });
  }
  return {
    epochs: 10,
    momentum: 0.9,
    weightDecay: 1e-4,
    schedule: 'cosine',
    heldOut: 0.1,
    batchNorm: fromScratch ? 'train' : 'frozen',
    learningRate: RATES[optimizer] * (fromScratch ? 1 : FINE_TUNING) * (settings.qat ? QUANTIZED : 1),
    ...(fromScratch && params.teacher === undefined ? {} : CARE),
    ...settings,
    optimizer,
    batchSize,
    shards,
  };
}

function powerOfTwo(most: number): number {
  return 2 ** Math.max(0, Math.floor(Math.log2(Math.max(1, most))));
}

/** The largest number of equal parts up to `most`. */
function divisor(size: number, most: number): number {
  for (let parts = Math.min(size, most); parts > 1; parts--) if (size % parts === 0) return parts;
  return 1;
}
