import { PressError, type PressErrorCode } from '../util/pressError';

/** Refusals of a model; those of data and options name what they are about themselves. */
const MODEL_REFUSALS: readonly PressErrorCode[] = [
  'malformed-model',
  'unsupported-model',
  'already-quantized',
  'external-data',
  'unsupported-opset',
  'model-does-not-run',
  'nothing-to-quantize',
  'nothing-to-prune',
  'unknown-shape',
  'verification-failed',
];

/** The error, with the model in its details when it refuses a model and does not say which. */
export function namingModel(error: unknown, model: string): unknown {
  if (!(error instanceof PressError) || error.details['path'] !== undefined) return error;
  if (!MODEL_REFUSALS.includes(error.code)) return error;
  return new PressError(error.code, error.message, { ...error.details, path: model }, { cause: error });
}
