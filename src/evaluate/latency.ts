import type { TensorMap } from '../onnx/tensorValue';
import type { LatencyReport, ModelLatency } from '../protocol';
import { throwIfCancelled } from '../util/pressError';
import type { ProgressCallback } from '../util/progress';
import { spreadOf } from '../util/stats';

/** What a latency measurement runs. */
export interface TimedModel {
  run(feeds: TensorMap): Promise<TensorMap>;
}

/** How long and how often to measure. */
export interface LatencyOptions {
  /** Timed at least so often, unless that takes four times `maxSeconds`. Default 9. */
  readonly minPairs?: number;
  /** Timed at most so often. Default 60. */
  readonly maxPairs?: number;
  /** After so long no further timing starts once there are `minPairs`. Default 3. */
  readonly maxSeconds?: number;
  /** Untimed runs of each model first; at least 1. Default 3. */
  readonly warmup?: number;
  /** What the sessions were created with; only reported. */
  readonly threads?: number;
  /** Samples in one run; only reported. */
  readonly batchSize?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: ProgressCallback;
  /** Milliseconds that never run backwards; for tests. */
  readonly now?: () => number;
}

/** A timing shorter than this says more about the clock and the call than about the model, so runs are repeated. */
const MIN_TIMING_MS = 5;
/** Repeats of one timing, for models that take next to no time. */
const MAX_REPEATS = 10_000;
/** How much longer than `maxSeconds` a slow model may take to reach `minPairs`. */
const PATIENCE = 4;

/**
 * Times two models in turn in one process, so that whatever else the machine does falls on both: a pair is one timing
 * of each, in an order that changes from pair to pair. `speedup` is the spread of the pairs' ratios, not the ratio of
 * the medians. `feedsAfter` is for a second model that takes its inputs otherwise.
 */
export async function measureLatencyPair(
  before: TimedModel,
  after: TimedModel,
  feeds: TensorMap,
  options: LatencyOptions & { readonly feedsAfter?: TensorMap } = {},
): Promise<LatencyReport> {
  const timeBefore = await createTimer(before, feeds, options);
  const timeAfter = await createTimer(after, options.feedsAfter ?? feeds, options);
  const beforeMs: number[] = [];
  const afterMs: number[] = [];
  const speedups: number[] = [];
  await repeatTimed(options, async (pair) => {
    const isSwapped = pair % 2 === 1;
    const first = await (isSwapped ? timeAfter : timeBefore)();
    const second = await (isSwapped ? timeBefore : timeAfter)();
    const [a, b] = isSwapped ? [second, first] : [first, second];
    beforeMs.push(a);
    afterMs.push(b);
    speedups.push(a / b);
  });
  return {
    beforeMs: spreadOf(beforeMs),
    afterMs: spreadOf(afterMs),
    speedup: spreadOf(speedups),
    pairs: speedups.length,
    threads: options.threads ?? 0,
    batchSize: options.batchSize ?? 1,
  };
}

/** Times one model; the same rules as {@link measureLatencyPair}. */
export async function measureLatency(
  model: TimedModel,
  feeds: TensorMap,
  options: LatencyOptions = {},
): Promise<ModelLatency> {
  const time = await createTimer(model, feeds, options);
  const ms: number[] = [];
  await repeatTimed(options, async () => {
    ms.push(await time());
  });
  return { ms: spreadOf(ms), runs: ms.length, threads: options.threads ?? 0, batchSize: options.batchSize ?? 1 };
}

/** Warms a model up and makes the function that returns the milliseconds of one run, the mean of enough repeats. */
async function createTimer(
  model: TimedModel,
  feeds: TensorMap,
  options: LatencyOptions,
): Promise<() => Promise<number>> {
  const now = options.now ?? monotonicMs;
  let fastest = Infinity;
  for (let i = 0; i < Math.max(1, options.warmup ?? 3); i++) {
    throwIfCancelled(options.signal);
    const start = now();
    await model.run(feeds);
    fastest = Math.min(fastest, now() - start);
  }
  const repeats = Math.min(MAX_REPEATS, Math.max(1, Math.ceil(MIN_TIMING_MS / Math.max(fastest, 1e-3))));
  return async () => {
    throwIfCancelled(options.signal);
    const start = now();
    for (let i = 0; i < repeats; i++) await model.run(feeds);
    // A clock too coarse to see a run must not make a ratio infinite.
    return Math.max(now() - start, 1e-6) / repeats;
  };
}

/** Calls `timeOnce` until there are enough timings, and reports progress after each. */
async function repeatTimed(options: LatencyOptions, timeOnce: (index: number) => Promise<void>): Promise<void> {
  const { minPairs = 9, maxPairs = 60, maxSeconds = 3, now = monotonicMs } = options;
  const total = Math.max(1, maxPairs, minPairs);
  const start = now();
  for (let done = 0; done < total; done++) {
    const seconds = (now() - start) / 1000;
    if (done > 0 && seconds >= maxSeconds && (done >= minPairs || seconds >= maxSeconds * PATIENCE)) return;
    await timeOnce(done);
    options.onProgress?.({ stage: 'time', done: done + 1, total });
  }
}

function monotonicMs(): number {
  return performance.now();
}
