import type { ComparisonRequests } from './comparison';
import type { EvaluateRequests } from './evaluate';
import type { FusionRequests } from './fusion';
import type { GraphRequests } from './graph';
import type { PruneRequests } from './prune';
import type { RecipeRequests } from './recipe';
import type { QuantizeReport } from './report';
import type { SensitivityRequests } from './sensitivity';
import type { TrainProgress, TrainRequests } from './train';

/** What `model/inspect` answers; also what `onnx-press inspect --json` prints. */
export interface InspectResult {
  readonly path: string;
  readonly sizeBytes: number;
  readonly externalBytes: number;
  readonly irVersion: number;
  readonly producer: string;
  readonly opsets: readonly { readonly domain: string; readonly version: number }[];
  readonly inputs: readonly InspectValue[];
  readonly outputs: readonly InspectValue[];
  readonly nodeCount: number;
  readonly nodesByOp: Readonly<Record<string, number>>;
  readonly functionCount: number;
  readonly subgraphCount: number;
  readonly parameterCount: number;
  readonly weightBytes: number;
  /** True when the model already holds quantized operators. */
  readonly quantized: boolean;
  /** Per compression method: what it could act on, and why not. */
  readonly compressible: readonly {
    readonly method: string;
    readonly nodes: number;
    readonly bytes: number;
    readonly note: string;
  }[];
  /** What is wrong with the model, one English sentence each: missing external data, a cycle. Absent when nothing is. */
  readonly notes?: readonly string[];
}

export interface InspectValue {
  readonly name: string;
  readonly type: string;
  readonly dims: readonly (number | string | null)[];
}

export type QuantizeMode = 'static' | 'dynamic' | 'weights' | 'fp16';
export type CalibrationMethod = 'minmax' | 'moving-average' | 'percentile' | 'entropy' | 'mse';

/** The quantize step of a recipe; every key but `mode` has a default. */
export interface QuantizeSettings {
  readonly mode: QuantizeMode;
  readonly calibration?: CalibrationMethod;
  readonly exclude?: readonly string[];
  /** Nodes that compute in floating point as before, with their weights stored as fp16; named like `exclude`. */
  readonly keepFp16?: readonly string[];
  readonly perChannel?: boolean;
  readonly reduceRange?: boolean;
  readonly activationType?: 'uint8' | 'int8' | 'uint16' | 'int16';
  readonly biasCorrection?: boolean;
  /** Whether weights take the nearest level or the one, above or below, that is learned; static mode only. */
  readonly rounding?: 'nearest' | 'adaround';
  readonly weightBits?: 4 | 8;
  readonly blockSize?: number;
  readonly includeConv?: boolean;
  readonly fp16Compute?: boolean;
  /** How many samples calibrate; the rest of the data measures. */
  readonly calibrationSamples?: number;
  /** What holds for single layers instead, by node name; static mode only. */
  readonly layers?: Readonly<Record<string, LayerSettings>>;
}

/** What may differ from layer to layer in static mode. */
export interface LayerSettings {
  readonly perChannel?: boolean;
  readonly reduceRange?: boolean;
}

export interface QuantizeParams {
  readonly model: string;
  /** Dataset file or folder; absent only with `synthetic`. */
  readonly data?: string;
  /** Data for measuring accuracy; `data` when absent. */
  readonly evaluationData?: string;
  readonly output?: string;
  readonly settings: QuantizeSettings;
  readonly synthetic?: boolean;
  /** Sizes of dynamic inputs by input name; what `inputs.json` beside the model says is used otherwise. */
  readonly shapes?: Readonly<Record<string, readonly number[]>>;
  /** Values to feed to inputs by input name, instead of data or generated values. */
  readonly fills?: Readonly<Record<string, number>>;
  readonly threads?: number;
  readonly seed?: number;
}

export interface QuantizeResult {
  readonly outputPath: string;
  readonly reportPath: string;
  readonly report: QuantizeReport;
}

/** Requests from the host to the engine: one response each. On the wire, params travel in an {@link EngineCall}. */
export interface EngineRequests
  extends
    GraphRequests,
    EvaluateRequests,
    ComparisonRequests,
    SensitivityRequests,
    FusionRequests,
    RecipeRequests,
    PruneRequests,
    TrainRequests {
  'engine/hello': { params: Record<string, never>; result: { version: string; pid: number } };
  'model/inspect': { params: { path: string }; result: InspectResult };
  'model/quantize': { params: QuantizeParams; result: QuantizeResult };
}

/** What a request carries: its params, and the id under which its progress is reported. */
export interface EngineCall<Params> {
  readonly id: number;
  readonly params: Params;
}

/** Notifications from the engine to the host. */
export interface EngineNotifications {
  'engine/progress': { id: number; stage: string; done: number; total: number };
  /** The state of a running training, after its steps. */
  'engine/train': { id: number; progress: TrainProgress };
  'engine/log': { level: 'debug' | 'info' | 'warning' | 'error'; message: string };
}

/** How an error crosses the process border. */
export interface EngineError {
  readonly code: string;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}
