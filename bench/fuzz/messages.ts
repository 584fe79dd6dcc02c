import type { QuantizeMode } from '../../src/protocol';

/** What the worker is asked to do with a file. */
export interface FuzzQuestion {
  readonly model: string;
  readonly output: string;
  readonly mode: QuantizeMode;
}

/** How one step ended. */
export type Outcome =
  | { readonly kind: 'ok' }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string }
  | { readonly kind: 'bad'; readonly message: string };

/** What the worker did with a file. */
export interface FuzzAnswer {
  readonly inspect: Outcome;
  readonly quantize: Outcome;
  /** The largest resident memory of the worker so far. */
  readonly peakMegabytes: number;
}
