import type { DataFacts, EvaluationDataParams } from './evaluate';
import type { OutputShift } from './sensitivity';

/** Which layers of two models are compared; `limit` is the number of samples, 32 when absent. */
export interface LayerErrorParams extends EvaluationDataParams {
  readonly before: string;
  readonly after: string;
  /** Also measures every layer alone; needs the report of a static quantization of `before` beside `after`. */
  readonly layerwise?: boolean;
  /** Only these nodes of `before`; all that both models have when absent. */
  readonly nodes?: readonly string[];
}

/** How far a tensor moved. */
export interface TensorError {
  /** Signal to noise ratio in dB, within -200..200; null when nothing moved. */
  readonly sqnrDb: number | null;
  readonly cosine: number;
}

/** The error of one layer, in both senses. */
export interface LayerError {
  /** The node of `before`, and the nodes that it became, from the report; empty where no report says. */
  readonly node: string;
  readonly targets: readonly string[];
  readonly opType: string;
  /** The tensor that holds the result of the layer, behind an activation that is part of it. */
  readonly tensor: string;
  /** Against the original at this tensor, with all that came before compressed too: where error accumulates. */
  readonly graphwise: TensorError;
  /** With only this layer compressed: who causes it. At its own output, and at the model's. */
  readonly layerwise?: TensorError & { readonly output: OutputShift };
}

export interface LayerErrorResult {
  readonly before: string;
  readonly after: string;
  readonly data: DataFacts;
  readonly samples: number;
  /** In graph order. */
  readonly layers: readonly LayerError[];
  /** Why there are no layerwise figures although they were asked for, one English sentence. */
  readonly note?: string;
}
