/** Types of training: what is asked for, what is told while it runs, what comes out. */
import type { DataFacts, EvaluationDataParams } from './evaluate';
import type {
  AccuracyReport,
  LayerKept,
  LayerQuantized,
  NodeMapping,
  OutputFidelity,
  Proportion,
  RangeChosen,
  ReportWarning,
  RewriteRecord,
} from './report';

/** What a model is trained against where samples have labels. */
export type TaskLoss = 'cross-entropy' | 'mse' | 'l1' | 'bce';

/** What a student learns from a teacher besides its answers; see docs/training.md for the sources. */
export type FeatureLoss = 'attention' | 'hint' | 'similarity' | 'relational';

export type OptimizerName = 'sgd' | 'adam' | 'adamw';

export type ScheduleName = 'constant' | 'step' | 'cosine';

/** How images are changed each time that they are seen; absent keys change nothing. */
export interface AugmentationSettings {
  /** Mirror images left to right, half of the time. */
  readonly flip?: boolean;
  /** Pixels added on every side before a window of the old size is cut out at random. */
  readonly cropPadding?: number;
  /** Side of a square that is set to zero, in pixels (DeVries and Taylor, 2017). */
  readonly cutout?: number;
  /** Parameter of the Beta distribution that samples and labels are mixed with (Zhang et al., 2018). */
  readonly mixup?: number;
}

/** How a student learns from its teacher. */
export interface DistillationSettings {
  /** Temperature of the soft targets. Default 4. */
  readonly temperature?: number;
  /** Weight of the teacher's answers, 0..1; labels have the rest. Default 0.9; 1 where there are no labels. */
  readonly alpha?: number;
  /** How answers are compared: divergence of soft targets, or their correlations. Default `kl`. */
  readonly answers?: 'kl' | 'dist';
  readonly features?: FeatureLoss;
  /** Weight of the feature loss; the usual one of each when absent. */
  readonly featureWeight?: number;
  /** Tensors of student and teacher that belong together; matched by shape and position when absent. */
  readonly pairs?: readonly (readonly [student: string, teacher: string])[];
}

/** What is quantized while it is trained; see docs/training.md. */
export interface QatSettings {
  /** Bits of weights; activations have 8. 4-bit weights are stored in int8, on 15 levels. Default 8. */
  readonly weightBits?: 4 | 8;
  /** Trains the scales of weights as well (LSQ, Esser et al., 2020). Default false: as calibrated. */
  readonly learnScales?: boolean;
  /** Nodes that stay float: names, globs or operator types. */
  readonly exclude?: readonly string[];
}

/**
 * Statistics that a training normalises with: of each batch (`train`), those of the model, folded (`frozen`), or of each
 * batch behind convolutions that have no normalisation left, where it is put in and folded away again (`insert`).
 */
export type BatchNormMode = 'train' | 'frozen' | 'insert';

/** How a model is trained; every key has a default. */
export interface TrainSettings {
  /** Train with fake quantization and write the quantized model; needs a float model. */
  readonly qat?: QatSettings;
  readonly loss?: TaskLoss;
  /** Share of the target's probability that is spread over all classes, 0..1. Default 0. */
  readonly labelSmoothing?: number;
  readonly distillation?: DistillationSettings;
  /** Default 10. */
  readonly epochs?: number;
  /** Samples of one step. Default 128, less for large samples. */
  readonly batchSize?: number;
  /** Parts of a batch whose gradients are computed by themselves and averaged. Default 2, or the worker count. */
  readonly shards?: number;
  readonly optimizer?: OptimizerName;
  /** Default: a tenth of the usual for fine-tuning, the usual from scratch. */
  readonly learningRate?: number;
  /** Default 0.9. */
  readonly momentum?: number;
  readonly nesterov?: boolean;
  /** Default 1e-4; biases and normalisation are left out of it. */
  readonly weightDecay?: number;
  /** Default `cosine`. */
  readonly schedule?: ScheduleName;
  /** Share of all steps during which the rate rises from zero, 0..1. Default 0.05, 0 from scratch without a teacher. */
  readonly warmup?: number;
  /** Gradients of a greater norm are scaled to it; 0 is no limit. Default 1, no limit from scratch without a teacher. */
  readonly clipNorm?: number;
  /** Decay of a moving average of the weights, which is then evaluated and kept; no average when absent. */
  readonly averageDecay?: number;
  readonly augmentation?: AugmentationSettings;
  /** Epochs without a better result before training ends; never when absent. */
  readonly patience?: number;
  /** Share of the data that is held out to choose the best weights, 0..0.5. Default 0.1. */
  readonly heldOut?: number;
  /** Begin with new weights instead of those of the model. */
  readonly fromScratch?: boolean;
  /** Default `frozen`, `train` from scratch. */
  readonly batchNorm?: BatchNormMode;
}

/** A training of a model file. Paths are absolute. */
export interface TrainParams extends EvaluationDataParams {
  readonly model: string;
  /** A model file whose answers the student learns. */
  readonly teacher?: string;
  /** Data that measures the result only; nothing is chosen by it. The held-out part when absent. */
  readonly evaluationData?: string;
  readonly output?: string;
  /** Processes that compute gradients. Default: one a physical processor, at most 8. */
  readonly workers?: number;
  /** Go on from the checkpoint of an unfinished run of the same model and settings. */
  readonly resume?: boolean;
  readonly settings: TrainSettings;
}

