/** Every way in which ONNX Press can refuse; user text is made from the code and the details. */
export type PressErrorCode =
  | 'malformed-model'
  | 'unsupported-model'
  | 'already-quantized'
  | 'external-data'
  | 'unsupported-opset'
  | 'no-gradient'
  | 'training-diverged'
  | 'model-does-not-run'
  | 'nothing-to-quantize'
  | 'nothing-to-prune'
  | 'no-data'
  | 'bad-dataset'
  | 'bad-input'
  | 'unknown-shape'
  | 'output-exists'
  | 'file-not-found'
  | 'file-access'
  | 'bad-recipe'
  | 'bad-report'
  | 'bad-option'
  | 'verification-failed'
  | 'git-lfs'
  | 'too-large'
  | 'past-version'
  | 'engine-stopped'
  | 'internal';

/** Plain facts about an error: file, node, tensor, numbers. Serialisable, so that they cross process borders. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean | readonly string[] | readonly number[]>>;

/** An expected failure: `message` is one English sentence that says what, where and what to do. */
export class PressError extends Error {
  override readonly name = 'PressError';
  constructor(
    readonly code: PressErrorCode,
    message: string,
    readonly details: ErrorDetails = {},
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

/** The person cancelled; never shown as a failure. */
export class CancelledError extends Error {
  override readonly name = 'CancelledError';
  constructor() {
    super('Cancelled.');
  }
}

/** Throws {@link CancelledError} when `signal` has fired. Call it once per sample or per layer. */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new CancelledError();
}

/** The message of anything that was thrown. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
