import type { LayerSettings, QuantizeSettings } from './engine';

/** What a program can do about something, as data; buttons and scripts act on it. */
export type AdviceAction =
  /** Leave these nodes out of quantization. */
  | { readonly kind: 'exclude'; readonly nodes: readonly string[] }
  /** Quantize again with these settings besides the ones that were used. */
  | { readonly kind: 'settings'; readonly settings: Partial<QuantizeSettings> }
  /** Quantize again with these settings for single layers. */
  | { readonly kind: 'layers'; readonly layers: Readonly<Record<string, LayerSettings>> }
  /** Run another command on the same models and data. */
  | { readonly kind: 'run'; readonly command: AdviceCommand };

export type AdviceCommand = 'quantize' | 'mixed' | 'sensitivity' | 'fusion' | 'compare' | 'prune' | 'train';

/** Which rule gave an advice. */
export type AdviceCode =
  | 'accuracy-loss'
  | 'low-agreement'
  | 'low-baseline'
  | 'slower'
  | 'float-islands'
  | 'saturates'
  | 'not-recovered'
  | 'unstable-distillation';

/** One thing that the figures of a run tell a person to do. */
export interface Advice {
  readonly code: AdviceCode;
  /** English: the figure that triggered it, and what to do. */
  readonly message: string;
  /** The figures that triggered it: shares in 0..1, points in percentage points. */
  readonly figures: Readonly<Record<string, number>>;
  /** The most promising first. */
  readonly actions: readonly AdviceAction[];
}
