import type { LevelGraph } from './levelGraph';
import type { Ranks } from './ranks';

/**
 * A tensor that is read at most this many layers below is led through the layers by one chain of line points.
 * Longer ones get one lane beside everything: what they cost must not follow their length.
 */
const LONGEST_CHAIN = 10;

/** Items and line points in layers, with links between neighbouring layers only. */
export interface Layering {
  readonly graph: LevelGraph;
  /** Items first, then line points. */
  readonly vertexCount: number;
  readonly itemCount: number;
  readonly layerOf: Int32Array;
  /** Vertices of each layer from left to right; ordering changes it together with `position`. */
  readonly layers: readonly Int32Array[];
  readonly position: Int32Array;
  readonly links: Links;
  /** Link that reaches target `t` of edge `e`: `targetLinks[e][t]`; -1 where a lane does. */
  readonly targetLinks: readonly Int32Array[];
  readonly lanes: readonly Lane[];
  /** 0 for links that are not on the main path; of several between the same two items, the one to prefer is greatest. */
  readonly isMain: Uint8Array;
}

export interface Links {
  readonly count: number;
  readonly upper: Int32Array;
  readonly lower: Int32Array;
  readonly edge: Int32Array;
  /** Where a link meets its vertices, from their middles; 0 where that is free. */
  readonly upperOffset: Float64Array;
  readonly lowerOffset: Float64Array;
  /** 1 where the content of a container prescribes where a link ends. */
  readonly isLowerFixed: Uint8Array;
  /** Links below vertex `v`: `down[downStart[v] .. downStart[v + 1])`, those of an edge together. */
  readonly downStart: Int32Array;
  readonly down: Int32Array;
  readonly upStart: Int32Array;
  readonly up: Int32Array;
}

/** A tensor on its way in a lane to those targets that are far below, or above in a cycle. */
export interface Lane {
  readonly edge: number;
  /** Indices into the targets of the edge. */
  readonly targets: readonly number[];
}

/** Puts items into layers and leads every tensor from layer to layer. */
export function createLayering(graph: LevelGraph, ranked: Ranks, mainNext: Int32Array): Layering {
  const itemCount = graph.kinds.length;
  const layerOf = Array.from(ranked.ranks);
  const upper: number[] = [];
  const lower: number[] = [];
  const edgeOf: number[] = [];
  const upperOffset: number[] = [];
  const lowerOffset: number[] = [];
  const lowerFixed: number[] = [];
  const main: number[] = [];
  const lanes: Lane[] = [];

  const targetLinks = graph.edges.map(({ source, targets, sourceOffset, targetOffsets, mainEnds }, edge) => {
    const linkOf = new Int32Array(targets.length).fill(-1);
    const from = layerOf[source] ?? 0;
    const near: number[] = [];
    const far: number[] = [];
    targets.forEach((target, t) => {
      const span = (layerOf[target] ?? 0) - from;
      const isNear = span > 0 && (span <= LONGEST_CHAIN || mainNext[source] === target);
      (isNear ? near : far).push(t);
    });
    // A tensor that has a lane anyway takes it to all but those right below.
    if (far.length > 0) {
      const inLane = near.filter((t) => (layerOf[targets[t] ?? 0] ?? 0) - from > 1 && mainNext[source] !== targets[t]);
      far.push(...inLane);
      near.splice(0, near.length, ...near.filter((t) => !inLane.includes(t)));
    }
    if (far.length > 0) lanes.push({ edge, targets: far });
    near.sort((a, b) => (layerOf[targets[a] ?? 0] ?? 0) - (layerOf[targets[b] ?? 0] ?? 0) || a - b);

    let parent = source;
    let parentLayer = from;
    const link = (to: number, toOffset: number, mainness: number) => {
      upper.push(parent);
      lower.push(to);
      edgeOf.push(edge);
      upperOffset.push(parent === source && !Number.isNaN(sourceOffset) ? sourceOffset : 0);
      lowerOffset.push(Number.isNaN(toOffset) ? 0 : toOffset);
      lowerFixed.push(Number.isNaN(toOffset) ? 0 : 1);
      main.push(mainness);
    };
    const mainTarget = near.findIndex((t) => mainNext[source] === targets[t]);
    const mainness = 1 + (mainEnds[near[mainTarget] ?? -1] ?? 0);
    near.forEach((t, index) => {
      const target = targets[t] ?? 0;
      const layer = layerOf[target] ?? 0;
      while (parentLayer + 1 < layer) {
        const point = layerOf.length;
        layerOf.push(++parentLayer);
        link(point, 0, index <= mainTarget ? mainness : 0);
        parent = point;
      }
      linkOf[t] = upper.length;
      link(target, targetOffsets[t] ?? NaN, index === mainTarget ? mainness : 0);
    });
    return linkOf;
  });

  const layers = groupByLayer(layerOf, ranked.layerCount);
  const position = new Int32Array(layerOf.length);
  for (const layer of layers) layer.forEach((vertex, index) => (position[vertex] = index));
  const ups = Int32Array.from(upper);
  const lows = Int32Array.from(lower);
  const [downStart, down] = groupLinks(ups, layerOf.length);
  const [upStart, up] = groupLinks(lows, layerOf.length);
  return {
    graph,
    vertexCount: layerOf.length,
    itemCount,
    layerOf: Int32Array.from(layerOf),
    layers,
    position,
    links: {
      count: ups.length,
      upper: ups,
      lower: lows,
      edge: Int32Array.from(edgeOf),
      upperOffset: Float64Array.from(upperOffset),
      lowerOffset: Float64Array.from(lowerOffset),
      isLowerFixed: Uint8Array.from(lowerFixed),
      downStart,
      down,
      upStart,
      up,
    },
    targetLinks,
    lanes,
    isMain: Uint8Array.from(main),
  };
}

/** Width of a vertex: a line point has none. */
export function widthOf({ graph, itemCount }: Layering, vertex: number): number {
  return vertex < itemCount ? (graph.widths[vertex] ?? 0) : 0;
}

/** Height of a vertex: a line point has none. */
export function heightOf({ graph, itemCount }: Layering, vertex: number): number {
  return vertex < itemCount ? (graph.heights[vertex] ?? 0) : 0;
}

/** True for what has an extent of its own; line points and ports are places on a line. */
export function isBlock(layering: Layering, vertex: number): boolean {
  return vertex < layering.itemCount && layering.graph.kinds[vertex] === 0;
}

function groupByLayer(layerOf: readonly number[], layerCount: number): Int32Array[] {
  const sizes = new Int32Array(layerCount);
  for (const layer of layerOf) sizes[layer] = (sizes[layer] ?? 0) + 1;
  const layers = Array.from(sizes, (size) => new Int32Array(size));
  sizes.fill(0);
  layerOf.forEach((layer, vertex) => {
    const index = sizes[layer] ?? 0;
    const row = layers[layer];
    if (row) row[index] = vertex;
    sizes[layer] = index + 1;
  });
  return layers;
}

function groupLinks(ends: Int32Array, vertexCount: number): [Int32Array, Int32Array] {
  const start = new Int32Array(vertexCount + 1);
  for (const end of ends) start[end + 1] = (start[end + 1] ?? 0) + 1;
  for (let v = 0; v < vertexCount; v++) start[v + 1] = (start[v + 1] ?? 0) + (start[v] ?? 0);
  const next = start.slice();
  const grouped = new Int32Array(ends.length);
  ends.forEach((end, link) => {
    const slot = next[end] ?? 0;
    grouped[slot] = link;
    next[end] = slot + 1;
  });
  return [start, grouped];
}
