import type { Layering } from './layering';

/** Writes an order of a layer; `order` has the same vertices. */
export function setLayer({ layers, position }: Layering, layer: number, order: ArrayLike<number>): void {
  layers[layer]?.set(order);
  for (let i = 0; i < order.length; i++) position[order[i] ?? 0] = i;
}

/** The vertex of the main path in every layer, -1 where there is none. */
export function mainVertices({ layers, layerOf, links, isMain }: Layering): Int32Array {
  const main = new Int32Array(layers.length).fill(-1);
  for (let link = 0; link < links.count; link++) {
    if (!isMain[link]) continue;
    const upper = links.upper[link] ?? 0;
    const lower = links.lower[link] ?? 0;
    main[layerOf[upper] ?? 0] = upper;
    main[layerOf[lower] ?? 0] = lower;
  }
  return main;
}
