import type { Level } from './levels';
import { ItemKind, type LevelGraph, type LevelResult } from './levelGraph';
import type { Spacing } from './spacing';
import type { LayoutGraph, LayoutResult } from './types';

export interface PlacedLevel {
  readonly level: Level;
  readonly result: LevelResult;
}

/**
 * The content of a level as a graph: its children, then a port for every tensor that enters, then one for every
 * tensor that leaves. Containers have the size of their content, which is placed already, and fixed ports.
 */
export function contentOf(
  level: Level,
  graph: LayoutGraph,
  placed: ReadonlyMap<number, PlacedLevel>,
  spacing: Spacing,
): LevelGraph {
  const { children, parts } = level;
  const local = new Map(children.map((child, index) => [child, index]));
  const sizes = children.map((child) => boxSize(child, graph, placed.get(child), spacing));
  const entries = parts.filter(({ source }) => source < 0);
  const exits = parts.filter(({ leaves }) => leaves);
  const entryOf = new Map(entries.map((part, i) => [part, children.length + i]));
  const exitOf = new Map(exits.map((part, i) => [part, children.length + entries.length + i]));
  const portCount = entries.length + exits.length;
  const none = new Array<number>(portCount).fill(0);
  const portAt = (node: number, edge: number, kind: number): Port => {
    const inside = placed.get(node);
    return inside ? portOf(inside, edge, kind, boxSize(node, graph, inside, spacing).width) : { offset: NaN, main: 0 };
  };
  return {
    widths: Float64Array.from([...sizes.map(({ width }) => width), ...none]),
    heights: Float64Array.from([...sizes.map(({ height }) => height), ...none]),
    kinds: Uint8Array.from([
      ...children.map(() => ItemKind.block),
      ...entries.map(() => ItemKind.entry),
      ...exits.map(() => ItemKind.exit),
    ]),
    edges: parts.map((part) => {
      const from = portAt(part.source, part.edge, ItemKind.exit);
      const to = part.targets.map((target) => portAt(target, part.edge, ItemKind.entry));
      const exit = exitOf.get(part);
      const targets = part.targets.map((target) => local.get(target) ?? 0);
      if (exit !== undefined) {
        targets.push(exit);
        to.push({ offset: 0, main: 0 });
      }
      return {
        source: entryOf.get(part) ?? local.get(part.source) ?? 0,
        targets,
        sourceOffset: from.offset,
        targetOffsets: to.map(({ offset }) => offset),
        labelWidth: part.source >= 0 && !placed.has(part.source) ? (graph.edges[part.edge]?.labelWidth ?? 0) : 0,
        mainEnds: to.map(({ main }) => from.main + main),
      };
    }),
  };
}

function boxSize(
  node: number,
  { sizes, headers }: LayoutGraph,
  inside: PlacedLevel | undefined,
  { containerPadding }: Spacing,
): { width: number; height: number } {
  const width = sizes[2 * node] ?? 0;
  const height = sizes[2 * node + 1] ?? 0;
  if (!inside) return { width, height };
  const { result } = inside;
  return {
    width: Math.max(width, result.width + 2 * containerPadding),
    height: Math.max(
      height,
      paddingAbove(inside, containerPadding) +
        result.height +
        paddingBelow(inside, containerPadding) +
        (headers[node] ?? 0),
    ),
  };
}

/** None where tensors enter: the gap in which they spread is room enough. */
function paddingAbove({ level }: PlacedLevel, padding: number): number {
  return level.parts.some(({ source }) => source < 0) ? 0 : padding;
}

function paddingBelow({ level }: PlacedLevel, padding: number): number {
  return level.parts.some(({ leaves }) => leaves) ? 0 : padding;
}

interface Port {
  /** From the middle of the container's border; NaN for a block, whose ports are free. */
  readonly offset: number;
  /** 1 for a port of the main path of the container's content. */
  readonly main: number;
}

