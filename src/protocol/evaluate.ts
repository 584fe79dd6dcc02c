import type { Advice } from './advice';
import type { ProfileParams, ProfileResult } from './profile';
import type { Sentence } from './sentence';
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

/** A figure with its 95 % interval, from resampling the samples (bootstrap, seeded) unless it is a proportion. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** How many samples it was measured on. */
  readonly count: number;
}

/** A class, its score as a probability. */
export interface RankedClass {
  readonly label: number;
  readonly name?: string;
  readonly probability: number;
}

/** A sample that the two models put into different classes. */
export interface FlippedSample {
  /** Its position in the data, before shuffling. */
  readonly index: number;
  readonly source: string;
  readonly label?: number;
  readonly labelName?: string;
  /** The three most likely classes, the most likely first. */
  readonly before: readonly RankedClass[];
  readonly after: readonly RankedClass[];
}

/** How many samples moved from one class to another. */
export interface ClassMove {
  readonly from: number;
  readonly to: number;
  readonly fromName?: string;
  readonly toName?: string;
  readonly count: number;
  /** Of them: right before, right after. Both 0 without labels. */
  readonly lost: number;
  readonly won: number;
}

/** Which samples changed their class between two models. */
export interface ClassFlips {
  /** Of how many samples. */
  readonly samples: number;
  readonly total: number;
  /** In the order of the samples; only the first ones where there are very many. */
  readonly list: readonly FlippedSample[];
  /** Class to class, the most frequent first; only the most frequent where there are very many. */
  readonly moves: readonly ClassMove[];
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
  /** With a class-like output, with or without labels. */
  readonly classFlips?: ClassFlips;
  /** Same top-1 class in both models; with a class-like output. */
  readonly agreement?: Proportion;
  readonly fidelity: readonly OutputFidelity[];
  /** Kullback-Leibler divergence of the class probabilities in nats, the mean over the samples. */
  readonly divergence?: Estimate;
  /** What the dataset file asks for: mean average precision, mean IoU, figures of a command. */
  readonly metrics?: readonly PairedMetric[];
  readonly nonFinite: NonFiniteCounts;
}

/** A metric that is no share of right samples. */
export interface Metric {
  /** `mAP 0.5:0.95`, `mIoU`, or what a command calls it. */
  readonly name: string;
  /** Without an interval where a command gives a single number. */
  readonly figure: Omit<Estimate, 'low' | 'high'> & Partial<Pick<Estimate, 'low' | 'high'>>;
  /** The same figure by class; `count` is that of objects, or of pixels. */
  readonly classes?: readonly {
    readonly label: number;
    readonly name?: string;
    readonly value: number;
    readonly count: number;
  }[];
}

/** A metric of two models on the same samples. */
export interface PairedMetric {
  readonly name: string;
  readonly before: Metric;
  readonly after: Metric;
  /** After minus before; its interval comes from resampling both models together. Absent without intervals. */
  readonly change?: Estimate;
}

/** How often samples of one class are right. */
export interface ClassAccuracy {
  readonly label: number;
  readonly name?: string;
  readonly accuracy: Proportion;
}

/** Samples of one class that were taken for another. */
export interface Confusion {
  readonly label: number;
  readonly predicted: number;
  readonly labelName?: string;
  readonly predictedName?: string;
  readonly count: number;
}

/** Accuracy by class, and what is taken for what. */
export interface ClassReport {
  readonly classCount: number;
  /** Classes that have samples, by label. */
  readonly classes: readonly ClassAccuracy[];
  /** The confusion matrix off its diagonal, without zeros: most frequent first; only the most frequent of very many. */
  readonly confusions: readonly Confusion[];
  /** How many different pairs there are, those that are not listed included. */
  readonly confusionPairs: number;
}

/** How close a model's outputs are to those of a reference on the same samples. */
export interface ReferenceReport {
  readonly model: ModelFileFacts;
  readonly classOutput?: string;
  readonly agreement?: Proportion;
  readonly fidelity: readonly OutputFidelity[];
  readonly divergence?: Estimate;
}

/** One model run on samples. */
export interface ModelEvaluation {
  readonly samples: number;
  readonly batchSize: number;
  readonly classOutput?: string;
  readonly top1?: Proportion;
  /** With at least 10 classes. */
  readonly top5?: Proportion;
  /** With labels and a class-like output. */
  readonly classes?: ClassReport;
  readonly metrics?: readonly Metric[];
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
  readonly parameterCount: number;
}

/**
 * A choice that was made about the data; `values` are the `folder`, the `names` and the `count` of what is left out, the
 * `input`, its `size` or `type`, and the `array` of a file at `path`.
 */
export type DataNote = Sentence<
  'folder-without-classes' | 'empty-classes' | 'loose-images' | 'resized' | 'raw-pixels' | 'rounded' | 'only-array'
>;

/** What was read, and what of it could not be. */
export interface DataFacts {
  readonly description: string;
  /** True when the inputs were generated: then nothing is said about accuracy. */
  readonly synthetic: boolean;
  readonly skipped: readonly { readonly source: string; readonly reason: string }[];
  readonly notes: readonly DataNote[];
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
  /** Run the metric command that a dataset file names; without it, such a file is refused. */
  readonly trusted?: boolean;
}

export interface EvaluateParams extends EvaluationDataParams {
  readonly model: string;
  /** Another model file, to measure against with or without labels. */
  readonly reference?: string;
}

export interface EvaluateResult {
  readonly model: ModelFileFacts;
  readonly data: DataFacts;
  readonly evaluation: ModelEvaluation;
  readonly reference?: ReferenceReport;
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
  /** What the figures tell a person to do; absent in comparisons of earlier versions. */
  readonly advice?: readonly Advice[];
}

/** Requests from the host to the engine about measuring models. Paths are absolute. */
export interface EvaluateRequests {
  'model/evaluate': { params: EvaluateParams; result: EvaluateResult };
  'model/compare': { params: CompareParams; result: CompareResult };
  'model/profile': { params: ProfileParams; result: ProfileResult };
}
