import { alignColumns } from './blocks';
import { placeColumns } from './coordinates';
import { placeGaps } from './gaps';
import { placeLabels } from './labels';
import { chooseSides, placeLanes } from './lanes';
import { createLayering, heightOf, widthOf, type Layering } from './layering';
import type { LevelGraph, LevelResult } from './levelGraph';
import { findMainPath } from './mainPath';
import { orderLayers } from './order';
import { placePorts } from './ports';
import { assignRanks } from './ranks';
import { routeEdges } from './routes';
import type { Spacing } from './spacing';

/** Lays out a graph whose parts hang together; the top left of the drawing is 0, 0. */
export function layoutComponent(graph: LevelGraph, spacing: Spacing): LevelResult {
  const ranked = assignRanks(graph);
  const mainNext = findMainPath(graph, ranked);
  const layering = createLayering(graph, ranked, mainNext);
  orderLayers(layering);

  const x = placeColumns(layering, alignColumns(layering), spacing);
  const lanes = chooseSides(layering, x);
  const laneX = placeLanes(layering, lanes, x, spacing);
  const ports = placePorts(layering, lanes, x, spacing);
  const gaps = placeGaps(layering, { lanes, laneX, ports }, spacing);
  const y = placeLayers(layering, gaps.bottom);
  const placed = { layering, lanes, x, y, laneX, ports, gaps };
  const { pieces, paths } = routeEdges(placed);
  const labels = placeLabels(placed);
  const isMain = new Uint8Array(graph.kinds.length);
  mainNext.forEach((next, item) => next >= 0 && (isMain[item] = isMain[next] = 1));
  return moveToOrigin(layering, { x, y, pieces, paths, labels, isMain, height: gaps.height });
}

/** Top of every vertex: blocks in the middle of their layer; constants near what reads them, results near their maker. */
function placeLayers(layering: Layering, gapBottom: Float64Array): Float64Array {
  const { links, lanes, graph } = layering;
  const isFed = Uint8Array.from(graph.kinds, (_, item) => (links.upStart[item] === links.upStart[item + 1] ? 0 : 1));
  const isRead = new Uint8Array(graph.kinds.length);
  for (const { source } of graph.edges) isRead[source] = 1;
  for (const { edge, targets } of lanes) for (const t of targets) isFed[graph.edges[edge]?.targets[t] ?? 0] = 1;
  const y = new Float64Array(layering.vertexCount);
  layering.layers.forEach((row, layer) => {
    let height = 0;
    for (const vertex of row) height = Math.max(height, heightOf(layering, vertex));
    for (const vertex of row) {
      const isPoint = vertex >= layering.itemCount;
      const share = isPoint || !isFed[vertex] ? 1 : isRead[vertex] ? 0.5 : 0;
      y[vertex] = (gapBottom[layer] ?? 0) + (height - heightOf(layering, vertex)) * share;
    }
  });
  return y;
}

function moveToOrigin(
  layering: Layering,
  drawn: {
    readonly x: Float64Array;
    readonly y: Float64Array;
    readonly labels: { readonly x: Float64Array; readonly y: Float64Array };
  } & Pick<LevelResult, 'pieces' | 'paths' | 'height' | 'isMain'>,
): LevelResult {
  const { x, y, pieces, paths, labels, height, isMain } = drawn;
  let left = Infinity;
  let right = -Infinity;
  for (let item = 0; item < layering.itemCount; item++) {
    const half = widthOf(layering, item) / 2;
    left = Math.min(left, (x[item] ?? 0) - half);
    right = Math.max(right, (x[item] ?? 0) + half);
  }
  for (const { points } of pieces) {
    for (let i = 0; i < points.length; i += 2) {
      left = Math.min(left, points[i] ?? 0);
      right = Math.max(right, points[i] ?? 0);
    }
  }
  labels.x.forEach((middle, edge) => {
    const half = (layering.graph.edges[edge]?.labelWidth ?? 0) / 2;
    if (Number.isNaN(middle)) return;
    left = Math.min(left, middle - half);
    right = Math.max(right, middle + half);
  });
  if (left > right) [left, right] = [0, 0];
  for (const { points } of pieces) for (let i = 0; i < points.length; i += 2) points[i] = (points[i] ?? 0) - left;
  return {
    width: right - left,
    height,
    x: Float64Array.from({ length: layering.itemCount }, (_, i) => (x[i] ?? 0) - widthOf(layering, i) / 2 - left),
    y: y.slice(0, layering.itemCount),
    pieces,
    paths,
    labelX: labels.x.map((at) => at - left),
    labelY: labels.y,
    isMain,
  };
}
