import { widthOf, type Lane, type Layering } from './layering';
import { createSkyline } from './skyline';
import type { Spacing } from './spacing';

/** More crossings than this are saved before a lane runs left instead of right, where people look for it. */
const LEFT_ADVANTAGE = 2;

export const Side = { left: -1, right: 1 } as const;

export interface PlacedLane extends Lane {
  readonly side: number;
  /** Gap in which it leaves its source; gap `g` lies above layer `g`. */
  readonly sourceGap: number;
  /** Gap in which it reaches each of its targets. */
  readonly targetGaps: readonly number[];
}

/** Decides for every lane whether it runs left or right of everything. */
export function chooseSides(layering: Layering): PlacedLane[] {
  const { graph, layerOf, layers, position } = layering;
  const leftOf = (vertex: number) => position[vertex] ?? 0;
  const rightOf = (vertex: number) => (layers[layerOf[vertex] ?? 0]?.length ?? 0) - 1 - (position[vertex] ?? 0);
  return layering.lanes.map((lane) => {
    const { source, targets } = graph.edges[lane.edge] ?? { source: 0, targets: [] };
    const ends = [source, ...lane.targets.map((t) => targets[t] ?? 0)];
    let advantage = 0;
    for (const vertex of ends) advantage += rightOf(vertex) - leftOf(vertex);
    return {
      ...lane,
      side: advantage > LEFT_ADVANTAGE * ends.length ? Side.left : Side.right,
      sourceGap: (layerOf[source] ?? 0) + 1,
      targetGaps: lane.targets.map((t) => layerOf[targets[t] ?? 0] ?? 0),
    };
  });
}

/**
 * Places lanes beside the outermost block of the layers they pass, short ones inside and long ones outside, so that
 * they nest like the skips of a network do. Returns the x of each.
 */
export function placeLanes(
  layering: Layering,
  lanes: readonly PlacedLane[],
  x: Float64Array,
  { laneGap }: Spacing,
): Float64Array {
  const at = new Float64Array(lanes.length);
  for (const side of [Side.left, Side.right]) {
    const mine = lanes.flatMap((lane, index) => (lane.side === side ? [{ index, ...intervalOf(lane) }] : []));
    if (mine.length === 0) continue;
    const outermost = Float64Array.from(layering.layers, (row) => {
      const vertex = row[side === Side.right ? row.length - 1 : 0] ?? 0;
      return side * (x[vertex] ?? 0) + widthOf(layering, vertex) / 2;
    });
    const skyline = createSkyline(outermost);
    mine.sort((a, b) => a.to - a.from - (b.to - b.from) || b.from - a.from || a.index - b.index);
    for (const { index, from, to } of mine) {
      const place = skyline.highest(from, to) + laneGap;
      skyline.raise(from, to, place);
      at[index] = side * place;
    }
  }
  return at;
}

/** Layers that a lane passes, both included. */
function intervalOf({ sourceGap, targetGaps }: PlacedLane): { from: number; to: number } {
  let first = sourceGap;
  let last = sourceGap;
  for (const gap of targetGaps) {
    first = Math.min(first, gap);
    last = Math.max(last, gap);
  }
  return { from: first, to: Math.max(first, last - 1) };
}
