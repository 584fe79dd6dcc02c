/** The weight-free graph that the graph panel draws, and what it may ask for afterwards. */

/** Everything about a model but its weights. References are indices, so that ten thousand nodes stay a few megabytes. */
export interface GraphDocument {
  readonly version: 1;
  /** The file's base name; the webview never knows a path. */
  readonly name: string;
  readonly sizeBytes: number;
  readonly externalBytes: number;
  /** Files that hold weights, relative to the folder of the model; absent where the model holds all of them itself. */
  readonly dataFiles?: readonly string[];
  readonly irVersion: number;
  readonly producer: string;
  readonly description: string;
  readonly opsets: readonly { readonly domain: string; readonly version: number }[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly parameterCount: number;
  /** The main graph first, then the bodies of subgraphs and functions. */
  readonly graphs: readonly GraphBody[];
  /** What is wrong with the model, one English sentence each: a cycle, missing external data. */
  readonly notes: readonly string[];
}

export interface GraphBody {
  readonly name: string;
  readonly kind: 'main' | 'subgraph' | 'function';
  /** The node and attribute that hold a subgraph; absent for the main graph and for functions. */
  readonly owner?: { readonly graph: number; readonly node: number; readonly attribute: string };
  /** In the file's order. */
  readonly nodes: readonly GraphNode[];
  readonly tensors: readonly GraphTensor[];
  /** Indices of tensors; initializers listed as inputs are left out. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

export interface GraphNode {
  /** The file's name; a made-up unique one, as every report uses it, where the file has none. */
  readonly name: string;
  readonly operator: string;
  /** Empty for the standard domain. */
  readonly domain: string;
  /** Indices of tensors; -1 for an input that is left out. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly attributes: readonly GraphAttribute[];
  /** Where the node was made, outermost first, from metadata_props; absent where the file does not say. */
  readonly scope?: readonly string[];
  /** The line of Python that made the node; absent where the file does not say. */
  readonly source?: SourceLine;
  readonly description?: string;
  /** Indices of the bodies of its subgraphs. */
  readonly subgraphs?: readonly number[];
  /** Index of the body of the function it calls. */
  readonly function?: number;
}

/** A line of a script; lines count from 1. */
export interface SourceLine {
  /** As the exporter noted it, usually an absolute path of the machine that it ran on. */
  readonly file: string;
  readonly line: number;
}

export interface GraphAttribute {
  readonly name: string;
  /** `int`, `float`, `string`, `ints`, `floats`, `strings`, `tensor`, `graph`, `type`... */
  readonly type: string;
  /** Short text of the value, cut with an ellipsis where it is long. */
  readonly text: string;
}

/** A size: a number, the name of a symbolic one, or null where unknown. */
export type Dimension = number | string | null;

export interface GraphTensor {
  readonly name: string;
  /** `float32`, `uint8`, `string`, `sequence(float32)`...; absent where the file does not say. */
  readonly type?: string;
  readonly dims?: readonly Dimension[];
  /** Present on initializers, sparse initializers and the values of Constant nodes. */
  readonly weight?: GraphWeight;
  /** The tensor of an outer graph that this name captures. */
  readonly outer?: { readonly graph: number; readonly tensor: number };
}

export interface GraphWeight {
  readonly kind: 'initializer' | 'sparse' | 'constant';
  readonly elements: number;
  /** Stored size; of sparse weights, values and indices. */
  readonly bytes: number;
  /** True when the bytes are in another file. */
  readonly external: boolean;
  /** The values, where there are at most 64 of them and they are numbers. */
  readonly values?: readonly number[];
  /** The smallest and the largest of 65 to 65,536 numbers (scales and zero points of a channel each). */
  readonly range?: readonly [number, number];
}

/** Names a node of a document. */
export interface NodeRef {
  readonly graph: number;
  readonly node: number;
}

/** Names a tensor of a document. */
export interface TensorRef {
  readonly graph: number;
  readonly tensor: number;
}

/** Types and shapes that ONNX Runtime inferred where the file does not say. */
export interface GraphShapes {
  readonly tensors: readonly {
    readonly graph: number;
    readonly tensor: number;
    readonly type: string;
    readonly dims: readonly Dimension[];
  }[];
  /** Why there are none: one English sentence. */
  readonly problem?: string;
}

/** Counts of values in equal bins. */
export interface Histogram {
  /** Lower edge of the first bin and upper edge of the last one. */
  readonly low: number;
  readonly high: number;
  readonly counts: readonly number[];
}

/** The grid that an integer type puts on real values. */
export interface QuantizationGrid {
  readonly dataType: string;
  /** One each, or one per channel along `axis`. */
  readonly scales: readonly number[];
  readonly zeroPoints: readonly number[];
  readonly axis?: number;
  readonly blockSize?: number;
  /** Smallest and largest integer. */
  readonly integerRange: readonly [number, number];
}

/** What the inspector shows of a weight. Figures are of the real (dequantized) values where `quantization` is there. */
export interface WeightDetails {
  readonly elements: number;
  readonly minimum: number;
  readonly maximum: number;
  readonly mean: number;
  readonly standardDeviation: number;
  readonly zeros: number;
  /** NaN and infinite values; left out of every other figure. */
  readonly nonFinite: number;
  /** Norms of the finite values. */
  readonly l1: number;
  readonly l2: number;
  readonly histogram: Histogram;
  readonly quantization?: QuantizationGrid;
  /** Along `axis`, one entry a channel; at most 4,096 channels. */
  readonly channels?: {
    readonly axis: number;
    readonly minimum: readonly number[];
    readonly maximum: readonly number[];
    readonly zeroShare: readonly number[];
  };
  /** Kept share of cells of the weight seen as a matrix (output channels by all the rest), at most 128 x 128 cells. */
  readonly mask: {
    readonly rows: number;
    readonly columns: number;
    /** Row by row, 0 (all pruned) to 1 (all kept). */
    readonly kept: readonly number[];
    /** How many rows and columns of the matrix are all zero. */
    readonly zeroRows: number;
    readonly zeroColumns: number;
    readonly matrixRows: number;
    readonly matrixColumns: number;
  };
}

/** One range that a calibration method chose. */
export interface RangeOfMethod {
  readonly method: string;
  readonly minimum: number;
  readonly maximum: number;
  /** Share of the observed values outside, 0..1. */
  readonly clippedShare: number;
}

/** What calibration saw of an activation. */
export interface ActivationDetails {
  readonly tensor: string;
  readonly samples: number;
  readonly minimum: number;
  readonly maximum: number;
  readonly histogram: Histogram;
  readonly chosen?: RangeOfMethod & {
    readonly dataType: string;
    readonly scale: number;
    readonly zeroPoint: number;
  };
  /** What every method would choose from the same histogram. */
  readonly methods: readonly RangeOfMethod[];
}

/** Figures that an overlay draws on nodes, from runs and reports of this model. */
export type MeasuredOverlay = 'range' | 'latency' | 'sensitivity';

export interface OverlayData {
  readonly overlay: MeasuredOverlay;
  /** Node name (main graph) to figure: share 0..1 for `range`, milliseconds for `latency`, KL divergence for `sensitivity`. */
  readonly values: Readonly<Record<string, OverlayValue>>;
  /** What they were measured on and when, one English sentence. */
  readonly origin: string;
}

export interface OverlayValue {
  readonly value: number;
  /** More to say in the inspector: `2 of 9,216 values saturate`. */
  readonly detail?: string;
  /** The node that the figure of this one is in, since both run as one; `value` is 0 then. */
  readonly fusedInto?: string;
}

/** Which nodes of one model became which of the other. */
export interface GraphMapping {
  /** Where the pairs come from: the report of a run, or equal names and structure. */
  readonly from: 'report';
  readonly pairs: readonly { readonly first: readonly string[]; readonly second: readonly string[] }[];
}

/** How the latency of nodes is measured. */
export interface GraphProfileParams {
  readonly path: string;
  /** Runs that count, 3 to 1,000; as many as fit into some seconds when absent. */
  readonly runs?: number;
  /** Sizes of dynamic inputs, and values to feed, by input name; as in a quantize request. */
  readonly shapes?: Readonly<Record<string, readonly number[]>>;
  readonly fills?: Readonly<Record<string, number>>;
  readonly threads?: number;
  readonly seed?: number;
}

/** How the sensitivity of layers is measured. */
export interface GraphSensitivityParams {
  readonly path: string;
  /** Dataset file or folder; absent only with `synthetic`. */
  readonly data?: string;
  readonly synthetic?: boolean;
  /** Samples that calibrate and measure, 1 to 512; 64 when absent. */
  readonly samples?: number;
  readonly shapes?: Readonly<Record<string, readonly number[]>>;
  readonly fills?: Readonly<Record<string, number>>;
  readonly threads?: number;
  readonly seed?: number;
}

/** Nodes whose channels go or stay together, and how many of them the pruning that wrote the model removed. */
export interface GraphPrunedGroup {
  /** The node that makes the channels. */
  readonly group: string;
  readonly nodes: readonly string[];
  readonly channels: number;
  readonly removed: number;
}

/** Channels that hang together: a pruning that removes one takes it out of every maker and reader. */
export interface GraphCoupledGroup {
  /** What pruning and its reports call the group: the first node that makes the channels, `#2` for its second group. */
  readonly group: string;
  readonly channels: number;
  /** Nodes whose weights make the channels, in the order of the analysis; a node is in one of the three lists only. */
  readonly makers: readonly string[];
  /** Nodes whose weights sum over the channels. */
  readonly readers: readonly string[];
  /** Nodes that pass the channels on and have no weight of them. */
  readonly carriers: readonly string[];
  /** Why none of the channels may be removed, in one English sentence; absent when they may. */
  readonly protection?: string;
}

/** How the channels of the main graph hang together. */
export interface GraphCoupling {
  readonly groups: readonly GraphCoupledGroup[];
  /** Why there are none: one English sentence. */
  readonly problem?: string;
}

/** Requests about graphs from the host to the engine. `path` is the model file. */
export interface GraphRequests {
  'graph/load': { params: { path: string }; result: GraphDocument };
  'graph/shapes': { params: { path: string }; result: GraphShapes };
  /** Loads the model, and may run it once on generated inputs. */
  'graph/coupling': { params: { path: string }; result: GraphCoupling };
  'graph/weight': { params: { path: string } & TensorRef; result: WeightDetails };
  /** `count` is at most 1,024; strings for integers beyond 2^53 and for string tensors. */
  'graph/weightPage': {
    params: { path: string; offset: number; count: number } & TensorRef;
    result: { readonly total: number; readonly values: readonly (number | string)[] };
  };
  'graph/exportWeight': { params: { path: string; output: string } & TensorRef; result: { readonly bytes: number } };
  /** Null when no calibration of this model was kept. */
  'graph/activation': { params: { path: string; tensor: string }; result: ActivationDetails | null };
  /** What is there already; null when nothing was measured. Never runs the model. */
  'graph/overlay': { params: { path: string; overlay: MeasuredOverlay }; result: OverlayData | null };
  /** Runs the model on generated inputs and times every node; the figures are kept for `graph/overlay`. */
  'graph/profile': { params: GraphProfileParams; result: OverlayData };
  /** Quantizes one layer at a time and measures what that does to the outputs; the figures are kept too. */
  'graph/sensitivity': { params: GraphSensitivityParams; result: OverlayData };
  /** The groups that a node belongs to; empty for a model that no pruning of channels wrote. */
  'graph/pruned': { params: { path: string; node: string }; result: readonly GraphPrunedGroup[] };
  /** Null when no report ties the two files. */
  'graph/mapping': { params: { first: string; second: string }; result: GraphMapping | null };
}
