import { contentLeft, contentTop, sizeOf, type PlacedLevel } from './levelContent';
import type { LevelPiece } from './levelGraph';
import type { EdgePart, Level } from './levels';
import type { Spacing } from './spacing';
import type { LayoutGraph, LayoutResult } from './types';

/** Where the content of a level is in the drawing. */
interface Frame {
  readonly left: number;
  readonly top: number;
  /** Borders of the container, where tensors enter and leave. */
  readonly borderTop: number;
  readonly borderBottom: number;
}

interface Drawing {
  readonly boxes: Float64Array;
  readonly labels: Float32Array;
  readonly paths: number[][][];
  readonly points: number[];
  readonly pieceStarts: number[];
  readonly pieceEdges: number[];
  readonly pieceInLane: number[];
}

/** Puts the levels into each other and joins the pieces of every tensor across the borders. */
export function composeLevels(
  graph: LayoutGraph,
  levels: readonly Level[],
  placed: ReadonlyMap<number, PlacedLevel>,
  spacing: Spacing,
): LayoutResult {
  const drawing: Drawing = {
    boxes: new Float64Array(4 * graph.parents.length),
    labels: new Float32Array(2 * graph.edges.length).fill(NaN),
    paths: graph.edges.map(({ targets }) => targets.map(() => [])),
    points: [],
    pieceStarts: [0],
    pieceEdges: [],
    pieceInLane: [],
  };
  // Levels come from the outside in, so that the box of a container is known before its content.
  for (const { container } of levels) {
    const one = placed.get(container);
    if (!one) continue;
    const frame = frameOf(container, one, graph, drawing.boxes, spacing);
    one.level.children.forEach((child, index) => {
      const { width, height } = sizeOf(child, graph, placed.get(child), spacing);
      const x = frame.left + (one.result.x[index] ?? 0);
      drawing.boxes.set([x, frame.top + (one.result.y[index] ?? 0), width, height], 4 * child);
    });
    const starts = one.bundles.map(() => new Map<number, number[]>());
    one.result.pieces.forEach((piece, index) => {
      const drawn = (one.bundles[piece.edge] ?? []).map(({ edge }) => addPiece(drawing, piece, edge, frame));
      starts[piece.edge]?.set(index, drawn);
    });
    one.bundles.forEach((bundle, e) => {
      bundle.forEach((part, member) => {
        const pathsHere = (one.result.paths[e] ?? []).map((path) =>
          path.map((piece) => starts[e]?.get(piece)?.[member] ?? 0),
        );
        joinPaths(drawing, part, pathsHere, frame);
      });
      const [x = NaN, y = NaN] = [one.result.labelX[e], one.result.labelY[e]];
      const edge = bundle[0]?.edge ?? -1;
      if (!Number.isNaN(x) && edge >= 0) drawing.labels.set([frame.left + x, frame.top + y], 2 * edge);
    });
  }
  const { width = 0, height = 0 } = placed.get(-1)?.result ?? {};
  return {
    width,
    height,
    boxes: drawing.boxes,
    points: Float32Array.from(drawing.points),
    pieceStarts: Uint32Array.from(drawing.pieceStarts),
    pieceEdges: Uint32Array.from(drawing.pieceEdges),
    pieceInLane: Uint8Array.from(drawing.pieceInLane),
    paths: drawing.paths,
    labels: drawing.labels,
  };
}

function frameOf(
  container: number,
  placed: PlacedLevel,
  { headers }: LayoutGraph,
  boxes: Float64Array,
  { containerPadding }: Spacing,
): Frame {
  if (container < 0) return { left: 0, top: 0, borderTop: 0, borderBottom: placed.result.height };
  const [x = 0, y = 0, width = 0, height = 0] = boxes.subarray(4 * container, 4 * container + 4);
  return {
    left: x + contentLeft(width, placed),
    top: y + contentTop(placed, headers[container] ?? 0, containerPadding),
    borderTop: y,
    borderBottom: y + height,
  };
}

function addPiece(drawing: Drawing, { points, inLane }: LevelPiece, edge: number, { left, top }: Frame): number {
  for (let i = 0; i < points.length; i += 2) drawing.points.push(left + (points[i] ?? 0), top + (points[i + 1] ?? 0));
  drawing.pieceStarts.push(drawing.points.length / 2);
  drawing.pieceInLane.push(inLane ? 1 : 0);
  return drawing.pieceEdges.push(edge) - 1;
}

/** Adds what a part contributes to the paths of its edge, led to the borders where it enters or leaves. */
function joinPaths(drawing: Drawing, part: EdgePart, pathsHere: readonly number[][], frame: Frame): void {
  const exit = pathsHere[pathsHere.length - 1] ?? [];
  if (part.source < 0) for (const path of pathsHere) stretch(drawing, path[0], 0, frame.borderTop);
  if (part.leaves) stretch(drawing, exit[exit.length - 1], 1, frame.borderBottom);
  for (const [t, index] of part.reached) {
    const whole = drawing.paths[part.edge]?.[t] ?? [];
    // From the outside in: what leaves the source goes before, what leads to the target after.
    if (part.leaves && index < 0) whole.unshift(...exit);
    else whole.push(...(pathsHere[index] ?? []));
  }
}

/** Moves the first (`end` 0) or last point (`end` 1) of a piece up or down to a border. */
function stretch({ points, pieceStarts }: Drawing, piece: number | undefined, end: 0 | 1, y: number): void {
  if (piece === undefined) return;
  const point = (pieceStarts[piece + end] ?? 0) - end;
  points[2 * point + 1] = y;
}
