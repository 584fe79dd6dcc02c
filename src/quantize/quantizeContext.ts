import type { ProgressCallback } from '../util/progress';

/** What a quantization mode gets from outside: cancelling is honoured and progress told once per node. */
export interface QuantizeContext {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ProgressCallback | undefined;
}
