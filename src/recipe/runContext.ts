import type { ProgressCallback } from '../util/progress';

/** What a pipeline gets from whoever runs it (the command line or the engine process). */
export interface RunContext {
  readonly onProgress: ProgressCallback;
  readonly signal: AbortSignal;
  readonly log: (level: 'debug' | 'info' | 'warning' | 'error', message: string) => void;
  /** How long latency is measured, in seconds; the pipeline's own default when absent. For runs that only check. */
  readonly latencySeconds?: number;
}
