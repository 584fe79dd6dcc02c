import type { TrainEpoch, TrainPoint, TrainProgress, TrainingPhase, TrainingState } from '../../protocol';

/** More points than this are more than a curve has pixels. */
const MAX_POINTS = 400;
const ENDS: readonly TrainingPhase[] = ['done', 'cancelled', 'failed'];

/** Whether a phase is an end. */
export function hasEnded({ phase }: Pick<TrainingState, 'phase'>): boolean {
  return ENDS.includes(phase);
}

/** The state before anything has happened; a training that goes on has epochs already. */
export function newTraining(
  names: Pick<TrainingState, 'model' | 'data' | 'teacher'>,
  epochs: readonly TrainEpoch[] = [],
): TrainingState {
  const points = epochs.map(({ epoch, loss, accuracy }) => trainPoint(epoch, loss, accuracy));
  return { ...names, phase: 'waiting', points, epochs };
}

function trainPoint(at: number, loss: number, accuracy: number | undefined): TrainPoint {
  return { at, loss, ...(accuracy === undefined ? {} : { accuracy }) };
}

/** The state once a step has been made. What the person asked for meanwhile stays as it is shown. */
export function withProgress(state: TrainingState, progress: TrainProgress): TrainingState {
  if (hasEnded(state)) return state;
  const { finishedEpoch, start, isPaused: _isPaused, recipeStep: _recipeStep, round: _round, ...figures } = progress;
  const phase = state.phase === 'paused' || state.phase === 'finishing' ? state.phase : 'training';
  const { stage: _stage, ...rest } = state;
  const at = finishedEpoch ? finishedEpoch.epoch : figures.epoch - 1 + figures.step / figures.steps;
  const { loss, accuracy } = finishedEpoch ?? figures;
  const point = trainPoint(at, loss, accuracy);
  return {
    ...rest,
    phase,
    progress: figures,
    points: thinned([...state.points.filter((other) => other.at !== at), point]),
    epochs: finishedEpoch ? [...state.epochs, finishedEpoch] : state.epochs,
    ...(start === undefined ? {} : { start }),
  };
}

/** The state in a stage before or after the steps. */
export function withStage(state: TrainingState, stage: string, text: string): TrainingState {
  if (stage === 'train' || hasEnded(state)) return state;
  return { ...state, phase: state.progress === undefined ? 'preparing' : 'measuring', stage: text };
}

/** Every second point of those that are older than the last few, once there are too many. */
function thinned(points: readonly TrainPoint[]): readonly TrainPoint[] {
  if (points.length <= MAX_POINTS) return points;
  return points.filter((point, index) => index % 2 === 0 || Number.isInteger(point.at) || index === points.length - 1);
}