function portOf(placed: PlacedLevel, edge: number, kind: number, width: number): Port {
  const { level, result } = placed;
  const entries = level.parts.filter(({ source }) => source < 0);
  const list = kind === ItemKind.entry ? entries : level.parts.filter(({ leaves }) => leaves);
  const before = level.children.length + (kind === ItemKind.entry ? 0 : entries.length);
  const index = before + list.findIndex((part) => part.edge === edge);
  return { offset: contentLeft(width, placed) + (result.x[index] ?? 0) - width / 2, main: result.isMain[index] ?? 0 };
}

/** Where the content of a container begins, from its left border: in the middle. */
function contentLeft(width: number, { result }: PlacedLevel): number {
  return (width - result.width) / 2;
}

/** Puts the levels into each other and joins the pieces of every tensor across the borders. */
export function composeLevels(
  graph: LayoutGraph,
  levels: readonly Level[],
  placed: ReadonlyMap<number, PlacedLevel>,
  spacing: Spacing,
): LayoutResult {
  const boxes = new Float64Array(4 * graph.parents.length);
  const labels = new Float32Array(2 * graph.edges.length).fill(NaN);
  const paths: number[][][] = graph.edges.map(({ targets }) => targets.map(() => []));
  const points: number[] = [];
  const pieceStarts: number[] = [0];
  const pieceEdges: number[] = [];
  const pieceInLane: number[] = [];
  let width = 0;
  let height = 0;

  for (const level of levels) {
    const one = placed.get(level.container);
    if (!one) continue;
    const { result } = one;
    const box = level.container * 4;
    const isTop = level.container < 0;
    const boxTop = isTop ? 0 : (boxes[box + 1] ?? 0);
    const boxBottom = isTop ? result.height : boxTop + (boxes[box + 3] ?? 0);
    const left = isTop ? 0 : (boxes[box] ?? 0) + contentLeft(boxes[box + 2] ?? 0, one);
    const top = isTop
      ? 0
      : boxTop + paddingAbove(one, spacing.containerPadding) + (graph.headers[level.container] ?? 0);
    if (isTop) ({ width, height } = result);

    level.children.forEach((child, index) => {
      const size = boxSize(child, graph, placed.get(child), spacing);
      boxes.set([left + (result.x[index] ?? 0), top + (result.y[index] ?? 0), size.width, size.height], 4 * child);
    });
    const firstPiece = pieceEdges.length;
    for (const piece of result.pieces) {
      const part = level.parts[piece.edge];
      for (let i = 0; i < piece.points.length; i += 2)
        points.push(left + (piece.points[i] ?? 0), top + (piece.points[i + 1] ?? 0));
      pieceStarts.push(points.length / 2);
      pieceEdges.push(part?.edge ?? 0);
      pieceInLane.push(piece.inLane ? 1 : 0);
    }
    level.parts.forEach((part, p) => {
      const partPaths = result.paths[p] ?? [];
      if (part.source < 0) {
        for (const path of partPaths) stretch(points, pieceStarts[(path[0] ?? -1) + firstPiece] ?? -1, boxTop);
      }
      if (part.leaves) {
        const exit = partPaths[partPaths.length - 1] ?? [];
        stretch(points, (pieceStarts[(exit[exit.length - 1] ?? -1) + firstPiece + 1] ?? 0) - 1, boxBottom);
      }
      for (const [t, index] of part.reached) {
        const path = partPaths[index < 0 ? partPaths.length - 1 : index] ?? [];
        const whole = paths[part.edge]?.[t] ?? [];
        const moved = path.map((piece) => piece + firstPiece);
        // Levels come from the outside in: what leaves the source goes before, what leads to the target after.
        if (part.leaves && index < 0) whole.unshift(...moved);
        else whole.push(...moved);
      }
      const labelX = result.labelX[p] ?? NaN;
      if (!Number.isNaN(labelX)) labels.set([left + labelX, top + (result.labelY[p] ?? 0)], 2 * part.edge);
    });
  }
  return {
    width,
    height,
    boxes,
    points: Float32Array.from(points),
    pieceStarts: Uint32Array.from(pieceStarts),
    pieceEdges: Uint32Array.from(pieceEdges),
    pieceInLane: Uint8Array.from(pieceInLane),
    paths,
    labels,
  };
}

/** Moves a point of a piece up or down to a border. */
function stretch(points: number[], point: number, y: number): void {
  if (point >= 0) points[2 * point + 1] = y;
}
