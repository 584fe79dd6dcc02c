import type { TrainProgress } from '../protocol';
import type { Progress, ProgressCallback } from '../util/progress';

/** Progress reaches the host at most this often within a stage: often enough to look live, too seldom to cost. */
const INTERVAL_MS = 50;

/**
 * Passes progress on to `send`, thinned out within a stage; the first and the last step of every stage always pass.
 * `now` is the clock in milliseconds.
 */
export function createProgressThrottle(send: ProgressCallback, now: () => number = Date.now): ProgressCallback {
  let stage: string | undefined;
  let sentAt = -Infinity;
  return (progress: Progress) => {
    const time = now();
    const isBorder = progress.stage !== stage || progress.done === progress.total;
    if (!isBorder && time - sentAt < INTERVAL_MS) return;
    stage = progress.stage;
    sentAt = time;
    send(progress);
  };
}

/** Curves grow at most this often: what is drawn less often looks as smooth. */
const TRAIN_INTERVAL_MS = 100;

/**
 * Passes the states of a training on to `send`, thinned out; those that end an epoch or change
 * between pause and run always pass. `now` is the clock in milliseconds.
 */
export function createTrainThrottle(
  send: (progress: TrainProgress) => void,
  now: () => number = Date.now,
): (progress: TrainProgress) => void {
  let sentAt = -Infinity;
  let wasPaused = false;
  return (progress) => {
    const time = now();
    const matters = progress.finishedEpoch || progress.isPaused !== wasPaused;
    if (!matters && time - sentAt < TRAIN_INTERVAL_MS) return;
    sentAt = time;
    wasPaused = progress.isPaused;
    send(progress);
  };
}
