import type { TrainEpoch, TrainProgress } from '../../protocol';
import { PressError, throwIfCancelled } from '../../util/pressError';
import { rowsOfBatch, type TrainingBatch } from '../data/batches';
import type { Optimiser } from '../optimisers/optimiser';
import { learningRateAt, type ScheduleSettings } from '../optimisers/schedule';
import type { ModelState, StepRunner } from '../step/stepRunner';
import { averageShards } from './average';
import { evaluateState, type CountedShard } from './evaluateState';
import { isBetter, type HeldOutFigures, type TrainState } from './trainState';

/** How somebody outside influences a running training. */
export interface TrainControl {
  /** Resolves at once unless the training is paused. */
  readonly whenRunning: () => Promise<void>;
  readonly isPaused: () => boolean;
  /** True when it is to end here and keep the best weights. */
  readonly isFinishing: () => boolean;
}

/** What a training runs with. */
export interface TrainLoopOptions {
  readonly runner: StepRunner;
  readonly optimiser: Optimiser;
  readonly schedule: ScheduleSettings;
  readonly epochs: number;
  readonly steps: number;
  readonly batchSize: number;
  readonly shards: number;
  /** The batches of an epoch (from 0), beginning at a place in it. */
  readonly batches: (epoch: number, start: { step: number; position: number }) => AsyncIterable<TrainingBatch>;
  /** The held-out samples, from the beginning each time. */
  readonly heldOut: () => AsyncIterable<CountedShard>;
  readonly hasClasses: boolean;
  /** Epochs without a better result before it ends. */
  readonly patience?: number;
  readonly signal: AbortSignal;
  readonly control?: TrainControl;
  /** Seconds of any clock. */
  readonly now: () => number;
  readonly onProgress: (progress: TrainProgress) => void;
  /** Called between steps; what it does with the state is its own matter. */
  readonly onState?: (state: TrainState) => void;
}

/** Why a training ended. */
export type TrainEnd = 'epochs' | 'patience' | 'request';

/** The state before the first step. */
export async function startState(options: TrainLoopOptions, start: ModelState): Promise<TrainState> {
  const figures = await evaluateState(options.runner, options.heldOut(), start, options.shards);
  return {
    ...start,
    slots: options.optimiser.start(start.weights),
    epoch: 0,
    step: 0,
    position: 0,
    lossSum: 0,
    correctSum: 0,
    history: [],
    start: figures,
    best: { ...start, epoch: 0, figures },
  };
}

/**
 * Trains from a state to the end: steps of shards whose gradients are averaged, measuring after each epoch, keeping the
 * best. The same state, data and options give the same bits, however many processes compute the shards.
 * Throws {@link CancelledError}, and `training-diverged` when the loss is no number any more.
 */
export async function trainLoop(
  options: TrainLoopOptions,
  from: TrainState,
): Promise<{ state: TrainState; endedBy: TrainEnd }> {
  let state = from;
  const clock = createPace(options);
  while (state.epoch < options.epochs) {
    if (isExhausted(state, options.patience)) return { state, endedBy: 'patience' };
    clock.beginEpoch();
    const batches = options.batches(state.epoch, state)[Symbol.asyncIterator]();
    let reading = batches.next();
    reading.catch(() => undefined); // told when its turn comes
    try {
      for (;;) {
        const { done, value: batch } = await reading;
        if (done) break;
        // The next batch is read and changed while this one is computed.
        reading = batches.next();
        reading.catch(() => undefined);
        throwIfCancelled(options.signal);
        state = await takeStep(options, state, batch);
        options.onState?.(state);
        options.onProgress(clock.progress(state));
        await clock.rest();
        if (options.control?.isFinishing()) return { state: await keepBest(options, state), endedBy: 'request' };
      }
    } finally {
      await batches.return?.();
    }
    state = await endEpoch(options, state, clock.epochSeconds());
    options.onState?.(state);
    options.onProgress({ ...clock.progress(state), ...lastEpoch(state) });
  }
  return { state, endedBy: 'epochs' };
}

async function takeStep(options: TrainLoopOptions, state: TrainState, batch: TrainingBatch): Promise<TrainState> {
  const { batchSize, shards, steps, epochs, schedule } = options;
  const size = batchSize / shards;
  const parts = Array.from({ length: shards }, (_, i) => rowsOfBatch(batch, [i * size, (i + 1) * size]));
  const mean = averageShards(await options.runner.step(parts, state));
  throwIfCancelled(options.signal);
  if (!Number.isFinite(mean.loss)) throw diverged(state.epoch + 1, state.step + 1);
  const done = state.epoch * steps + state.step;
  const learningRate = learningRateAt(done, epochs * steps, schedule);
  const updated = await options.optimiser.step(state, mean.gradients, { learningRate, step: done + 1 });
  return {
    ...state,
    weights: updated.weights,
    slots: updated.slots,
    statistics: mean.statistics.length > 0 ? mean.statistics : state.statistics,
    step: state.step + 1,
    position: batch.next,
    lossSum: state.lossSum + mean.loss,
    correctSum: state.correctSum + mean.correct,
  };
}

