import type { ErrorDetails } from '../util/pressError';
import { PressError } from '../util/pressError';

/** The data at `where` cannot be used: `what` continues the sentence and says what to do. */
export function badDataset(where: string, what: string, details: ErrorDetails = {}): PressError {
  return new PressError('bad-dataset', `${where} ${what}`, { where, ...details });
}

/** One unreadable sample among others. Iteration skips and counts it; random access throws it. */
export class CorruptSampleError extends PressError {
  constructor(
    source: string,
    readonly reason: string,
    cause?: unknown,
  ) {
    super('bad-dataset', `${source} cannot be read: ${reason}. Replace or remove it.`, { source, reason }, { cause });
  }
}

/** True when only this one sample is unreadable. */
export function isCorruptSample(error: unknown): error is CorruptSampleError {
  return error instanceof CorruptSampleError;
}

/** Writes a shape for a message: `[1, 3, 224, 224]`, dynamic dimensions by name or as `?`. */
export function formatShape(dims: readonly (number | string | null)[]): string {
  return `[${dims.map((dim) => dim ?? '?').join(', ')}]`;
}
