import { countCrossings } from './crossings';
import { widthOf, type Layering } from './layering';
import { mainVertices, setLayer } from './setLayer';

/** In layers with more vertices than this, chains stay where they are: the search would cost more than it gains. */
const WIDEST = 60;
/** Room that is counted for every vertex between a chain and the main path. */
const GAP = 12;

/**
 * Moves the line points of a skip to that side of the main path, and that far from it, where the skip is shortest
 * without crossing more than before.
 */
export function moveChains(layering: Layering): void {
  const { layers, layerOf, itemCount, vertexCount, links } = layering;
  const main = mainVertices(layering);
  for (let first = itemCount; first < vertexCount;) {
    const edge = edgeOf(layering, first);
    let end = first + 1;
    // Line points of an edge are numbered from the top down, one in a layer.
    while (end < vertexCount && edgeOf(layering, end) === edge && layerOf[end] === (layerOf[end - 1] ?? 0) + 1) end++;
    const top = layerOf[first] ?? 0;
    const bottom = layerOf[end - 1] ?? 0;
    const isSkip = Array.from(main.subarray(top, bottom + 1)).every(
      (vertex) => vertex >= 0 && (vertex < first || vertex >= end),
    );
    const isNarrow = layers.slice(top, bottom + 1).every((row) => row.length <= WIDEST);
    if (isSkip && isNarrow && links.count > 0) moveChain(layering, main, first, end);
    first = end;
  }
}

function edgeOf({ links }: Layering, point: number): number {
  return links.edge[links.up[links.upStart[point] ?? 0] ?? 0] ?? -1;
}

function moveChain(layering: Layering, main: Int32Array, first: number, end: number): void {
  const { layers, layerOf } = layering;
  const top = layerOf[first] ?? 0;
  const bottom = layerOf[end - 1] ?? 0;
  const crossings = (): number => {
    let sum = 0;
    for (let layer = top - 1; layer <= bottom; layer++) sum += countCrossings(layering, layer);
    return sum;
  };
  const original = layers.slice(top, bottom + 1).map((row) => row.slice());
  let best = { rows: original, crossings: crossings(), distance: distanceOf(layering, main, first, end) };
  for (const side of [1, -1]) {
    for (const isOuter of [false, true]) {
      original.forEach((row, index) => {
        const point = first + index;
        const others = row.filter((vertex) => vertex !== point);
        const middle = others.indexOf(main[top + index] ?? 0);
        const outer = side > 0 ? others.length : 0;
        const at = isOuter ? outer : side > 0 ? middle + 1 : middle;
        setLayer(layering, top + index, [...others.slice(0, at), point, ...others.slice(at)]);
      });
      const found = { crossings: crossings(), distance: distanceOf(layering, main, first, end) };
      const isBetter =
        found.crossings < best.crossings ||
        (found.crossings === best.crossings && found.distance < best.distance - GAP);
      if (isBetter) best = { ...found, rows: layers.slice(top, bottom + 1).map((row) => row.slice()) };
    }
  }
  best.rows.forEach((row, index) => setLayer(layering, top + index, row));
}

/** How far a straight chain is from the main path: as far as the widest of what lies between. */
function distanceOf(layering: Layering, main: Int32Array, first: number, end: number): number {
  const { layers, layerOf, position } = layering;
  let distance = 0;
  for (let point = first; point < end; point++) {
    const layer = layerOf[point] ?? 0;
    const row = layers[layer] ?? new Int32Array();
    const stem = main[layer] ?? 0;
    const from = Math.min(position[point] ?? 0, position[stem] ?? 0);
    const to = Math.max(position[point] ?? 0, position[stem] ?? 0);
    let width = -widthOf(layering, stem) / 2;
    for (let i = from; i <= to; i++) width += widthOf(layering, row[i] ?? 0) + GAP;
    distance = Math.max(distance, width);
  }
  return distance;
}
