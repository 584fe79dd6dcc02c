import type { AccuracyReport, LatencyReport, OutputFidelity, Proportion, Spread } from './report';

/** How two models fare on the same labelled samples, one by one. */
export interface FlipCounts {
  readonly bothRight: number;
  readonly onlyBefore: number;
  readonly onlyAfter: number;
  readonly bothWrong: number;
  /** McNemar's test: how likely a difference at least this large is when the models are equally accurate. */
  readonly pValue: number;
}

/** Elements of all outputs that were infinite or not a number, over all samples. */
export interface NonFiniteCounts {
  readonly before: number;
  readonly after: number;
}

/** Two models run on the same samples. */
export interface PairComparison {
  /** How many samples were run. */
  readonly samples: number;
  /** Samples that went into one run. */
  readonly batchSize: number;
  /** The output that classes were read from; absent when no output looks like one. */
  readonly classOutput?: string;
  /** With labels and a class-like output. */
  readonly accuracy?: AccuracyReport;
  readonly flips?: FlipCounts;
  /** Same top-1 class in both models; with a class-like output. */
  readonly agreement?: Proportion;
  readonly fidelity: readonly OutputFidelity[];
  readonly nonFinite: NonFiniteCounts;
}

/** One model run on samples. */
export interface ModelEvaluation {
  readonly samples: number;
  readonly batchSize: number;
  readonly classOutput?: string;
  readonly top1?: Proportion;
  /** With at least 10 classes. */
  readonly top5?: Proportion;
  /** Elements of all outputs that were infinite or not a number. */
  readonly nonFinite: number;
}

/** How long one run of a model takes. */
export interface ModelLatency {
  readonly ms: Spread;
  readonly runs: number;
  readonly threads: number;
  readonly batchSize: number;
}

/** A model file as results name it. */
export interface ModelFileFacts {
  readonly path: string;
  /** External data included. */
  readonly sizeBytes: number;
}

/** What was read, and what of it could not be. */
export interface DataFacts {
  readonly description: string;
  /** True when the inputs were generated: then nothing is said about accuracy. */
  readonly synthetic: boolean;
  readonly skipped: readonly { readonly source: string; readonly reason: string }[];
  readonly notes: readonly string[];
}

/** What `evaluate` and `compare` need to know of data; the same words as for a quantization. */
export interface EvaluationDataParams {
  /** Dataset file, data file or folder; absent only with `synthetic`. */
  readonly data?: string;
  readonly synthetic?: boolean;
  /** Sizes of dynamic inputs by input name. */
  readonly shapes?: Readonly<Record<string, readonly number[]>>;
  /** Values to feed to inputs by input name. */
  readonly fills?: Readonly<Record<string, number>>;
  /** Use at most so many samples. */
  readonly limit?: number;
  /** Samples in one run where the model allows it; chosen by input size when absent. */
  readonly batchSize?: number;
  readonly threads?: number;
  readonly seed?: number;
}

export interface EvaluateParams extends EvaluationDataParams {
  readonly model: string;
}

export interface EvaluateResult {
  readonly model: ModelFileFacts;
  readonly data: DataFacts;
  readonly evaluation: ModelEvaluation;
  readonly latency: ModelLatency;
}

export interface CompareParams extends EvaluationDataParams {
  readonly before: string;
  readonly after: string;
}

export interface CompareResult {
  readonly before: ModelFileFacts;
  readonly after: ModelFileFacts;
  readonly data: DataFacts;
  readonly comparison: PairComparison;
  readonly latency: LatencyReport;
}
