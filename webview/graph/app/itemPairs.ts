import type { NodeRef } from '../../../src/protocol';
import type { DisplayGraph } from '../model/display';
import { keyOf } from '../model/graphMatch';
import type { Rect } from '../scene/buildScene';
import type { Viewport } from '../view/camera';

/** Keys of items of one drawn graph, and of those of the other that show the same nodes. */
export type ItemPairs = ReadonlyMap<string, string>;

/** Pairs the items of two drawn graphs by the nodes that they show; inputs and outputs by name, open groups by key. */
export function pairItems(
  from: DisplayGraph,
  to: DisplayGraph,
  partners: ReadonlyMap<string, readonly NodeRef[]>,
): ItemPairs {
  const leafOf = new Map<string, string>();
  const containers = new Set<string>();
  const boundaries = new Map<string, string>();
  for (const { key, kind, name, expanded, members } of to.items) {
    if (kind === 'input' || kind === 'output') boundaries.set(`${kind} ${name}`, key);
    else if (expanded) containers.add(key);
    else for (const member of members) leafOf.set(keyOf(member), key);
  }
  const pairs = new Map<string, string>();
  for (const { key, kind, name, expanded, members } of from.items) {
    let found: string | undefined;
    if (kind === 'input' || kind === 'output') found = boundaries.get(`${kind} ${name}`);
    else if (expanded) found = containers.has(key) ? key : undefined;
    else
      found = firstDefined(members, (member) =>
        firstDefined(partners.get(keyOf(member)) ?? [], (ref) => leafOf.get(keyOf(ref))),
      );
    if (found !== undefined) pairs.set(key, found);
  }
  return pairs;
}

/** Where an item is in its drawing; undefined for one that is not drawn. */
export type RectOf = (key: string) => Rect | undefined;

/**
 * The viewport of the second drawing that shows what the first one shows: at the same scale, with the paired item that
 * is nearest to `near` at the same place, or the item `anchor` if that is paired. Undefined where nothing is paired.
 */
export function followViewport(
  viewport: Viewport,
  pairs: ItemPairs,
  from: RectOf,
  to: RectOf,
  near: { readonly x: number; readonly y: number },
  anchor?: string,
): Viewport | undefined {
  let best: { readonly distance: number; readonly x: number; readonly y: number } | undefined;
  for (const [key, other] of pairs) {
    const here = from(key);
    const there = to(other);
    if (here === undefined || there === undefined) continue;
    const [middleX, middleY] = [here.x + here.width / 2, here.y + here.height / 2];
    // Of boxes in boxes the innermost is nearest to its own middle, most often; it says best where one is.
    const distance =
      key === anchor ? 0 : Math.hypot(near.x - middleX, near.y - middleY) + (here.width + here.height) / 4;
    if (best !== undefined && best.distance <= distance) continue;
    const [x, y] = [there.x + there.width / 2 - middleX, there.y + there.height / 2 - middleY];
    best = { distance, x: viewport.x + x, y: viewport.y + y };
  }
  return best === undefined ? undefined : { x: best.x, y: best.y, scale: viewport.scale };
}

/**
 * The point of a view that stays the same in both drawings: its top where it shows the top of the drawing, its bottom at
 * the bottom, and in between in proportion, so that both drawings begin and end together.
 */
export function sharedPoint(viewport: Viewport, drawing: Rect, viewHeight: number): { x: number; y: number } {
  const seen = viewHeight / viewport.scale;
  const top = viewport.y - seen / 2;
  const travel = drawing.height - seen;
  const progress = travel <= 0 ? 0.5 : Math.min(1, Math.max(0, (top - drawing.y) / travel));
  return { x: viewport.x, y: top + progress * seen };
}

/** Moves a viewport sideways by the least that shows the whole width of a drawing, where that fits at all. */
export function keepWidthInView(viewport: Viewport, drawing: Rect, viewWidth: number): Viewport {
  const half = viewWidth / viewport.scale / 2;
  if (drawing.width > 2 * half) return viewport;
  const [least, most] = [drawing.x + drawing.width - half, drawing.x + half];
  return { ...viewport, x: Math.min(most, Math.max(least, viewport.x)) };
}

/** The viewport at the same share of the second drawing as the first one is at in its own. */
export function proportionalViewport(viewport: Viewport, from: Rect, to: Rect): Viewport {
  const share = (value: number, start: number, length: number): number => (length === 0 ? 0 : (value - start) / length);
  return {
    x: to.x + share(viewport.x, from.x, from.width) * to.width,
    y: to.y + share(viewport.y, from.y, from.height) * to.height,
    scale: viewport.scale,
  };
}

function firstDefined<T, R>(values: readonly T[], of: (value: T) => R | undefined): R | undefined {
  for (const value of values) {
    const found = of(value);
    if (found !== undefined) return found;
  }
  return undefined;
}
