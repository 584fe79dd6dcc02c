import type { NodeRef, QuantizationGrid, TensorRef } from '../../../src/protocol';
import type { GridSummary } from './quantizationGrid';

/** Operator families; each has a colour and a sign in the graph. */
export type OperatorCategory =
  | 'convolution'
  | 'matrix'
  | 'activation'
  | 'normalization'
  | 'pool'
  | 'elementwise'
  | 'reduction'
  | 'shape'
  | 'data'
  | 'quantization'
  | 'recurrent'
  | 'attention'
  | 'control'
  | 'logic'
  | 'other'
  | 'boundary';

export type ItemKind = 'operator' | 'group' | 'branch' | 'input' | 'output';

/**
 * The graph as it is to be drawn: operators, collapsed and expanded groups, inputs and outputs.
 * Items contained in an expanded item point to it; leaves are those that contain nothing.
 */
export interface DisplayGraph {
  /** Containers come before what they contain. */
  readonly items: readonly DisplayItem[];
  readonly edges: readonly DisplayEdge[];
}

export interface DisplayItem {
  /** Stable over reloads, expanding and collapsing: `n:0/12`, `g:0/layer1.0`, `i:0/3`, `o:0/5`. */
  readonly key: string;
  readonly kind: ItemKind;
  /** Index of the expanded item that contains it; -1 at the top. */
  readonly parent: number;
  /** True for an item that shows its content: a group, a node with its subgraphs opened in place, a branch of those. */
  readonly expanded: boolean;
  /** True for an item that can be expanded or collapsed. */
  readonly expandable: boolean;
  /** First line: the operator, or the group's short name. */
  readonly title: string;
  /** The full name of the node, group or tensor. */
  readonly name: string;
  readonly category: OperatorCategory;
  /** Key attributes and weights, as lines of the block. */
  readonly rows: readonly DisplayRow[];
  /** The operators it stands for: one, or all those of a group at any depth. */
  readonly members: readonly NodeRef[];
  /** How many of them a person counts: all but those that are drawn as part of an edge or a row while pairs are folded. */
  readonly nodeCount: number;
  /** Of an input or output. */
  readonly tensor?: TensorRef;
  /** Groups with the same structure carry the same number, and look alike. */
  readonly pattern?: number;
}

export interface DisplayRow {
  readonly kind: 'attribute' | 'weight' | 'quantization' | 'summary';
  readonly label: string;
  readonly value: string;
  readonly tensor?: TensorRef;
  readonly quantization?: QuantizationLabel;
}

/** Parameters of a folded QuantizeLinear/DequantizeLinear pair, or of an operator that carries them itself. */
export interface QuantizationLabel {
  /** `u8 scale 0.0235 zero point 114 range -2.68 .. 3.31`; per channel `s8 per channel (64) scale 0.001 .. 0.02`. */
  readonly text: string;
  /** What fits beside an edge: `u8 -2.68 .. 3.31`, `s8 per channel`. */
  readonly brief: string;
  /** `u8`, `s8 per channel`. */
  readonly short: string;
  readonly grid: QuantizationGrid;
  readonly summary: GridSummary;
  /** The Q and DQ nodes that it stands for. */
  readonly nodes: readonly NodeRef[];
}

/** One tensor, from where it is made to everything visible that reads it. */
export interface DisplayEdge {
  readonly key: string;
  readonly tensor: TensorRef;
  /** Index of the item it leaves; a leaf (a collapsed group counts as one). */
  readonly source: number;
  /** Indices of leaves, each once. */
  readonly targets: readonly number[];
  /** `float32 1×64×56×56`; empty where nothing is known. */
  readonly label: string;
  readonly quantization?: QuantizationLabel;
}

/** What an overlay says of the items of a display graph. */
export interface OverlayView {
  readonly overlay: OverlayKind;
  readonly legend: OverlayLegend;
  /** By item key; an item without an entry has no data. */
  readonly values: ReadonlyMap<string, OverlayMark>;
}

export type OverlayKind = 'category' | 'dataType' | 'range' | 'size' | 'sparsity' | 'latency' | 'sensitivity';

export interface OverlayMark {
  /** The number (or type) drawn on the item: `1.2 MB`, `37 %`, `0.42 ms`, `u8`. */
  readonly text: string;
  /** Absent where the figure is in that of another item. Otherwise 0 (least) to 1 (most) on the scale, or the index of the class in the legend. */
  readonly level?: number;
}

export type OverlayLegend =
  | { readonly kind: 'scale'; readonly title: string; readonly low: string; readonly high: string }
  | {
      readonly kind: 'classes';
      readonly title: string;
      readonly classes: readonly { readonly label: string; readonly count: number }[];
    };

/** How an item differs from the other model's, in a side-by-side view. */
export type ChangeMark = 'added' | 'removed' | 'changed';
