import { select } from 'd3-selection';
import { zoom, zoomIdentity, type ZoomBehavior, type ZoomTransform } from 'd3-zoom';
import type { Size, Transform } from '../scene/viewport';

/** Doublings of the scale for each pixel of a wheel: a pinch sends few pixels an event, a mouse's notch about a hundred. */
const DOUBLINGS_PER_PIXEL = 0.02;
/** The most that one event of a wheel changes the scale, in doublings. */
const MAX_DOUBLINGS = 0.3;
/** Pixels of a line and of a page, for wheels that count in those. */
const LINE_PIXELS = 16;
const PAGE_PIXELS = 400;
/** A press that moves less than this is a click. */
const CLICK_DISTANCE = 4;

/** How the gestures of d3-zoom and the view work together. */
export interface GestureOptions {
  /** Keeps a transform within what shows something of the graph. */
  readonly clamp: (transform: Transform) => Transform;
  readonly size: () => Size;
  /** True for what is no part of the canvas: presses there are not drags. */
  readonly ignores: (target: EventTarget | null) => boolean;
  readonly moved: (transform: Transform) => void;
}

/** Pan and zoom of an element by mouse, wheel, touch and pen. */
export interface Gestures {
  /** Puts the view somewhere; the same as if a person had. */
  readonly moveTo: (transform: Transform) => void;
  readonly dispose: () => void;
}

/**
 * Adds the gestures: dragging pans, scrolling pans, scrolling with Ctrl or Command and pinching zoom around the pointer.
 * That is what editors and trackpads do.
 */
export function createGestures(target: HTMLElement, options: GestureOptions): Gestures {
  const behavior: ZoomBehavior<HTMLElement, unknown> = zoom<HTMLElement, unknown>()
    .filter((event: Event) => !options.ignores(event.target) && isGesture(event))
    .wheelDelta((event) => {
      const doublings = -wheelPixels(event.deltaY, event.deltaMode) * DOUBLINGS_PER_PIXEL;
      return Math.min(MAX_DOUBLINGS, Math.max(-MAX_DOUBLINGS, doublings));
    })
    .clickDistance(CLICK_DISTANCE)
    .extent(() => {
      const { width, height } = options.size();
      return [
        [0, 0],
        [width, height],
      ];
    })
    .scaleExtent([0, Infinity])
    .constrain((transform) => fromTransform(options.clamp(toTransform(transform))))
    .on('zoom', (event: { readonly transform: ZoomTransform }) => options.moved(toTransform(event.transform)));
  const selection = select(target).call(behavior).on('dblclick.zoom', null);
  const scroll = (event: WheelEvent): void => {
    if (event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const current = currentTransform(target);
    const [dx, dy] = event.shiftKey && event.deltaX === 0 ? [event.deltaY, 0] : [event.deltaX, event.deltaY];
    moveTo({
      scale: current.k,
      x: current.x - wheelPixels(dx, event.deltaMode),
      y: current.y - wheelPixels(dy, event.deltaMode),
    });
  };
  target.addEventListener('wheel', scroll, { passive: false });

  function moveTo(transform: Transform): void {
    behavior.transform(selection, fromTransform(options.clamp(transform)));
  }

  return {
    moveTo,
    dispose: () => {
      selection.on('.zoom', null);
      target.removeEventListener('wheel', scroll);
    },
  };
}

function isGesture(event: Event): boolean {
  if (event instanceof WheelEvent) return event.ctrlKey || event.metaKey;
  return !(event instanceof MouseEvent) || (event.button === 0 && !event.ctrlKey);
}

function wheelPixels(delta: number, mode: number): number {
  if (mode === WheelEvent.DOM_DELTA_LINE) return delta * LINE_PIXELS;
  return mode === WheelEvent.DOM_DELTA_PAGE ? delta * PAGE_PIXELS : delta;
}

/** d3-zoom keeps the transform of an element on the element. */
function currentTransform(target: HTMLElement & { readonly __zoom?: ZoomTransform }): ZoomTransform {
  return target.__zoom ?? zoomIdentity;
}

function toTransform({ k, x, y }: ZoomTransform): Transform {
  return { scale: k, x, y };
}

function fromTransform({ scale, x, y }: Transform): ZoomTransform {
  return zoomIdentity.translate(x, y).scale(scale);
}
