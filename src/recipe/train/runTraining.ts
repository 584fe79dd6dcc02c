import { freemem } from 'node:os';
import { join } from 'node:path';
import type { Dataset, SkippedSample } from '../../data/dataset';
import type { TrainParams, TrainProgress } from '../../protocol';
import { runtimeVersion } from '../../runtime/session';
import { cachedSamples } from '../../train/data/sampleCache';
import { epochBatches, evenBatches, stepsPerEpoch } from '../../train/data/batches';
import {
  startState,
  trainLoop,
  type TrainControl,
  type TrainEnd,
  type TrainLoopOptions,
} from '../../train/loop/trainLoop';
import type { TrainState } from '../../train/loop/trainState';
import { createOptimiser } from '../../train/optimisers/optimiser';
import { shardPlan } from '../../train/step/shardComputer';
import type { TrainingGraphs } from '../../train/step/stepGraph';
import { CancelledError, PressError } from '../../util/pressError';
import { hashJson } from '../pipeline/fingerprint';
import type { RunContext } from '../runContext';
import type { CheckpointFile, CheckpointOwner } from './checkpointFile';
import { originOf } from './checkpointOrigin';
import type { SampleSplit } from './trainJob';
import { workerCount, type FullTrainSettings } from './trainSettings';
import { startWorkerPool } from './workerPool';

/** A killed run loses at most so much time; writing takes less than a thousandth of it. */
const CHECKPOINT_SECONDS = 60;

/** Preprocessed samples that are kept: all of CIFAR-10, and never so many that the workers lack memory. */
const CACHE_BYTES = 2 ** 30;
const CACHE_SHARE = 0.25;

/** What a training gets from whoever runs it. */
export interface TrainContext extends RunContext {
  /** The bundle of `src/engine/trainWorker.ts`; beside this file's own bundle when absent. */
  readonly workerPath?: string;
  /** Every step, for curves. */
  readonly onTrain?: (progress: TrainProgress) => void;
  readonly control?: TrainControl;
}

/** What {@link runTraining} needs. */
export interface Training {
  readonly params: TrainParams;
  readonly context: TrainContext;
  readonly checkpoint: CheckpointFile;
  readonly settings: FullTrainSettings;
  readonly graphs: TrainingGraphs;
  readonly split: SampleSplit;
  readonly dataset: Dataset;
  /** Grows by what cannot be read. */
  readonly skipped: SkippedSample[];
  readonly seed: number;
  /** Weights that are held at zero where these are 0, by name. */
  readonly masks?: ReadonlyMap<string, Float32Array>;
}

/** Runs the loop over worker processes, from the checkpoint where there is one. */
export async function runTraining(training: Training): Promise<{ state: TrainState; endedBy: TrainEnd }> {
  const { params, context, checkpoint, settings, graphs, split, skipped, seed } = training;
  const dataset = cachedSamples(training.dataset, Math.min(CACHE_BYTES, CACHE_SHARE * freemem()));
  const { signal, onProgress } = context;
  const { batchSize, shards, epochs } = settings;
  const target = graphs.targetSize === undefined ? {} : { targetSize: graphs.targetSize };
  const own = { dataset, positions: split.training, batchSize, seed, signal, ...target };
  const batches = { ...own, ...(settings.augmentation ? { augmentation: settings.augmentation } : {}) };
  const heldOut = { dataset, positions: split.heldOut, batchSize: batchSize / shards, ...target };
  const steps = stepsPerEpoch(batches);
  const owner = checkpointOwner(params, settings, seed);
  const resumed = checkpoint.read(owner.run);
  const pool = await startWorkerPool(shardPlan(graphs, 1), {
    count: Math.min(workerCount(params), shards),
    workerPath: context.workerPath ?? join(__dirname, 'trainWorker.js'),
    signal,
  });
  const optimiser = await createOptimiser(
    settings,
    graphs.weights.map(({ name, length, decays, rateFactor = 1 }) => {
      const mask = training.masks?.get(name);
      return { length, rateFactor, weightDecay: decays ? settings.weightDecay : 0, ...(mask ? { mask } : {}) };
    }),
  );
  let latest: TrainState | undefined;
  let savedAt = now();
  const options: TrainLoopOptions = {
    runner: pool,
    optimiser,
    schedule: settings,
    epochs,
    steps,
    batchSize,
    shards,
    batches: (epoch, start) => epochBatches(batches, epoch, start, skipped),
    heldOut: () => evenBatches(heldOut, skipped),
    hasClasses: graphs.hasClasses,
    ...(settings.patience === undefined ? {} : { patience: settings.patience }),
    signal,
    ...(context.control ? { control: context.control } : {}),
    now,
    onProgress: (progress) => {
      onProgress({ stage: 'train', done: (progress.epoch - 1) * steps + progress.step, total: epochs * steps });
      context.onTrain?.(progress);
    },
    onState: (state) => {
      latest = state;
      if (state.step !== 0 && now() - savedAt < CHECKPOINT_SECONDS) return;
      checkpoint.write(state, owner);
      savedAt = now();
    },
  };
  try {
    return await trainLoop(options, resumed ?? (await startState(options, graphs.start)));
  } catch (error) {
    const code = error instanceof PressError ? error.code : undefined;
    if (latest && (error instanceof CancelledError || code === 'engine-stopped')) checkpoint.write(latest, owner);
    // Every bit is the same the next time, and so is what it comes to.
    if (code === 'training-diverged') checkpoint.remove();
    throw error;
  } finally {
    pool.close();
    await optimiser.release();
  }
}

/** Who may go on from the checkpoints of this training. */
function checkpointOwner(params: TrainParams, settings: FullTrainSettings, seed: number): CheckpointOwner {
  const origin = originOf({ ...params, settings });
  const { model, teacher, params: asked } = origin;
  const { data, limit, shapes, fills, synthetic } = asked;
  const run = hashJson({ model, teacher, data, limit, shapes, fills, synthetic, settings, seed, runtimeVersion });
  return { run, origin };
}

/** Seconds of a clock that never goes back. */
function now(): number {
  return performance.now() / 1000;
}
