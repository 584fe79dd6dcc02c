import { widthOf, type Lane, type Layering } from './layering';
import { createSkyline } from './skyline';
import type { Spacing } from './spacing';

/** A line in a layer that a lane has to cross counts like so many pixels of length. */
const CROSSING = 150;
/** A lane runs left only if that saves so many pixels for each of its ends; people look for it on the right. */
const LEFT_ADVANTAGE = 40;

export const Side = { left: -1, right: 1 } as const;

export interface PlacedLane extends Lane {
  readonly side: number;
  /** Gap in which it leaves its source; gap `g` lies above layer `g`. */
  readonly sourceGap: number;
  /** Gap in which it reaches each of its targets. */
  readonly targetGaps: readonly number[];
}

/** Decides for every lane whether it runs left or right of everything: where it is shorter and crosses less. */
export function chooseSides(layering: Layering, x: Float64Array): PlacedLane[] {
  const { graph, layerOf, layers, position } = layering;
  if (layering.lanes.length === 0) return [];
  const skylines = {
    left: createSkyline(outermost(layering, x, Side.left)),
    right: createSkyline(outermost(layering, x, Side.right)),
  };
  return layering.lanes.map((lane) => {
    const { source, targets } = graph.edges[lane.edge] ?? { source: 0, targets: [] };
    const ends = [source, ...lane.targets.map((t) => targets[t] ?? 0)];
    const placed = {
      ...lane,
      sourceGap: (layerOf[source] ?? 0) + 1,
      targetGaps: lane.targets.map((t) => layerOf[targets[t] ?? 0] ?? 0),
    };
    const { from, to } = intervalOf(placed);
    const left = skylines.left.highest(from, to);
    const right = skylines.right.highest(from, to);
    let saved = -LEFT_ADVANTAGE * ends.length;
    for (const vertex of ends) {
      const onLeft = position[vertex] ?? 0;
      const onRight = (layers[layerOf[vertex] ?? 0]?.length ?? 0) - 1 - onLeft;
      saved += right - (x[vertex] ?? 0) + CROSSING * onRight - (left + (x[vertex] ?? 0)) - CROSSING * onLeft;
    }
    return { ...placed, side: saved > 0 ? Side.left : Side.right };
  });
}

/** How far each layer reaches to a side, from x = 0. */
function outermost(layering: Layering, x: Float64Array, side: number): Float64Array {
  return Float64Array.from(layering.layers, (row) => {
    const vertex = row[side === Side.right ? row.length - 1 : 0] ?? 0;
    return side * (x[vertex] ?? 0) + widthOf(layering, vertex) / 2;
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
    const skyline = createSkyline(outermost(layering, x, side));
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
function intervalOf({ sourceGap, targetGaps }: Omit<PlacedLane, 'side'>): { from: number; to: number } {
  let first = sourceGap;
  let last = sourceGap;
  for (const gap of targetGaps) {
    first = Math.min(first, gap);
    last = Math.max(last, gap);
  }
  return { from: first, to: Math.max(first, last - 1) };
}
