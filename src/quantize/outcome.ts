import type { LayerKept, LayerQuantized, LayerRounding, NodeMapping, RangeChosen } from '../protocol';
import type { TensorStatistics } from './observer';

/** What a quantization mode did to a model; becomes part of the report. */
export interface QuantizeOutcome {
  readonly quantized: LayerQuantized[];
  /** Nodes that the mode could have been expected to act on, and did not. */
  readonly kept: LayerKept[];
  readonly ranges: RangeChosen[];
  /** Nodes of the model as it was given, and what each became. Untouched nodes are left out. */
  readonly mapping: NodeMapping[];
  /** What calibration saw of each tensor, in static mode; kept beside the recipe. */
  observed?: ReadonlyMap<string, TensorStatistics>;
  /** What learning the rounding came to, where it was learned. */
  readonly rounding?: readonly LayerRounding[];
}

/** An outcome to fill. */
export function emptyOutcome(): QuantizeOutcome {
  return { quantized: [], kept: [], ranges: [], mapping: [] };
}