/** One epoch as a curve shows it. */
export interface TrainEpoch {
  /** From 1. */
  readonly epoch: number;
  /** Mean over the epoch's steps. */
  readonly loss: number;
  /** Share of right samples while training, augmented; absent for losses without classes. */
  readonly accuracy?: number;
  /** On the held-out samples. */
  readonly heldOutLoss: number;
  readonly heldOutAccuracy?: number;
  readonly learningRate: number;
  readonly seconds: number;
}

/** The state of a running training, for curves and a remaining time; sent after every step, or less often. */
export interface TrainProgress {
  /** From 1. */
  readonly epoch: number;
  readonly epochs: number;
  /** Steps done in this epoch. */
  readonly step: number;
  readonly steps: number;
  /** Mean over the epoch so far. */
  readonly loss: number;
  readonly accuracy?: number;
  readonly learningRate: number;
  readonly samplesPerSecond: number;
  readonly remainingSeconds: number;
  readonly isPaused: boolean;
  /** Set once an epoch has ended, in the first progress after it. */
  readonly finishedEpoch?: TrainEpoch;
  /** The held-out accuracy (or loss) of the model before training: the line that curves are held against. */
  readonly start?: { readonly loss: number; readonly accuracy?: number };
  /** The step of a recipe that trains; absent for a training of its own. Paths are absolute. */
  readonly recipeStep?: {
    /** From 1. */
    readonly number: number;
    readonly count: number;
    readonly data?: string;
    readonly teacher?: string;
  };
  /** Which training of a pruning that fine-tunes, from 1. */
  readonly round?: number;
}

/** What a training did, gained and cost. */
export interface TrainReport {
  readonly format: 'onnx-press-report';
  readonly version: 1;
  readonly kind: 'train';
  readonly tool: { readonly name: string; readonly version: string; readonly runtime: string };
  readonly source: { readonly path: string; readonly sizeBytes: number };
  readonly output: { readonly path: string; readonly sizeBytes: number };
  readonly teacher?: string;
  /** The file that holds what was asked for. */
  readonly settingsPath: string;
  /** With every default filled in. */
  readonly settings: TrainSettings;
  readonly seed: number;
  readonly workers: number;
  readonly data: DataFacts;
  /** How many train, how many choose the best weights, and how many measured the result. */
  readonly samples: { readonly training: number; readonly heldOut: number; readonly measured: number };
  /** Initializers that were not trained, since no gradient reaches them. */
  readonly frozen: readonly string[];
  readonly parameterCount: number;
  readonly history: readonly TrainEpoch[];
  /** Of the model before training, on the held-out samples. */
  readonly start: { readonly loss: number; readonly accuracy?: number };
  /** The epoch whose weights were kept; 0 for those before training. */
  readonly bestEpoch: number;
  /** What was quantized, in quantization-aware training; `start` is then the accuracy before training of the quantized model. */
  readonly quantization?: {
    readonly quantized: readonly LayerQuantized[];
    readonly kept: readonly LayerKept[];
    readonly ranges: readonly RangeChosen[];
    readonly mapping: readonly NodeMapping[];
  };
  readonly endedBy: 'epochs' | 'patience' | 'request';
  readonly accuracy?: AccuracyReport;
  readonly agreement?: Proportion;
  readonly fidelity: readonly OutputFidelity[];
  readonly rewrites: readonly RewriteRecord[];
  readonly warnings: readonly ReportWarning[];
  readonly timings: Readonly<Record<string, number>>;
}

export interface TrainResult {
  readonly outputPath: string;
  readonly reportPath: string;
  readonly report: TrainReport;
}

/** A training of a model that was cancelled, killed or failed, and can go on. */
export interface UnfinishedTraining {
  /** What starts it again, `resume` included. */
  readonly params: TrainParams;
  /** The epoch that it stopped in, from 1, and how many there are to be. */
  readonly epoch: number;
  readonly epochs: number;
  readonly checkpointPath: string;
  /** When its checkpoint was written, in milliseconds since 1970. */
  readonly savedAtMs: number;
  /** The epochs that are done. */
  readonly history: readonly TrainEpoch[];
}

/** What a person does to a running training; `finish` ends it and keeps the best weights. */
export type TrainAction = 'pause' | 'resume' | 'finish';

/** Requests about training. */
export interface TrainRequests {
  /** `run` is chosen by whoever asks and names the training for `train/control`. */
  'model/train': { params: TrainParams & { readonly run: string }; result: TrainResult };
  /** False when no training, and no recipe, of that name runs; of a recipe it is the training of the running step. */
  'train/control': {
    params: { readonly run: string; readonly action: TrainAction };
    result: { readonly known: boolean };
  };
  /** The latest unfinished training of a model whose checkpoint lies beside it; null when there is none. */
  'train/unfinished': { params: { readonly model: string }; result: UnfinishedTraining | null };
}
