import type { LayoutGraph, LayoutResult } from '../../../../webview/graph/layout/types';

const TOLERANCE = 0.51;

interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Everything that a drawing must not have, in words; empty for a good one. */
export function findFaults(graph: LayoutGraph, result: LayoutResult): string[] {
  return [
    ...boxFaults(graph, result),
    ...pathFaults(graph, result),
    ...crossedBoxes(graph, result),
    ...strayPieces(graph, result),
  ];
}

function boxOf({ boxes }: LayoutResult, node: number): Box {
  const [left = NaN, top = NaN, width = NaN, height = NaN] = boxes.subarray(4 * node, 4 * node + 4);
  return { left, top, right: left + width, bottom: top + height };
}

function boxFaults({ parents, headers, sizes }: LayoutGraph, result: LayoutResult): string[] {
  const faults: string[] = [];
  const containers = new Set(parents);
  for (let a = 0; a < parents.length; a++) {
    const box = boxOf(result, a);
    const parent = parents[a] ?? -1;
    const around = parent < 0 ? { left: 0, top: 0, right: result.width, bottom: result.height } : boxOf(result, parent);
    const ceiling = around.top + (parent < 0 ? 0 : (headers[parent] ?? 0));
    const isInside = box.left >= around.left && box.right <= around.right + TOLERANCE && box.bottom <= around.bottom;
    if (!isInside || box.top < ceiling) faults.push(`${a} is not inside ${parent}`);
    const isOwnSize = box.right - box.left === sizes[2 * a] && box.bottom - box.top === sizes[2 * a + 1];
    if (!containers.has(a) && !isNear(box, sizes, a, isOwnSize)) faults.push(`${a} has another size`);
    for (let b = a + 1; b < parents.length; b++) {
      if (parents[b] === parent && intersect(box, boxOf(result, b))) faults.push(`${a} overlaps ${b}`);
    }
  }
  return faults;
}

function isNear(box: Box, sizes: Float64Array, node: number, isOwnSize: boolean): boolean {
  if (isOwnSize) return true;
  const width = Math.abs(box.right - box.left - (sizes[2 * node] ?? 0));
  return width < 1e-6 && Math.abs(box.bottom - box.top - (sizes[2 * node + 1] ?? 0)) < 1e-6;
}

function intersect(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

function pieceOf({ points, pieceStarts }: LayoutResult, piece: number): number[][] {
  const list: number[][] = [];
  for (let i = pieceStarts[piece] ?? 0; i < (pieceStarts[piece + 1] ?? 0); i++) {
    list.push([points[2 * i] ?? NaN, points[2 * i + 1] ?? NaN]);
  }
  return list;
}

/** Every path goes from the bottom of its source to the top of its target without a gap. */
function pathFaults(graph: LayoutGraph, result: LayoutResult): string[] {
  const faults: string[] = [];
  graph.edges.forEach(({ source, targets }, edge) => {
    targets.forEach((target, t) => {
      const name = `path ${source} to ${target}`;
      const path = result.paths[edge]?.[t] ?? [];
      const pieces = path.map((piece) => pieceOf(result, piece));
      if (path.length === 0) return void faults.push(`${name} is missing`);
      if (path.some((piece) => result.pieceEdges[piece] !== edge)) faults.push(`${name} has pieces of another edge`);
      const [startX = NaN, startY = NaN] = pieces[0]?.[0] ?? [];
      const [endX = NaN, endY = NaN] = pieces.at(-1)?.at(-1) ?? [];
      const from = boxOf(result, source);
      const to = boxOf(result, target);
      if (!(Math.abs(startY - from.bottom) < TOLERANCE && startX > from.left && startX < from.right))
        faults.push(`${name} does not start at the bottom of its source`);
      if (!(Math.abs(endY - to.top) < TOLERANCE && endX > to.left && endX < to.right))
        faults.push(`${name} does not end at the top of its target`);
      for (let i = 1; i < pieces.length; i++) {
        const [x = NaN, y = NaN] = pieces[i - 1]?.at(-1) ?? [];
        const [nextX = NaN, nextY = NaN] = pieces[i]?.[0] ?? [];
        if (!(Math.abs(x - nextX) < TOLERANCE && Math.abs(y - nextY) < TOLERANCE))
          faults.push(`${name} is interrupted`);
      }
    });
  });
  return faults;
}

/** No piece runs through a block, nor through a container that holds neither of its ends. */
function crossedBoxes(graph: LayoutGraph, result: LayoutResult): string[] {
  const faults: string[] = [];
  result.pieceEdges.forEach((edge, piece) => {
    const { source, targets } = graph.edges[edge] ?? { source: -1, targets: [] };
    const mayCross = new Set([source, ...targets].flatMap((node) => containersOf(graph, node)));
    const points = pieceOf(result, piece);
    for (let node = 0; node < graph.parents.length; node++) {
      if (mayCross.has(node)) continue;
      const box = shrink(boxOf(result, node));
      for (let i = 1; i < points.length; i++) {
        const [x1 = NaN, y1 = NaN] = points[i - 1] ?? [];
        const [x2 = NaN, y2 = NaN] = points[i] ?? [];
        const line = {
          left: Math.min(x1, x2),
          right: Math.max(x1, x2),
          top: Math.min(y1, y2),
          bottom: Math.max(y1, y2),
        };
        if (line.left <= box.right && box.left <= line.right && line.top <= box.bottom && box.top <= line.bottom)
          faults.push(`edge ${edge} of ${source} runs through ${node}`);
      }
    }
  });
  return faults;
}

function containersOf({ parents }: LayoutGraph, node: number): number[] {
  const list: number[] = [];
  for (let at = parents[node] ?? -1; at >= 0; at = parents[at] ?? -1) list.push(at);
  return list;
}

function shrink({ left, top, right, bottom }: Box): Box {
  return { left: left + TOLERANCE, top: top + TOLERANCE, right: right - TOLERANCE, bottom: bottom - TOLERANCE };
}

/** Lines are vertical or horizontal but for cut corners, inside the drawing, and every one of them is on a path. */
function strayPieces({ edges }: LayoutGraph, result: LayoutResult): string[] {
  const faults: string[] = [];
  const used = new Set(result.paths.flat(2));
  if (result.paths.length !== edges.length) faults.push('edges without paths');
  result.pieceEdges.forEach((edge, piece) => {
    if (!used.has(piece)) faults.push(`piece ${piece} of edge ${edge} is on no path`);
    const points = pieceOf(result, piece);
    if (points.length < 2) faults.push(`piece ${piece} has ${points.length} points`);
    points.forEach(([x = NaN, y = NaN], i) => {
      const isInside =
        x >= -TOLERANCE && x <= result.width + TOLERANCE && y >= -TOLERANCE && y <= result.height + TOLERANCE;
      if (!isInside) faults.push(`piece ${piece} leaves the drawing`);
      const [beforeX = x, beforeY = y] = points[i - 1] ?? [];
      const [across, down] = [Math.abs(beforeX - x), Math.abs(beforeY - y)];
      const isCorner = Math.abs(across - down) < 0.1 && across < 13;
      if (across > 0.01 && down > 0.01 && !isCorner) faults.push(`piece ${piece} runs slantwise`);
    });
  });
  return faults;
}
