import type { TrainEpoch, TrainProgress } from './train';
import type { TrainStrings } from './trainStrings';

/** How far a training is; the last three are ends. */
export type TrainingPhase =
  'waiting' | 'preparing' | 'training' | 'paused' | 'finishing' | 'measuring' | 'done' | 'cancelled' | 'failed';

/** A point of the training's own curves. */
export interface TrainPoint {
  /** In epochs: 1.5 is the middle of the second. */
  readonly at: number;
  readonly loss: number;
  readonly accuracy?: number;
}

/** Everything the training panel draws; file names without their folders. */
export interface TrainingState {
  readonly model: string;
  readonly teacher?: string;
  readonly data: string;
  readonly phase: TrainingPhase;
  /** What is prepared or measured right now, in the person's language. */
  readonly stage?: string;
  readonly progress?: Omit<TrainProgress, 'finishedEpoch' | 'start' | 'isPaused' | 'recipeStep' | 'round'>;
  readonly points: readonly TrainPoint[];
  readonly epochs: readonly TrainEpoch[];
  readonly start?: { readonly loss: number; readonly accuracy?: number };
  /** What came out or went wrong, in the person's language. */
  readonly outcome?: string;
  /** Where it can go on from, once it has been cancelled or has failed. */
  readonly unfinished?: { readonly epoch: number; readonly epochs: number };
}

/** From the host to the training panel. */
export interface TrainingPanelMessage {
  readonly type: 'training/show';
  readonly state: TrainingState;
  readonly strings: TrainStrings;
  /** BCP 47 language tag for numbers. */
  readonly locale: string;
}

/** From the training panel to the host. */
export interface TrainingPanelRequest {
  readonly type: 'ready' | 'pause' | 'resume' | 'finish' | 'cancel' | 'goOn' | 'compare' | 'report' | 'log';
}
