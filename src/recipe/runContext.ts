import type { ProgressCallback } from '../util/progress';

/** What a pipeline gets from whoever runs it (the command line or the engine process). */
export interface RunContext {
  readonly onProgress: ProgressCallback;
  readonly signal: AbortSignal;
  readonly log: (level: 'debug' | 'info' | 'warning' | 'error', message: string) => void;
}
