/**
 * The content of one container as a graph of its own: items in no box, and tensors that enter and leave it.
 * Where a tensor crosses the container's border, a port stands in for what is outside.
 */
export interface LevelGraph {
  readonly widths: Float64Array;
  readonly heights: Float64Array;
  readonly kinds: Uint8Array;
  readonly edges: readonly LevelEdge[];
}

export const ItemKind = { block: 0, entry: 1, exit: 2 } as const;

export interface LevelEdge {
  readonly source: number;
  readonly targets: readonly number[];
  /** Where it leaves the source, from the source's middle; NaN where the layout may choose. */
  readonly sourceOffset: number;
  readonly targetOffsets: readonly number[];
  readonly labelWidth: number;
  /** How much it is the main path of the containers that it comes from and leads to, for every target: 0 to 2. */
  readonly mainEnds: readonly number[];
  /** How many tensors run together in this edge. */
  readonly tensorCount: number;
}

export interface LevelResult {
  readonly width: number;
  readonly height: number;
  /** Top left of every item; ports have no size. */
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly pieces: readonly LevelPiece[];
  /** Pieces from the source of edge `e` to its `t`-th target: `paths[e][t]`. */
  readonly paths: readonly (readonly (readonly number[])[])[];
  /** Middle of the label of each edge, NaN where it has none. */
  readonly labelX: Float64Array;
  readonly labelY: Float64Array;
  /** 1 for items on the main path. */
  readonly isMain: Uint8Array;
}

export interface LevelPiece {
  readonly edge: number;
  /** x and y alternating, in the direction of the data. */
  readonly points: number[];
  readonly inLane: boolean;
}
