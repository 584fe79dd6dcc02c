import type { Advice, AdviceAction } from './advice';
import type { EvaluationDataParams } from './evaluate';
import type { LayerErrorParams, LayerErrorResult } from './layerErrors';
import type { Sentence } from './sentence';

/** What is checked: which kernels a model runs in and, with data, whether its integer sums saturate on old processors. */
export interface FusionParams extends EvaluationDataParams {
  readonly model: string;
}

/**
 * How ONNX Runtime runs a node of the file:
 * - `int8`: in an integer kernel;
 * - `float`: in a floating point kernel;
 * - `fused`: as part of the kernel of another node;
 * - `conversion`: it quantizes or dequantizes at run time;
 * - `removed`: not at all; it is folded into a constant or does nothing;
 * - `other`: it computes shapes, indices or the like.
 */
export type FusionVerdict = 'int8' | 'float' | 'fused' | 'conversion' | 'removed' | 'other';

/** Why a node does not run in an integer kernel; `values` are `operator`, `node`, and `input`, counted from 1. */
export type FusionReason = Sentence<
  | 'no-kernel'
  | 'not-quantized'
  | 'wide-activations'
  | 'only-weight'
  | 'input-float'
  | 'operand-float'
  | 'one-input-float'
  | 'model-output'
  | 'also-read'
  | 'read-in-float'
  | 'node-between'
  | 'range-behind'
  | 'different-parameters'
  | 'unsupported-combination'
>;

/** What to do about it. */
export type FusionFix = Sentence<
  | 'island'
  | 'uint8-activations'
  | 'exclude'
  | 'quantize-input'
  | 'exclude-or-quantize-output'
  | 'read-dequantized'
  | 'calibrate-behind'
  | 'same-parameters'
>;

export interface FusionNode {
  readonly node: string;
  readonly opType: string;
  readonly verdict: FusionVerdict;
  /** The operator of the kernel: `QLinearConv`, `FusedConv`; absent for nodes that are removed. */
  readonly kernel?: string;
  /** The node whose kernel it is a part of; of `fused` nodes. */
  readonly into?: string;
  /** Conversions right before and behind it, in the graph that runs; of `float` nodes that have any. */
  readonly conversions?: { readonly before: number; readonly after: number };
  /** Of `float` nodes in quantized models. */
  readonly reason?: FusionReason;
  /** What to do about it, and the same as data. */
  readonly fix?: FusionFix;
  readonly action?: AdviceAction;
}

export interface FusionResult {
  readonly model: string;
  /** True when the model holds quantized operators at all. */
  readonly quantized: boolean;
  readonly runtime: string;
  /** Nodes of the main graph in the file's order. */
  readonly nodes: readonly FusionNode[];
  readonly counts: Readonly<Record<FusionVerdict, number>>;
  /** QuantizeLinear and DequantizeLinear that run. */
  readonly conversions: number;
  /** Nodes of subgraphs, which are not looked at. */
  readonly subgraphNodes: number;
  /** With data, of quantized models. */
  readonly portability?: PortabilityResult;
  readonly advice: readonly Advice[];
}

/**
 * Whether the sums of a layer saturate on x86 processors without VNNI:
 * - `exact`: no activations can make them;
 * - `exact-on-data`: some could, none of those that were looked at did;
 * - `saturates`: some did.
 */
export type PortabilityVerdict = 'exact' | 'exact-on-data' | 'saturates';

export interface LayerPortability {
  readonly node: string;
  readonly opType: string;
  readonly verdict: PortabilityVerdict;
  /** Pairs of weights that could saturate with activations of 255. */
  readonly riskyPairs: number;
  /** Sums of pairs that were computed exactly, and how many of them leave the range of int16. */
  readonly sums: number;
  readonly saturated: number;
  /** Positions of the output that were looked at. */
  readonly positions: number;
}

/**
 * Whether all layers together are exact: there are none, some saturate, none can, none did on the data. `values` are
 * `layers`, the number of `saturating` ones, the `names` of the first of them and how many `more` there are, the number
 * of `open` ones, that other data could make saturate, and the `positions` and `samples` that were looked at.
 */
export type PortabilitySentence = Sentence<'no-layers' | PortabilityVerdict>;

export interface PortabilityResult {
  /** True when no layer saturates. */
  readonly exact: boolean;
  readonly verdict: PortabilitySentence;
  readonly samples: number;
  readonly data: string;
  readonly layers: readonly LayerPortability[];
  /** 7-bit weights for the layers that saturate. */
  readonly action?: AdviceAction;
}

/** Requests about the kernels of a model. */
export interface FusionRequests {
  'model/fusion': { params: FusionParams; result: FusionResult };
  'model/layerErrors': { params: LayerErrorParams; result: LayerErrorResult };
}
