import type { Layering } from './layering';

/**
 * First order of the layers: as a walk into the depth meets the vertices, so that what belongs together is together.
 * What feeds a vertex from another side (constants) comes right after it, before the walk goes on.
 */
export function firstOrder(layering: Layering): void {
  const { layers, links, position, layerOf, vertexCount } = layering;
  const isMet = new Uint8Array(vertexCount);
  const fill = new Int32Array(layers.length);
  const stack: number[] = [];
  const meet = (root: number) => {
    stack.push(root);
    while (stack.length > 0) {
      const vertex = stack.pop() ?? 0;
      if (isMet[vertex]) continue;
      isMet[vertex] = 1;
      const layer = layerOf[vertex] ?? 0;
      const index = fill[layer] ?? 0;
      const row = layers[layer];
      if (row) row[index] = vertex;
      position[vertex] = index;
      fill[layer] = index + 1;
      for (let i = (links.downStart[vertex + 1] ?? 0) - 1; i >= (links.downStart[vertex] ?? 0); i--) {
        const below = links.lower[links.down[i] ?? 0] ?? 0;
        if (!isMet[below]) stack.push(below);
      }
      for (let i = (links.upStart[vertex + 1] ?? 0) - 1; i >= (links.upStart[vertex] ?? 0); i--) {
        const above = links.upper[links.up[i] ?? 0] ?? 0;
        if (!isMet[above] && links.upStart[above] === links.upStart[above + 1]) stack.push(above);
      }
    }
  };
  for (const root of layers.flatMap((row) => Array.from(row))) meet(root);
}
