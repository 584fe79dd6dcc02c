import type { QuantizeParams, QuantizeResult, QuantizeSettings } from './engine';
import type { DataFacts, EvaluationDataParams } from './evaluate';
import type { Proportion } from './report';

/** How the sensitivity of layers is measured; `limit` is the number of samples, 64 to 256 by what they take when absent. */
export interface SensitivityParams extends EvaluationDataParams {
  readonly model: string;
  /** Of static mode; default settings when absent. */
  readonly settings?: QuantizeSettings;
}

/** How far the outputs moved on some samples. */
export interface OutputShift {
  /** Kullback-Leibler divergence in nats, the mean over the samples. */
  readonly divergence: number;
  /** Samples whose highest class is another one, and of how many; 0 of 0 without class scores. */
  readonly changed: number;
  readonly rows: number;
}

/** What quantizing one layer does. */
export interface LayerSensitivity {
  readonly node: string;
  readonly opType: string;
  /** Multiply-accumulates of one sample, and their share of those of the whole model. */
  readonly macs: number;
  readonly macShare: number;
  /** When only this layer is quantized. */
  readonly alone: OutputShift;
  /** When only this layer stays in float; measured when the whole model has collapsed. */
  readonly keptFloat?: OutputShift;
}

/** The layers of a model and how sensitive they are. */
export interface SensitivityResult {
  readonly model: string;
  readonly data: DataFacts;
  /** Samples that layers were ranked on: those that the original is least certain of, out of a pool. */
  readonly samples: number;
  readonly pool: number;
  readonly settings: QuantizeSettings;
  /** When every layer is quantized. */
  readonly whole: OutputShift;
  /** True when the quantized model answers differently on more than half of the samples. */
  readonly collapsed: boolean;
  /** The most sensitive first. */
  readonly layers: readonly LayerSensitivity[];
}

/** What a search may do to a layer that costs too much accuracy, from the cheapest on. */
export type Remedy = 'calibration' | 'per-channel' | 'float';

/** A search for the model that keeps as little as possible in floating point within an accuracy budget. */
export interface MixedPrecisionParams extends Omit<QuantizeParams, 'settings'> {
  /** Of static mode. */
  readonly settings: QuantizeSettings;
  /** What accuracy may fall by, in percentage points; without labels, the share of changed answers. Default 1. */
  readonly maxDropPoints?: number;
  /** After so many seconds the search ends with the best model so far. Default 180. */
  readonly maxSeconds?: number;
  /** Default all. */
  readonly remedies?: readonly Remedy[];
}

/** One model that the search looked at. */
export interface MixedCandidate {
  /** Layers that could be int8 and stay in floating point. */
  readonly float: readonly string[];
  /** The share of all multiply-accumulates in floating point, those of layers that never are int8 included. */
  readonly floatMacShare: number;
  /** Layers with a scale per channel although the settings say otherwise. */
  readonly perChannel: readonly string[];
  readonly calibration: string;
  readonly sizeBytes: number;
  /** What the search compares: accuracy with labels, else the share of unchanged answers, else `1 - divergence`. */
  readonly score: number;
  /** Score below that of the original, in percentage points. */
  readonly dropPoints: number;
  readonly divergence: number;
  /** Median of a run; measured for the models of the frontier. */
  readonly latencyMs?: number;
}

/** Why a search ended. */
export type MixedStop = 'nothing-to-do' | 'smallest-found' | 'time' | 'goal-not-met';

/** What a search found, and the model that it wrote. */
export interface MixedPrecisionResult extends QuantizeResult {
  readonly goal: {
    /** What `score` is. */
    readonly measure: 'accuracy' | 'agreement' | 'divergence';
    readonly maxDropPoints: number;
    readonly met: boolean;
  };
  readonly stop: MixedStop;
  /** Why it ended, one English sentence. */
  readonly reason: string;
  readonly original: { readonly score: number; readonly sizeBytes: number; readonly latencyMs: number };
  readonly chosen: MixedCandidate;
  /** Models that no other one beats in size, latency and score at once, the smallest first. */
  readonly frontier: readonly MixedCandidate[];
  readonly candidates: number;
  /** Samples that the search compared on. */
  readonly samples: number;
  readonly seconds: number;
  /** The ranking that the search went by. */
  readonly sensitivity: readonly LayerSensitivity[];
  /** The settings that make the model again. */
  readonly settings: QuantizeSettings;
  /** Accuracy of the written model on all the measuring data, with labels. */
  readonly accuracy?: { readonly before: Proportion; readonly after: Proportion };
}

/** Requests about the layers of a model. */
export interface SensitivityRequests {
  'model/sensitivity': { params: SensitivityParams; result: SensitivityResult };
  'model/mixed': { params: MixedPrecisionParams; result: MixedPrecisionResult };
}
