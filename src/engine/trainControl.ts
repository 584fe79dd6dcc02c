import type { TrainAction } from '../protocol';
import type { TrainContext } from '../recipe/train/runTraining';

type TrainControl = NonNullable<TrainContext['control']>;

/** How a running training is paused, goes on and is ended early. */
export interface ControlledTraining extends TrainControl {
  act(action: TrainAction): void;
  /** Forgets what was asked of the training before: another one begins. */
  renew(): void;
}

/** Creates the control of one training; a cancelled one that is paused goes on, so that it notices. */
export function createTrainControl(signal: AbortSignal): ControlledTraining {
  let paused = false;
  let finishing = false;
  let waiting: (() => void)[] = [];
  const release = (): void => {
    paused = false;
    for (const go of waiting) go();
    waiting = [];
  };
  signal.addEventListener('abort', release, { once: true });
  return {
    whenRunning: () => (paused ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve()),
    isPaused: () => paused,
    isFinishing: () => finishing,
    act: (action) => {
      if (action === 'pause') {
        paused = !signal.aborted && !finishing;
        return;
      }
      if (action === 'finish') finishing = true;
      release();
    },
    renew: () => {
      finishing = false;
      release();
    },
  };
}
