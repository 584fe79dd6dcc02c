import { itemRect, type Scene } from '../scene/buildScene';
import type { Hit } from '../scene/hitTest';
import type { Size, Transform } from '../scene/viewport';

let lastId = 0;

/** An id that no other element of the page has. */
export function uniqueId(prefix: string): string {
  lastId += 1;
  return `${prefix}-${lastId}`;
}

/** Makes a canvas cover a view with the pixels of the screen, and returns what draws on it. */
export function fitCanvas(canvas: HTMLCanvasElement, size: Size): CanvasRenderingContext2D | null {
  const width = Math.round(size.width * window.devicePixelRatio);
  const height = Math.round(size.height * window.devicePixelRatio);
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
    canvas.style.width = `${size.width}px`;
    canvas.style.height = `${size.height}px`;
  }
  // Nothing shows through the ground, which spares blending it.
  return canvas.getContext('2d', { alpha: false });
}

/** True where both are the same thing, or nothing. */
export function sameHit(a: Hit | undefined, b: Hit | undefined): boolean {
  if (a?.kind === 'item') return b?.kind === 'item' && a.item === b.item && a.part === b.part;
  if (a?.kind === 'edge') return b?.kind === 'edge' && a.edge === b.edge;
  return b === undefined;
}

/** Adds what is missing of `pressed`, and takes out what is there. */
export function flip(present: ReadonlySet<number>, pressed: readonly number[]): ReadonlySet<number> {
  const next = new Set(present);
  for (const index of pressed) if (!next.delete(index)) next.add(index);
  return next;
}

/** Indices of the keys that are known. */
export function indices(keys: readonly string[], known: ReadonlyMap<string, number>): number[] {
  return keys.map((key) => known.get(key)).filter((index) => index !== undefined);
}

/** The items at the ends of edges. */
export function endsOf({ display }: Scene, edges: Iterable<number>): number[] {
  return [...edges].flatMap((edge) => {
    const found = display.edges[edge];
    return found ? [found.source, ...found.targets] : [];
  });
}

/** Where an item's top left is on the screen. */
export function keptPlace(
  scene: Scene,
  key: string | undefined,
  { scale, x, y }: Transform,
): { readonly x: number; readonly y: number } | undefined {
  const item = key === undefined ? undefined : scene.itemByKey.get(key);
  if (item === undefined) return undefined;
  const rect = itemRect(scene, item);
  return { x: rect.x * scale + x, y: rect.y * scale + y };
}
