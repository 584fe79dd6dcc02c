import type { Layering } from './layering';

/**
 * First order of the layers: as a walk into the depth meets the vertices, so that what belongs together is together.
 * What has nothing above it (constants) comes left of what it joins: skips start at the right.
 */
export function firstOrder(layering: Layering): void {
  const { layers, links, position, layerOf, vertexCount } = layering;
  const isMet = new Uint8Array(vertexCount);
  const rows: number[][] = layers.map(() => []);
  const isRoot = (vertex: number) => links.upStart[vertex] === links.upStart[vertex + 1];
  const stack: number[] = [];
  const walk = (root: number) => {
    stack.push(root);
    while (stack.length > 0) {
      const vertex = stack.pop() ?? 0;
      if (isMet[vertex]) continue;
      isMet[vertex] = 1;
      const row = rows[layerOf[vertex] ?? 0];
      if (row) position[vertex] = row.push(vertex) - 1;
      for (let i = (links.downStart[vertex + 1] ?? 0) - 1; i >= (links.downStart[vertex] ?? 0); i--) {
        const below = links.lower[links.down[i] ?? 0] ?? 0;
        if (!isMet[below]) stack.push(below);
      }
    }
  };
  const roots = layers.flatMap((row) => Array.from(row).filter(isRoot));
  const late: number[] = [];
  for (const root of roots) {
    if ((layerOf[root] ?? 0) > 0 && joins(layering, isMet, root)) late.push(root);
    else walk(root);
  }
  placeLate(layering, rows, late);
  rows.forEach((row, layer) => {
    layers[layer]?.set(row);
    row.forEach((vertex, index) => (position[vertex] = index));
  });
}

/** True if all that a root leads to directly is in the order already. */
function joins({ links }: Layering, isMet: Uint8Array, root: number): boolean {
  const from = links.downStart[root] ?? 0;
  const to = links.downStart[root + 1] ?? 0;
  for (let i = from; i < to; i++) if (!isMet[links.lower[links.down[i] ?? 0] ?? 0]) return false;
  return to > from;
}

/** Inserts roots into their layers, each left of what stands above the same reader. */
function placeLate({ links, position, layerOf }: Layering, rows: number[][], late: readonly number[]): void {
  const byLayer = new Map<number, { vertex: number; before: number }[]>();
  for (const vertex of late) {
    const layer = layerOf[vertex] ?? 0;
    const reader = links.lower[links.down[links.downStart[vertex] ?? 0] ?? 0] ?? 0;
    let before = Infinity;
    for (let i = links.upStart[reader] ?? 0; i < (links.upStart[reader + 1] ?? 0); i++) {
      const other = links.upper[links.up[i] ?? 0] ?? 0;
      if (other !== vertex && rows[layer]?.[position[other] ?? 0] === other) {
        before = Math.min(before, position[other] ?? 0);
      }
    }
    const list = byLayer.get(layer) ?? [];
    byLayer.set(layer, list);
    list.push({ vertex, before });
  }
  for (const [layer, list] of byLayer) {
    const row = (rows[layer] ?? []).map((vertex, index) => ({ vertex, before: index, isLate: false }));
    const all = [...list.map((entry) => ({ ...entry, isLate: true })), ...row];
    all.sort((a, b) => (a.before === b.before ? Number(b.isLate) - Number(a.isLate) : a.before - b.before));
    rows[layer] = all.map(({ vertex }) => vertex);
  }
}
