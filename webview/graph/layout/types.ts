/**
 * What the layout works on: boxes in boxes, and one edge per tensor. Plain numbers, so that it crosses to a worker.
 * Lengths are CSS pixels at scale 1; y grows downwards, the direction in which data flows.
 */
export interface LayoutGraph {
  /** Width and height of every node, two numbers each; those of containers are computed. */
  readonly sizes: Float64Array;
  /** Container of every node, -1 at the top; a container comes before what it contains. */
  readonly parents: Int32Array;
  /** Room that a container keeps above its content for its title; 0 for other nodes. */
  readonly headers: Float64Array;
  /** Equal positive numbers for containers with the same content, which then get the same arrangement; 0 for others. */
  readonly patterns: Int32Array;
  readonly edges: readonly LayoutEdge[];
}

export interface LayoutEdge {
  /** A leaf. */
  readonly source: number;
  /** Leaves, each once. */
  readonly targets: readonly number[];
  /** Width of the text beside the edge, which is kept free where it costs little; 0 without one. */
  readonly labelWidth: number;
}

/** Where everything is. The top left of the drawing is 0, 0. */
export interface LayoutResult {
  readonly width: number;
  readonly height: number;
  /** x and y of the top left, width, height: four numbers a node, containers included. */
  readonly boxes: Float64Array;
  /**
   * Polylines of all edges, x and y alternating; piece `p` is the points from `pieceStarts[p]` to `pieceStarts[p + 1]`
   * (in points, not numbers). A trunk that several targets share is one piece.
   */
  readonly points: Float32Array;
  readonly pieceStarts: Uint32Array;
  /** Edge of each piece. */
  readonly pieceEdges: Uint32Array;
  /** 1 for pieces that run in a lane beside the main column (long skips, drawn lightly), otherwise 0. */
  readonly pieceInLane: Uint8Array;
  /** Pieces from source to target in order, for edge `e` and its `t`-th target: `paths[e][t]`. */
  readonly paths: readonly (readonly (readonly number[])[])[];
  /** Middle of the text of each edge, two numbers an edge; NaN where it has none. */
  readonly labels: Float32Array;
}
