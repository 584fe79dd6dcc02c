import type { CalibrationMethod, QuantizeParams } from '../../src/protocol';

/** Methods that both tools have. */
export const SHARED_METHODS = ['minmax', 'percentile', 'entropy'] as const;
export type SharedMethod = (typeof SHARED_METHODS)[number];
/** Methods whose accuracy is compared. */
export const OUR_METHODS: readonly CalibrationMethod[] = ['minmax', 'moving-average', 'percentile', 'entropy', 'mse'];

/** A model with its data. */
export interface Subject {
  readonly model: string;
  /** Calibrates; generated inputs when absent. */
  readonly calibration?: string;
  /** Measures accuracy, labelled; not measured when absent. */
  readonly evaluation?: string;
}

/** What quantizeworker.ts does. */
export interface QuantizeTask {
  readonly params: QuantizeParams;
  /** Written anew. */
  readonly output: string;
}

/** What exportworker.ts does: writes the samples that ours calibrates on, preprocessed, as raw arrays. */
export interface ExportTask {
  readonly params: QuantizeParams;
  readonly folder: string;
}

/** What peer.py does. */
export interface PeerTask {
  readonly model: string;
  /** Folder that exportworker.ts wrote. */
  readonly samples: string;
  readonly output: string;
  readonly method: SharedMethod;
  /** 0 lets ONNX Runtime decide. */
  readonly threads: number;
  /** Samples that the reader gives at a time. */
  readonly batch: number;
  readonly reduceRange: boolean;
}

/** What evaluateworker.ts does: runs one model, or two to compare, on the first samples of `data`. */
export interface EvaluateTask {
  readonly models: readonly [string] | readonly [before: string, after: string];
  readonly data: string;
  readonly samples: number;
  readonly threads: number;
}

/** One model on labelled samples: top-1 in percent. */
export interface EvaluatedModel {
  readonly top1: number;
  readonly samples: number;
}

/** Two models on the same labelled samples: top-1 in percent, and McNemar's test of the difference. */
export interface EvaluatedPair {
  readonly before: number;
  readonly after: number;
  readonly samples: number;
  readonly pValue: number;
}

/** What latencyworker.ts does: times models in turn on one sample. */
export interface LatencyTask {
  readonly models: readonly string[];
  /** Where the sample comes from; generated when absent. */
  readonly data?: string;
  readonly threads: number;
  readonly seconds: number;
}

/** What the quantizing programs print. */
export interface ProcessCost {
  readonly peakMegabytes: number;
  /** Processor time of all threads, in user and system mode. */
  readonly cpuSeconds: number;
  /** Seconds by stage, measured inside the process. */
  readonly stages: Readonly<Record<string, number>>;
}
