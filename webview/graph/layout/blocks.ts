import type { Layering } from './layering';

/** Vertices that stand straight below each other: vertex `v` is at the x of its column plus `shift[v]`. */
export interface Columns {
  readonly count: number;
  readonly columnOf: Int32Array;
  readonly shift: Float64Array;
  /** Column of the main path, -1 without one. */
  readonly main: number;
}

/**
 * Chooses which links are straight, at most one above and one below a vertex and none crossing another: first the
 * main path, then lines that pass, then the middle links of each vertex.
 */
export function alignColumns(layering: Layering): Columns {
  const { layers, links, itemCount, vertexCount, isMain } = layering;
  const straightDown = new Int32Array(vertexCount).fill(-1);
  const straightUp = new Int32Array(vertexCount).fill(-1);
  for (let layer = 0; layer + 1 < layers.length; layer++) {
    const row = layers[layer] ?? new Int32Array();
    const candidates: { link: number; rank: number }[] = [];
    for (const vertex of row) {
      for (let i = links.downStart[vertex] ?? 0; i < (links.downStart[vertex + 1] ?? 0); i++) {
        const link = links.down[i] ?? 0;
        const lower = links.lower[link] ?? 0;
        const isLine = vertex >= itemCount && lower >= itemCount;
        candidates.push({
          link,
          rank: isMain[link] ? -1 - (isMain[link] ?? 0) : isLine ? -1 : offMiddle(layering, link),
        });
      }
    }
    if (candidates.length > 1) candidates.sort((a, b) => a.rank - b.rank || a.link - b.link);
    const chosen = new Int32Array(row.length).fill(-1);
    for (const { link } of candidates) {
      const upper = links.upper[link] ?? 0;
      const lower = links.lower[link] ?? 0;
      if ((straightDown[upper] ?? -1) >= 0 || (straightUp[lower] ?? -1) >= 0) continue;
      if (!fits(chosen, layering.position[upper] ?? 0, layering.position[lower] ?? 0)) continue;
      chosen[layering.position[upper] ?? 0] = layering.position[lower] ?? 0;
      straightDown[upper] = link;
      straightUp[lower] = link;
    }
  }
  return joinColumns(layering, straightDown, straightUp);
}

/** How far a link is from the middle of the links of its two vertices; lonely links come first. */
function offMiddle({ links, position }: Layering, link: number): number {
  const upper = links.upper[link] ?? 0;
  const lower = links.lower[link] ?? 0;
  const below = (links.downStart[upper + 1] ?? 0) - (links.downStart[upper] ?? 0);
  const above = (links.upStart[lower + 1] ?? 0) - (links.upStart[lower] ?? 0);
  let left = 0;
  for (let i = links.downStart[upper] ?? 0; i < (links.downStart[upper + 1] ?? 0); i++) {
    if ((position[links.lower[links.down[i] ?? 0] ?? 0] ?? 0) < (position[lower] ?? 0)) left++;
  }
  let before = 0;
  for (let i = links.upStart[lower] ?? 0; i < (links.upStart[lower + 1] ?? 0); i++) {
    if ((position[links.upper[links.up[i] ?? 0] ?? 0] ?? 0) < (position[upper] ?? 0)) before++;
  }
  return Math.abs(left - (below - 1) / 2) + Math.abs(before - (above - 1) / 2) + 0.1 * (below + above);
}

/** True if a straight link between these places crosses none that is chosen already. */
function fits(chosen: Int32Array, upper: number, lower: number): boolean {
  for (let i = upper - 1; i >= 0; i--) {
    const other = chosen[i] ?? -1;
    if (other < 0) continue;
    if (other >= lower) return false;
    break;
  }
  for (let i = upper + 1; i < chosen.length; i++) {
    const other = chosen[i] ?? -1;
    if (other < 0) continue;
    return other > lower;
  }
  return true;
}

function joinColumns(layering: Layering, straightDown: Int32Array, straightUp: Int32Array): Columns {
  const { links, vertexCount, isMain } = layering;
  const columnOf = new Int32Array(vertexCount).fill(-1);
  const shift = new Float64Array(vertexCount);
  let count = 0;
  let main = -1;
  for (let top = 0; top < vertexCount; top++) {
    if ((straightUp[top] ?? -1) >= 0) continue;
    const column = count++;
    columnOf[top] = column;
    for (let link = straightDown[top] ?? -1; link >= 0;) {
      const upper = links.upper[link] ?? 0;
      const lower = links.lower[link] ?? 0;
      columnOf[lower] = column;
      shift[lower] = (shift[upper] ?? 0) + (links.upperOffset[link] ?? 0) - (links.lowerOffset[link] ?? 0);
      if (isMain[link]) main = column;
      link = straightDown[lower] ?? -1;
    }
  }
  return { count, columnOf, shift, main };
}
