import type { Advice } from './advice';
import type { QuantizeParams } from './engine';
import type {
  AccuracyReport,
  LatencyReport,
  LayerKept,
  NodeMapping,
  OutputFidelity,
  Proportion,
  ReportWarning,
  RewriteRecord,
} from './report';
import type { AugmentationSettings, TrainEpoch } from './train';

export type PruneMethod = 'magnitude' | 'nm' | 'block' | 'channel' | 'depth' | 'low-rank';

/** How the channels of a group are weighed against each other; `taylor` needs gradients. */
export type PruneImportance = 'l1' | 'l2' | 'bn-scale' | 'geometric-median' | 'activation' | 'taylor' | 'random';

/** How a pruning trains what is left after each of its steps. */
export interface FineTuneSettings {
  /** Of each step. Default 3. */
  readonly epochs?: number;
  /** The model before pruning teaches. Labels alone when absent. */
  readonly teacher?: 'original';
  /** Default: that of fine-tuning. */
  readonly learningRate?: number;
  readonly augmentation?: AugmentationSettings;
}

/** What training did after a step, on the held-out samples. */
export interface FineTunedStep {
  /** From 1. */
  readonly step: number;
  /** As pruning left it. */
  readonly start: { readonly loss: number; readonly accuracy?: number };
  readonly best: { readonly loss: number; readonly accuracy?: number };
  /** The epoch whose weights were kept; 0 for those before training. */
  readonly bestEpoch: number;
  readonly history: readonly TrainEpoch[];
}

/** The prune step of a recipe; every key but `method` has a default. */
export interface PruneSettings {
  readonly method: PruneMethod;
  /** Share of weights, blocks, channels, residual branches or ranks to remove, 0..1. Default 0.5 for masks, 0.3 for channels, 0.25 for branches. */
  readonly amount?: number;
  /** Of channels; of blocks `l1` or `l2`. Default `l2` for channels, `l1` for blocks. */
  readonly importance?: PruneImportance;
  /** Whether layers compete with each other for the amount. Default `global`. */
  readonly scope?: 'global' | 'local';
  /** Nodes that stay as they are: name, glob or operator type. */
  readonly protect?: readonly string[];
  /** Own amounts by node name; of channels, the node that names the group. */
  readonly layers?: Readonly<Record<string, number>>;
  /** Channels that every group keeps at least. Default 1. */
  readonly minChannels?: number;
  /** Share of the multiply-accumulates to keep instead of an amount, 0..1; channels and depth only. */
  readonly targetMacs?: number;
  /** With `auto`: share of the model's bytes, or of its latency, to keep instead. */
  readonly targetSize?: number;
  readonly targetLatency?: number;
  /** Take the amount in so many steps; scores are found anew before each. Default 1. */
  readonly steps?: number;
  /** Train what is left after each step; channels and masks only. */
  readonly finetune?: FineTuneSettings;
  /** N of M weights stay. Default 2:4. */
  readonly nm?: readonly [n: number, m: number];
  /** Outputs x inputs of a block. Default 4x1. */
  readonly block?: readonly [rows: number, columns: number];
  /** Share of the squared singular values to keep instead of an amount; low-rank only. */
  readonly energy?: number;
  /** Amounts by layer from a sensitivity measurement, for a budget of MACs, size or latency. */
  readonly auto?: boolean;
  /** False leaves biases as they are. */
  readonly recalibrate?: boolean;
}

export interface PruneParams extends Omit<QuantizeParams, 'settings'> {
  /** At most so many samples of each data set. */
  readonly limit?: number;
  readonly settings: PruneSettings;
}

/** A weight with a mask. */
export interface SparseTensor {
  readonly tensor: string;
  readonly node: string;
  readonly dims: readonly number[];
  readonly elements: number;
  readonly zeros: number;
}

/** What masks make of a file. */
export interface SparsityReport {
  readonly tensors: readonly SparseTensor[];
  /** Zeros of the masked tensors, over their elements. */
  readonly sparsity: number;
  /** Zeros of all float weights of the model, over all of them. */
  readonly modelSparsity: number;
  /** The model as it is written: zeros take as much as any other number. */
  readonly denseBytes: number;
  readonly gzipBytes: { readonly before: number; readonly after: number };
  /** With ONNX sparse initializers where those are smaller. */
  readonly sparseInitializerBytes: number;
  /** One English sentence: dense kernels do not skip zeros. */
  readonly note: string;
}

