/** One step of a long job. `done` and `total` count items (samples, layers, bytes); `total` is 0 when unknown. */
export interface Progress {
  readonly stage: string;
  readonly done: number;
  readonly total: number;
}

/** Receives progress; must be cheap and must not throw. */
export type ProgressCallback = (progress: Progress) => void;
