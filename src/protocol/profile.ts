import type { ModelFileFacts } from './evaluate';
import type { Spread } from './report';

/** What runs a model: the processor, or an accelerator that the runtime was built for. */
export type ExecutionProvider = 'cpu' | 'webgpu' | 'cuda' | 'dml' | 'coreml';

/** What to profile, and how. */
export interface ProfileParams {
  readonly model: string;
  /** `cpu` when absent. */
  readonly provider?: ExecutionProvider;
  /** Batch sizes to measure, where the model leaves its batch open; the first one is reported node by node. */
  readonly batches?: readonly number[];
  /** Runs that count, 3 to 1,000, of each batch size; as many as fit into some seconds when absent. */
  readonly runs?: number;
  /** Sizes of dynamic inputs, and values to feed, by input name; as in a quantize request. */
  readonly shapes?: Readonly<Record<string, readonly number[]>>;
  readonly fills?: Readonly<Record<string, number>>;
  readonly threads?: number;
  readonly seed?: number;
}

/**
 * What became of a node of the file in ONNX Runtime: `measured`: a kernel of its own, `fused`: part of another node's
 * kernel, `folded`: computed once at load, `removed`: does nothing, `nested`: inside the node that holds its subgraph.
 */
export type NodeFate = 'measured' | 'fused' | 'folded' | 'removed' | 'nested';

export interface ProfiledNode {
  readonly name: string;
  readonly opType: string;
  readonly fate: NodeFate;
  /** The node whose kernel does its work, or that holds its subgraph. */
  readonly into?: string;
  /** Milliseconds a run, over the runs; of measured nodes. */
  readonly ms?: Spread;
  /** Share of the time of all nodes, 0..1. */
  readonly share?: number;
  /** Operators of the kernels that ran for it, as ONNX Runtime calls them. */
  readonly kernels?: readonly string[];
  /** Multiply-accumulates a run, those of the nodes fused into it left out; absent for operators that are not counted. */
  readonly macs?: number;
}

export interface ProfiledOperator {
  readonly opType: string;
  /** Nodes with a kernel of their own. */
  readonly nodes: number;
  readonly ms: Spread;
  readonly share: number;
  readonly macs: number;
}

/** What one batch size costs. */
export interface ProfiledBatch {
  readonly batchSize: number;
  readonly runs: number;
  /** Milliseconds of a whole run without the profiler. */
  readonly runMs: Spread;
  /** Milliseconds of a whole run with the profiler on, which takes some microseconds for each kernel. */
  readonly profiledMs: Spread;
  /** The time of all nodes together, without what the profiler takes. */
  readonly nodesMs: Spread;
  /** The time of a run outside ONNX Runtime: handing over what is fed and what comes out. It belongs to no node. */
  readonly callMs: Spread;
  /** The time of all nodes and of the call, by that of a whole run, pair by pair; 1 where both agree. */
  readonly coverage: number;
  readonly samplesPerSecond: number;
}

export interface ProfileResult {
  readonly model: ModelFileFacts;
  readonly runtime: string;
  readonly provider: ExecutionProvider;
  /** Nodes by what ran them, as ONNX Runtime names it: `CPUExecutionProvider`. */
  readonly nodesByProvider: Readonly<Record<string, number>>;
  readonly threads: number;
  readonly warmup: number;
  /** In the order asked for. */
  readonly batches: readonly ProfiledBatch[];
  /** Every node of the file, in its order, measured with the first batch size. */
  readonly nodes: readonly ProfiledNode[];
  /** By time, the longest first. */
  readonly operators: readonly ProfiledOperator[];
  /** Conversions that ONNX Runtime added and that belong to no node, the longest first. */
  readonly added: readonly { readonly opType: string; readonly count: number; readonly ms: number }[];
  /** Of the time of all nodes, the share that belongs to no node of the file, 0..1. */
  readonly unassignedShare: number;
  /** Of the first batch size; `uncounted` operators are not estimated, with how many nodes have them. */
  readonly macs: { readonly total: number; readonly uncounted: Readonly<Record<string, number>> };
  /** Milliseconds that the profiler adds to the time of each kernel; taken off above. */
  readonly profilerKernelMs: number;
  readonly memory: {
    /** The most that the process has held so far. */
    readonly peakBytes: number;
    /** What it held before the model was loaded. */
    readonly beforeBytes: number;
    readonly weightBytes: number;
  };
  /** What was not done as asked, one English sentence each. */
  readonly notes: readonly string[];
}
