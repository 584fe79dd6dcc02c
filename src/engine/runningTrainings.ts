import type { TrainAction } from '../protocol';
import { PressError } from '../util/pressError';
import { createTrainControl, type ControlledTraining } from './trainControl';

/** The runs that train, by the name that whoever asked has given them: `model/train`, and recipes of several trainings. */
export interface RunningTrainings {
  /** Does `work` with a control that `act` reaches while it runs. Throws `bad-option` for a name that is taken. */
  add<T>(name: string, signal: AbortSignal, work: (control: ControlledTraining) => Promise<T>): Promise<T>;
  /** False when nothing of that name runs. */
  act(name: string, action: TrainAction): boolean;
}

/** Creates the runs of one engine. */
export function createRunningTrainings(): RunningTrainings {
  const running = new Map<string, ControlledTraining>();
  return {
    async add(name, signal, work) {
      if (running.has(name)) throw new PressError('bad-option', `A run of the name ${name} trains already.`, { name });
      const control = createTrainControl(signal);
      running.set(name, control);
      try {
        return await work(control);
      } finally {
        running.delete(name);
      }
    },
    act(name, action) {
      const control = running.get(name);
      control?.act(action);
      return control !== undefined;
    },
  };
}
