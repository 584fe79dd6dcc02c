import type { TrainAction, TrainingPhase } from '../../protocol';
import { showError } from '../notify';
import type { Services } from '../services';
import type { TrainingActions, TrainingPanel } from './trainingPanel';

/** What all live panels do alike: pause, go on, stop and keep the best of what `run` trains, and show the log. */
export function controlActions(
  services: Services,
  { run, path }: { readonly run: string; readonly path: string },
  panel: () => TrainingPanel | undefined,
): Pick<TrainingActions, 'pause' | 'resume' | 'finish' | 'log'> {
  const act = (action: TrainAction, phase: TrainingPhase) => () => {
    void services.runner.request('train/control', { run, action }).then(
      ({ known }) => {
        const shown = panel();
        if (known && shown !== undefined) shown.update({ ...shown.state, phase });
      },
      (error: unknown) => showError(services, error, path),
    );
  };
  return {
    pause: act('pause', 'paused'),
    resume: act('resume', 'training'),
    finish: act('finish', 'finishing'),
    log: () => services.log.show(),
  };
}
