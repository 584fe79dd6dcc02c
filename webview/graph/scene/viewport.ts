import { boundsOf, itemRect, type Rect, type Scene } from './buildScene';

/** Maps the scene to the screen: screen = scene * scale + (x, y), in CSS pixels from the top left of the view. */
export interface Transform {
  readonly scale: number;
  readonly x: number;
  readonly y: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** At this scale and above the texts of blocks can be read. */
export const READABLE_SCALE = 0.6;
export const MAX_SCALE = 4;
/** Room around the graph when it is fitted. */
const FIT_MARGIN = 24;
/** How much of the graph stays in view however far it is dragged. */
const KEPT_IN_VIEW = 80;
/** A graph smaller than the view can be made this much smaller still, in relation to fitting. */
const MIN_SCALE_OF_FIT = 0.8;
/** Where the input stands when a graph opens that is too large to fit. */
const OPENING_TOP = 48;

/** The transform that shows a rectangle whole and centred, never larger than `maxScale`. */
export function fitRect(rect: Rect, view: Size, maxScale = 1): Transform {
  const width = Math.max(1, view.width - 2 * FIT_MARGIN);
  const height = Math.max(1, view.height - 2 * FIT_MARGIN);
  const scale = Math.min(maxScale, width / Math.max(1, rect.width), height / Math.max(1, rect.height));
  return centreOn({ x: rect.x + rect.width / 2, y: rect.y + rect.height / 2 }, view, scale);
}

/** The transform that puts a point of the scene in the middle of the view. */
export function centreOn(point: { readonly x: number; readonly y: number }, view: Size, scale: number): Transform {
  return { scale, x: view.width / 2 - point.x * scale, y: view.height / 2 - point.y * scale };
}

/** How a graph opens: fitted where its texts can be read so, otherwise at its first input; never larger than `maxScale`. */
export function openingTransform(scene: Scene, view: Size, maxScale = 1): Transform {
  const fitted = fitRect(wholeRect(scene), view, maxScale);
  if (fitted.scale >= Math.min(READABLE_SCALE, maxScale)) return fitted;
  const start = firstItem(scene);
  if (start === undefined) return fitted;
  const rect = itemRect(scene, start);
  const scale = Math.min(
    maxScale,
    Math.max(READABLE_SCALE, (view.width - 2 * FIT_MARGIN) / Math.max(1, scene.layout.width)),
  );
  const centred = centreOn({ x: rect.x + rect.width / 2, y: 0 }, view, scale);
  const room = view.width - scene.layout.width * scale;
  const x = room >= 0 ? Math.min(room, Math.max(0, centred.x)) : centred.x;
  return clampTransform({ scale, x, y: OPENING_TOP - rect.y * scale }, scene, view);
}

/** Keeps scale and place within what shows something: some of the graph is always in view. */
export function clampTransform(transform: Transform, scene: Scene, view: Size): Transform {
  const [low, high] = scaleRange(scene, view);
  const scale = Math.min(high, Math.max(low, transform.scale));
  const width = scene.layout.width * scale;
  const height = scene.layout.height * scale;
  return {
    scale,
    x: clampStart(transform.x, width, view.width),
    y: clampStart(transform.y, height, view.height),
  };
}

/** Smallest and largest scale. */
export function scaleRange(scene: Scene, view: Size): readonly [number, number] {
  const fit = fitRect(wholeRect(scene), view).scale;
  return [Math.min(1, fit * MIN_SCALE_OF_FIT), MAX_SCALE];
}

/** The whole drawing. */
export function wholeRect({ layout }: Scene): Rect {
  return { x: 0, y: 0, width: layout.width, height: layout.height };
}

/** The part of the scene that a view shows. */
export function visibleRect({ scale, x, y }: Transform, view: Size): Rect {
  return { x: -x / scale, y: -y / scale, width: view.width / scale, height: view.height / scale };
}

/** True where no part of the drawing is outside the view. */
export function showsWhole(scene: Scene, transform: Transform, view: Size): boolean {
  const rect = visibleRect(transform, view);
  const { width, height } = scene.layout;
  return rect.x <= 0 && rect.y <= 0 && rect.x + rect.width >= width && rect.y + rect.height >= height;
}

/**
 * The transform that brings items into view with the least movement; the given one where they are in view already.
 * Where texts could not be read, it comes closer.
 */
export function revealItems(scene: Scene, items: readonly number[], transform: Transform, view: Size): Transform {
  const rect = boundsOf(scene, items);
  if (!rect) return transform;
  const seen = visibleRect(transform, view);
  const margin = FIT_MARGIN / transform.scale;
  const inside =
    rect.x >= seen.x + margin &&
    rect.y >= seen.y + margin &&
    rect.x + rect.width <= seen.x + seen.width - margin &&
    rect.y + rect.height <= seen.y + seen.height - margin;
  if (inside && transform.scale >= READABLE_SCALE) return transform;
  const fitting = fitRect(rect, view).scale;
  const scale = Math.min(fitting, Math.max(transform.scale, READABLE_SCALE));
  return centreOn({ x: rect.x + rect.width / 2, y: rect.y + rect.height / 2 }, view, scale);
}

/** The topmost input, or the topmost item of a graph without any. */
export function firstItem({ display, layout, leaves }: Scene): number | undefined {
  let best: number | undefined;
  const rank = (item: number): readonly [number, number] => [
    display.items[item]?.kind === 'input' ? 0 : 1,
    layout.boxes[4 * item + 1] ?? 0,
  ];
  for (const item of leaves) {
    if (best === undefined) best = item;
    const [kind, top] = rank(item);
    const [bestKind, bestTop] = rank(best);
    if (kind < bestKind || (kind === bestKind && top < bestTop)) best = item;
  }
  return best;
}

function clampStart(start: number, length: number, view: number): number {
  const kept = Math.min(KEPT_IN_VIEW, view / 2, length);
  return Math.min(view - kept, Math.max(kept - length, start));
}