/** Measures, notes the epoch and keeps the weights if they are the best so far. */
async function endEpoch(options: TrainLoopOptions, state: TrainState, seconds: number): Promise<TrainState> {
  const { steps, batchSize, epochs, schedule } = options;
  const measured = await keepBest(options, state);
  const { loss, accuracy } = measured.latest;
  const entry: TrainEpoch = {
    epoch: state.epoch + 1,
    loss: state.lossSum / state.step,
    ...(options.hasClasses ? { accuracy: state.correctSum / (state.step * batchSize) } : {}),
    heldOutLoss: loss,
    ...(accuracy === undefined ? {} : { heldOutAccuracy: accuracy }),
    learningRate: learningRateAt(state.epoch * steps + state.step - 1, epochs * steps, schedule),
    seconds,
  };
  const { latest: _latest, ...kept } = measured;
  return {
    ...kept,
    epoch: state.epoch + 1,
    step: 0,
    position: 0,
    lossSum: 0,
    correctSum: 0,
    history: [...state.history, entry],
  };
}

/** Where there is a moving average, that is what is measured and kept. */
async function keepBest(
  options: TrainLoopOptions,
  state: TrainState,
): Promise<TrainState & { latest: HeldOutFigures }> {
  const shown = { weights: state.slots['average'] ?? state.weights, statistics: state.statistics };
  const latest = await evaluateState(options.runner, options.heldOut(), shown, options.shards);
  throwIfCancelled(options.signal);
  const best = isBetter(latest, state.best.figures)
    ? { ...shown, epoch: state.epoch + 1, figures: latest }
    : state.best;
  return { ...state, best, latest };
}

function isExhausted(state: TrainState, patience: number | undefined): boolean {
  return patience !== undefined && state.epoch - state.best.epoch >= patience && state.epoch > 0;
}

function lastEpoch({ history }: TrainState): Pick<TrainProgress, 'finishedEpoch'> {
  const last = history.at(-1);
  return last ? { finishedEpoch: last } : {};
}

interface Pace {
  progress(state: TrainState): TrainProgress;
  /** Waits while the training is paused. */
  rest(): Promise<void>;
  beginEpoch(): void;
  epochSeconds(): number;
}

/** Speed and remaining time, from the steps of this process alone and without its pauses. */
function createPace(options: TrainLoopOptions): Pace {
  const { steps, epochs, batchSize, schedule, control } = options;
  let pausedSeconds = 0;
  const running = (): number => options.now() - pausedSeconds;
  const begun = running();
  let epochBegun = begun;
  let first: number | undefined;
  return {
    async rest() {
      if (!control?.isPaused()) return;
      const since = options.now();
      await control.whenRunning();
      pausedSeconds += options.now() - since;
    },
    beginEpoch: () => (epochBegun = running()),
    epochSeconds: () => running() - epochBegun,
    progress(state) {
      const done = state.epoch * steps + state.step;
      first ??= done - 1;
      const seconds = Math.max(1e-6, running() - begun);
      const pace = (done - first) / seconds;
      const ran = Math.max(1, state.step);
      const last = state.history.at(-1);
      const loss = state.step > 0 ? state.lossSum / ran : (last?.loss ?? state.start.loss);
      const accuracy = state.step > 0 ? state.correctSum / (ran * batchSize) : last?.accuracy;
      return {
        epoch: Math.min(epochs, state.epoch + 1),
        epochs,
        step: state.step,
        steps,
        loss,
        ...(options.hasClasses && accuracy !== undefined ? { accuracy } : {}),
        learningRate: learningRateAt(Math.max(0, done - 1), epochs * steps, schedule),
        samplesPerSecond: pace * batchSize,
        remainingSeconds: (epochs * steps - done) / pace,
        isPaused: control?.isPaused() ?? false,
        start: state.start,
      };
    },
  };
}

function diverged(epoch: number, step: number): PressError {
  return new PressError(
    'training-diverged',
    `Training diverged: the loss of step ${step} in epoch ${epoch} is not a number. Give a lower --learning-rate, or --clip-norm 1.`,
    { epoch, step },
  );
}
