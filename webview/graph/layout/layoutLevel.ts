import { layoutComponent } from './layoutComponent';
import { ItemKind, type LevelGraph, type LevelPiece, type LevelResult } from './levelGraph';
import type { Spacing } from './spacing';

/** Rows of parts that nothing ties together get about as wide as this, if no part is wider. */
const ROW_WIDTH = 1600;

/** Lays out the content of one container: its connected parts each on its own, beside each other. */
export function layoutLevel(graph: LevelGraph, spacing: Spacing): LevelResult {
  const parts = splitParts(graph);
  const [only] = parts;
  if (!only) return emptyResult();
  if (parts.length === 1) return layoutComponent(graph, spacing);
  const results = parts.map((part) => layoutComponent(part.graph, spacing));
  return pack(graph, parts, results, spacing);
}

interface Part {
  readonly graph: LevelGraph;
  readonly items: readonly number[];
  readonly edges: readonly number[];
}

function emptyResult(): LevelResult {
  const none = new Float64Array();
  return {
    width: 0,
    height: 0,
    x: none,
    y: none,
    pieces: [],
    paths: [],
    labelX: none,
    labelY: none,
    isMain: new Uint8Array(),
  };
}

function splitParts(graph: LevelGraph): Part[] {
  const root = Int32Array.from(graph.kinds, (_, i) => i);
  const find = (item: number): number => {
    let at = item;
    while (root[at] !== at) at = root[at] = root[root[at] ?? 0] ?? 0;
    return at;
  };
  for (const { source, targets } of graph.edges) {
    for (const target of targets) {
      const a = find(source);
      const b = find(target);
      root[Math.max(a, b)] = Math.min(a, b);
    }
  }
  const parts = new Map<number, { items: number[]; edges: number[] }>();
  const local = new Int32Array(root.length);
  for (let item = 0; item < root.length; item++) {
    const key = find(item);
    const part = parts.get(key) ?? { items: [], edges: [] };
    parts.set(key, part);
    local[item] = part.items.push(item) - 1;
  }
  graph.edges.forEach(({ source }, edge) => parts.get(find(source))?.edges.push(edge));
  return Array.from(parts.values(), ({ items, edges }) => ({
    items,
    edges,
    graph: {
      widths: Float64Array.from(items, (item) => graph.widths[item] ?? 0),
      heights: Float64Array.from(items, (item) => graph.heights[item] ?? 0),
      kinds: Uint8Array.from(items, (item) => graph.kinds[item] ?? 0),
      edges: edges.flatMap((edge) => {
        const whole = graph.edges[edge];
        if (!whole) return [];
        return [
          { ...whole, source: local[whole.source] ?? 0, targets: whole.targets.map((target) => local[target] ?? 0) },
        ];
      }),
    },
  }));
}

/** Puts parts in rows; those with ports all in the first row, whose exits are led down to the common bottom. */
function pack(
  graph: LevelGraph,
  parts: readonly Part[],
  results: readonly LevelResult[],
  spacing: Spacing,
): LevelResult {
  const hasPorts = graph.kinds.some((kind) => kind !== ItemKind.block);
  const widest = results.reduce((width, result) => Math.max(width, result.width), ROW_WIDTH);
  const offsets: { x: number; y: number }[] = [];
  let x = 0;
  let y = 0;
  let rowHeight = 0;
  let width = 0;
  for (const result of results) {
    if (!hasPorts && x > 0 && x + result.width > widest) {
      y += rowHeight + spacing.componentGap;
      x = 0;
      rowHeight = 0;
    }
    offsets.push({ x, y });
    width = Math.max(width, x + result.width);
    rowHeight = Math.max(rowHeight, result.height);
    x += result.width + spacing.componentGap;
  }
  const height = y + rowHeight;

  const pieces: LevelPiece[] = [];
  const paths: (readonly (readonly number[])[])[] = graph.edges.map(() => []);
  const merged = {
    x: new Float64Array(graph.kinds.length),
    y: new Float64Array(graph.kinds.length),
    labelX: new Float64Array(graph.edges.length).fill(NaN),
    labelY: new Float64Array(graph.edges.length).fill(NaN),
    isMain: new Uint8Array(graph.kinds.length),
  };
  parts.forEach((part, index) => {
    const result = results[index];
    const offset = offsets[index] ?? { x: 0, y: 0 };
    if (!result) return;
    part.items.forEach((item, i) => {
      const isExit = graph.kinds[item] === ItemKind.exit;
      merged.isMain[item] = result.isMain[i] ?? 0;
      merged.x[item] = (result.x[i] ?? 0) + offset.x;
      merged.y[item] = isExit ? height : (result.y[i] ?? 0) + offset.y;
    });
    const firstPiece = pieces.length;
    for (const piece of result.pieces) {
      const points = piece.points.map((at, i) => at + (i % 2 === 0 ? offset.x : offset.y));
      pieces.push({ ...piece, edge: part.edges[piece.edge] ?? 0, points });
    }
    part.edges.forEach((edge, e) => {
      merged.labelX[edge] = (result.labelX[e] ?? NaN) + offset.x;
      merged.labelY[edge] = (result.labelY[e] ?? NaN) + offset.y;
      paths[edge] = (result.paths[e] ?? []).map((path, t) => {
        const moved = path.map((piece) => piece + firstPiece);
        const isExit = graph.kinds[graph.edges[edge]?.targets[t] ?? 0] === ItemKind.exit;
        const last = pieces[moved[moved.length - 1] ?? -1];
        if (isExit && last) pieces[moved[moved.length - 1] ?? -1] = { ...last, points: endAt(last.points, height) };
        return moved;
      });
    });
  });
  return { width, height, pieces, paths, ...merged };
}

/** The same line, whose last vertical stretch goes down to `y`. */
function endAt(points: readonly number[], y: number): number[] {
  return [...points.slice(0, -1), y];
}
