import type { EngineError } from '../protocol';
import { CancelledError, errorMessage, PressError } from '../util/pressError';

/** What an error looks like on the wire; anything that is no {@link PressError} is an `internal` one with its stack. */
export function toEngineError(error: unknown): EngineError {
  if (error instanceof PressError) {
    return { code: error.code, message: error.message, details: error.details };
  }
  if (error instanceof CancelledError) {
    return { code: 'cancelled', message: error.message, details: {} };
  }
  const stack = error instanceof Error && error.stack !== undefined ? { stack: error.stack } : {};
  return { code: 'internal', message: errorMessage(error), details: stack };
}
