/** Types of the report that a compression writes; read by the command line, the panels and other tools. */
import type { Advice } from './advice';
import type { DataNote } from './evaluate';

/** A median with its interquartile range. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** A proportion with its 95 % Wilson interval; all three in 0..1. */
export interface Proportion {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** How many samples it was counted on. */
  readonly count: number;
}

/** How the compressed model's output differs from the original's, over all samples. */
export interface OutputFidelity {
  readonly output: string;
  /**
   * Signal to quantization noise ratio in dB, within -200..200; null when the outputs are identical.
   * -200 when they cannot be compared: a signal of zeros, another shape, or infinite in one model only.
   */
  readonly sqnrDb: number | null;
  /** 95 % interval of the ratio, from resampling the samples; absent where it is null or cannot be compared. */
  readonly sqnrInterval?: readonly [low: number, high: number];
  /** Cosine similarity of the finite elements; of texts, the share that is equal. */
  readonly cosine: number;
  /** 95 % interval of the cosine, from resampling the samples; absent for texts. */
  readonly cosineInterval?: readonly [low: number, high: number];
  /** Over the finite elements; of texts, 1 when any differs. */
  readonly maxAbsError: number;
  /** Share of equal elements, 0..1; for outputs that are not floating point. */
  readonly equalShare?: number;
  /** Runs in which the two models gave different shapes, which are not compared otherwise; absent when none. */
  readonly shapeChanges?: number;
}

export interface LayerQuantized {
  readonly node: string;
  readonly opType: string;
  /** `static int8 per-channel`, `int4 block 32`, `fp16 weights`... */
  readonly scheme: string;
}

export interface LayerKept {
  readonly node: string;
  readonly opType: string;
  /** One English sentence: why this node stays as it is. */
  readonly reason: string;
}

export interface RangeChosen {
  readonly tensor: string;
  readonly min: number;
  readonly max: number;
  readonly scale: number;
  readonly zeroPoint: number;
  readonly dataType: 'uint8' | 'int8' | 'uint16' | 'int16';
}

export interface RewriteRecord {
  readonly pass: string;
  readonly changes: number;
  readonly kept: boolean;
  /** Largest difference of any output, relative to that output's largest magnitude; 0 when bit-equal. */
  readonly maxRelativeError: number;
  /** Why it was undone: one English sentence. */
  readonly reason?: string;
}

export interface AccuracyReport {
  readonly before: Proportion;
  readonly after: Proportion;
  readonly top5Before?: Proportion;
  readonly top5After?: Proportion;
  /** Percentage points, after minus before. */
  readonly changePoints: number;
}

export interface LatencyReport {
  readonly beforeMs: Spread;
  readonly afterMs: Spread;
  /** Before divided by after, pair by pair: above 1 is faster. */
  readonly speedup: Spread;
  readonly pairs: number;
  readonly threads: number;
  readonly batchSize: number;
}

export interface ReportWarning {
  readonly code: string;
  readonly message: string;
  /** Of the code `data`; absent in reports of earlier versions. */
  readonly note?: DataNote;
}

/** Which original node became which nodes of the compressed model. */
export interface NodeMapping {
  readonly source: string;
  readonly targets: readonly string[];
}

/** What learning which weights of a layer are rounded up came to. */
export interface LayerRounding {
  readonly node: string;
  readonly weights: number;
  /** Those that left the nearest level; 0 where learning did not lower the error. */
  readonly changedWeights: number;
  /** Mean squared error of the layer's output on held-out samples, with the nearest levels and as it is written. */
  readonly nearestError: number;
  readonly error: number;
}

/** What a quantization did, gained and cost. */
export interface QuantizeReport {
  readonly format: 'onnx-press-report';
  readonly version: 1;
  readonly kind: 'quantize';
  readonly tool: { readonly name: string; readonly version: string; readonly runtime: string };
  readonly source: { readonly path: string; readonly sizeBytes: number };
  readonly output: { readonly path: string; readonly sizeBytes: number };
  readonly mode: 'static' | 'dynamic' | 'weights' | 'fp16';
  /** The recipe file that repeats this run. */
  readonly recipePath: string;
  readonly calibration?: { readonly method: string; readonly samples: number; readonly data: string };
  /** True when no real data was given: accuracy figures are missing and ranges come from generated inputs. */
  readonly uncalibrated: boolean;
  readonly accuracy?: AccuracyReport;
  /** Same top-1 class as the original; for models with a class-like output. */
  readonly agreement?: Proportion;
  readonly fidelity: readonly OutputFidelity[];
  readonly latency?: LatencyReport;
  readonly quantized: readonly LayerQuantized[];
  /** With AdaRound; absent without. */
  readonly rounding?: readonly LayerRounding[];
  readonly kept: readonly LayerKept[];
  readonly ranges: readonly RangeChosen[];
  readonly rewrites: readonly RewriteRecord[];
  readonly mapping: readonly NodeMapping[];
  readonly skippedSamples: readonly { readonly source: string; readonly reason: string }[];
  readonly warnings: readonly ReportWarning[];
  /** What the figures tell a person to do; absent in reports of earlier versions. */
  readonly advice?: readonly Advice[];
  /** Seconds by stage. */
  readonly timings: Readonly<Record<string, number>>;
}