/** A group of coupled channels, and what became of it. */
export interface PrunedGroup {
  /** The first node whose weight makes the channels. */
  readonly group: string;
  readonly nodes: readonly string[];
  readonly units: number;
  readonly removed: readonly number[];
  /** Counts of this group are multiples of this here, since others are no faster. */
  readonly multiple: number;
  /** Why nothing of it may go. */
  readonly protection?: string;
}

/** What channel pruning did. */
export interface ChannelReport {
  readonly groups: readonly PrunedGroup[];
  readonly channelsBefore: number;
  readonly channelsAfter: number;
  readonly importance: PruneImportance;
  /** What was done so that the result is not slower than the original, one English sentence each; empty when nothing. */
  readonly adjustments: readonly string[];
  readonly steps: number;
}

/** A residual branch that went. */
export interface PrunedBranch {
  /** The Add that joined branch and shortcut. */
  readonly add: string;
  readonly nodes: readonly string[];
  readonly macs: number;
  /** How far the outputs of the model were from the original's without it and those before it, uncorrected. */
  readonly divergence: number;
}

/** What depth pruning did. */
export interface DepthReport {
  /** Residual branches of the original. */
  readonly branches: number;
  /** In the order in which they went. */
  readonly removed: readonly PrunedBranch[];
}

/** A weight that became the product of two. */
export interface LowRankLayer {
  readonly node: string;
  readonly rows: number;
  readonly columns: number;
  readonly rank: number;
  /** Share of the squared singular values that is kept. */
  readonly energy: number;
}

/** What a pruning did, gained and cost. */
export interface PruneReport {
  readonly format: 'onnx-press-report';
  readonly version: 1;
  readonly kind: 'prune';
  readonly tool: { readonly name: string; readonly version: string; readonly runtime: string };
  readonly source: { readonly path: string; readonly sizeBytes: number };
  readonly output: { readonly path: string; readonly sizeBytes: number };
  readonly mode: PruneMethod;
  readonly settings: PruneSettings;
  /** The recipe file that repeats this run. */
  readonly recipePath: string;
  /** True when no real data was given: accuracy is unknown. */
  readonly uncalibrated: boolean;
  readonly macs: { readonly before: number; readonly after: number };
  readonly parameters: { readonly before: number; readonly after: number };
  readonly sparsity?: SparsityReport;
  readonly channels?: ChannelReport;
  readonly depth?: DepthReport;
  readonly lowRank?: readonly LowRankLayer[];
  /** One entry a step, where there was training. */
  readonly finetuned?: readonly FineTunedStep[];
  /** How the biases were corrected. */
  readonly recalibration: {
    readonly kind: 'least-squares' | 'moments' | 'batch-normalization' | 'none';
    readonly layers: number;
  };
  readonly accuracy?: AccuracyReport;
  readonly agreement?: Proportion;
  readonly fidelity: readonly OutputFidelity[];
  readonly latency?: LatencyReport;
  readonly kept: readonly LayerKept[];
  readonly rewrites: readonly RewriteRecord[];
  readonly mapping: readonly NodeMapping[];
  readonly skippedSamples: readonly { readonly source: string; readonly reason: string }[];
  readonly warnings: readonly ReportWarning[];
  readonly advice: readonly Advice[];
  /** Seconds by stage. */
  readonly timings: Readonly<Record<string, number>>;
}

export interface PruneResult {
  readonly outputPath: string;
  readonly reportPath: string;
  readonly report: PruneReport;
}

/** Asks what amounts would make of a model, before anything is pruned. */
export interface PrunePreviewParams extends Omit<PruneParams, 'settings' | 'output' | 'evaluationData'> {
  readonly method: PruneMethod;
  readonly amounts: readonly number[];
  readonly protect?: readonly string[];
}

/** What an amount is expected to make of a model. */
export interface PrunePreviewRow {
  readonly amount: number;
  readonly macs: number;
  readonly sizeBytes: number;
  /** How many times as fast as the original, measured for a moment; absent where that would take long. */
  readonly speedup?: number;
}

/** Layers whose channels go or stay together. */
export interface PrunePreviewGroup {
  readonly group: string;
  readonly units: number;
  /** Why nothing of it may go. */
  readonly protection?: string;
}

export interface PrunePreview {
  readonly macs: number;
  readonly sizeBytes: number;
  /** Empty where only the pruning itself can tell. */
  readonly rows: readonly PrunePreviewRow[];
  /** Of channels; else empty. */
  readonly groups: readonly PrunePreviewGroup[];
}

/** Requests about pruning. */
export interface PruneRequests {
  'model/prune': { params: PruneParams; result: PruneResult };
  'model/prunePreview': { params: PrunePreviewParams; result: PrunePreview };
}
