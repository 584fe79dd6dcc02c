import type { EvaluationDataParams } from './evaluate';
import type { Histogram } from './graph';

/** Which samples to show, by their index in the data before shuffling; 64 at most. */
export interface SamplePreviewParams extends EvaluationDataParams {
  /** The model that the data is read for. */
  readonly model: string;
  readonly indices: readonly number[];
}

/** One sample as a person can look at it. */
export interface SamplePreview {
  readonly index: number;
  readonly source: string;
  /** A PNG file in base64, 96 pixels wide or high at most; absent when the input is no image. */
  readonly png?: string;
  /** The first values of each input; absent when there is a picture. */
  readonly values?: readonly {
    readonly input: string;
    readonly dims: readonly number[];
    readonly first: readonly string[];
  }[];
}

/** Which tensor of two models to look into; `limit` samples, 32 when absent. */
export interface DistributionParams extends EvaluationDataParams {
  readonly before: string;
  readonly after: string;
  readonly tensor: string;
}

/** The values of one tensor over some samples. */
export interface ValueDistribution {
  readonly minimum: number;
  readonly maximum: number;
  readonly mean: number;
  readonly standardDeviation: number;
  /** NaN and infinite values; left out of every other figure. */
  readonly nonFinite: number;
  /** In the bins that both models share. */
  readonly histogram: Histogram;
}

/** One tensor in two models on the same samples. */
export interface DistributionResult {
  readonly tensor: string;
  readonly samples: number;
  readonly before: ValueDistribution;
  readonly after: ValueDistribution;
  /** Signal to noise of the second model's values against those of the first; null when they are equal. */
  readonly sqnrDb: number | null;
}

/** The tensors that can be looked into: made by nodes of the main graph of both models, in the order of the first. */
export interface SharedTensorsResult {
  readonly tensors: readonly { readonly name: string; readonly node: string; readonly opType: string }[];
}

/** Requests of the comparison panel. Paths are absolute. */
export interface ComparisonRequests {
  'data/preview': { params: SamplePreviewParams; result: { readonly previews: readonly SamplePreview[] } };
  'model/sharedTensors': {
    params: { readonly before: string; readonly after: string };
    result: SharedTensorsResult;
  };
  'model/distribution': { params: DistributionParams; result: DistributionResult };
}
