import type { GraphStrings } from '../../../src/protocol/graphStrings';
import { element } from '../../ui/dom';
import { fill } from '../../ui/format';
import type { LayoutResult } from '../layout/types';
import type { ChangeMark, DisplayGraph, OverlayView } from '../model/display';
import { boundsOf, buildScene, itemRect, type Rect, type Scene } from '../scene/buildScene';
import type { Decoration } from '../scene/decoration';
import { hitTest, type Hit } from '../scene/hitTest';
import { edgeLabelWidth } from '../scene/measure';
import { nextItem } from '../scene/navigate';
import { relationsOf } from '../scene/relations';
import type { GraphTheme } from '../scene/theme';
import {
  centreOn,
  clampTransform,
  fitRect,
  openingTransform,
  READABLE_SCALE,
  revealItems,
  visibleRect,
  wholeRect,
  type Size,
  type Transform,
} from '../scene/viewport';
import { animateTransform } from './animate';
import { describeEdge, describeItem } from './describe';
import { createGestures } from './input';
import { keyAction, type KeyAction } from './keyboard';
import { createMinimap } from './minimap';
import { createNearLayer } from './nearLayer';
import { paintFrame } from './painter';
import { onThemeChange, readTheme } from './readTheme';
import { endsOf, fitCanvas, flip, indices, keptPlace, sameHit, uniqueId } from './viewParts';

/** At this scale and above, blocks are elements with all their texts; below, they are painted. */
const NEAR_FROM = 0.5;
/** Pixels around a wire where it still takes the pointer. */
const POINTER_TOLERANCE = 5;

/** What the view tells. Keys are those of items, or of edges. */
export interface GraphViewOptions {
  readonly strings: GraphStrings;
  /** The selection changed by pointer or keyboard. */
  readonly onSelect?: (keys: readonly string[]) => void;
  /** Double click or Enter on an item that cannot be opened. */
  readonly onActivate?: (key: string) => void;
  /** An item is to be opened or closed: its sign was pressed, or it was activated. */
  readonly onToggle?: (key: string) => void;
  /** The view moved, by a person (`byUser`) or by a call. */
  readonly onViewport?: (viewport: Viewport, byUser: boolean) => void;
}

/** What is in view: the point of the scene in the middle, and the scale. */
export interface Viewport {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

export interface ShowOptions {
  /** This item stays where it is on the screen: what was opened or closed. */
  readonly keep?: string;
  /** Opens there, for a panel that comes back after a reload. */
  readonly viewport?: Viewport;
}

/** Draws a graph, and lets people walk through it. */
export interface GraphView {
  /** Draws a graph; the first time it opens at a good place, later it stays where it is as far as it can. */
  readonly show: (display: DisplayGraph, layout: LayoutResult, options?: ShowOptions) => void;
  readonly setOverlay: (overlay: OverlayView | undefined) => void;
  /** Marks what differs from the other model, by item key. */
  readonly setMarks: (marks: ReadonlyMap<string, ChangeMark> | undefined) => void;
  /** Selects items and edges by key, without calling `onSelect`; with `reveal`, brings them into view. */
  readonly select: (keys: readonly string[], options?: { readonly reveal?: boolean }) => void;
  readonly selection: () => readonly string[];
  readonly viewport: () => Viewport;
  readonly setViewport: (viewport: Viewport) => void;
  /** Shows the whole graph. */
  readonly fit: () => void;
  readonly zoomTo: (keys: readonly string[]) => void;
  readonly zoomBy: (factor: number) => void;
  /** Where an item is in the scene; undefined for one that is not shown. */
  readonly itemRect: (key: string) => Rect | undefined;
  /** The scene that is shown, for pictures. */
  readonly scene: () => Scene | undefined;
  readonly decoration: () => Decoration;
  readonly theme: () => GraphTheme;
  readonly focus: () => void;
  readonly dispose: () => void;
}

/** Creates a view that fills `container`. */
export function createGraphView(container: HTMLElement, options: GraphViewOptions): GraphView {
  const { strings } = options;
  const canvas = element('canvas', { class: 'graph-ground', 'aria-hidden': 'true' });
  const near = createNearLayer((count) => fill(strings.nodes, String(count)));
  const live = element('div', { class: 'graph-hidden', role: 'status', 'aria-live': 'polite' });
  const help = element('div', { class: 'graph-hidden', id: uniqueId('graph-keys') }, strings.graphKeys);
  const root = element('div', {
    class: 'graph-view',
    role: 'application',
    tabindex: '0',
    'aria-label': strings.graph,
    'aria-describedby': help.id,
  });
  const minimap = createMinimap(strings.minimap, (point) => moveTo(centreOn(point, size, transform.scale), true));
  root.append(canvas, near.root, minimap.root, help, live);
  container.append(root);

  let scene: Scene | undefined;
  let decoration: Decoration = {};
  let theme = readTheme(root);
  let size: Size = { width: root.clientWidth, height: root.clientHeight };
  let transform: Transform = { scale: 1, x: 0, y: 0 };
  let items: ReadonlySet<number> = new Set();
  let edges: ReadonlySet<number> = new Set();
  let hovered: Hit | undefined;
  let frameRequest = 0;
  let byUser = true;
  let stopAnimation = (): void => undefined;

  const gestures = createGestures(root, {
    clamp: (wanted) => (scene ? clampTransform(wanted, scene, size) : wanted),
    size: () => size,
    ignores: (target) => minimap.contains(target),
    moved: (next) => {
      if (byUser) stopAnimation();
      transform = next;
      requestFrame();
      options.onViewport?.(viewport(), byUser);
    },
  });
  const observer = new ResizeObserver(() => resize());
  observer.observe(root);
  const stopTheme = onThemeChange(() => {
    theme = readTheme(root);
    redecorate();
  });
  root.addEventListener('click', (event) => press(event));
  root.addEventListener('dblclick', (event) => {
    const hit = hitAt(event);
    if (hit?.kind === 'item' && !hit.toggle) activate(hit.item);
  });
  root.addEventListener('pointermove', (event) => hover(event.buttons === 0 ? hitAt(event) : hovered));
  root.addEventListener('pointerleave', () => hover(undefined));
  root.addEventListener('keydown', (event) => {
    const action = keyAction(event);
    if (!action || !scene) return;
    event.preventDefault();
    act(action);
  });

  function moveTo(next: Transform, user: boolean): void {
    byUser = user;
    gestures.moveTo(next);
    byUser = true;
  }

  function glideTo(next: Transform): void {
    stopAnimation();
    if (!scene) return;
    stopAnimation = animateTransform(transform, clampTransform(next, scene, size), size, (step) => moveTo(step, false));
  }

  function viewport(): Viewport {
    const seen = visibleRect(transform, size);
    return { x: seen.x + seen.width / 2, y: seen.y + seen.height / 2, scale: transform.scale };
  }

  function resize(): void {
    const before = viewport();
    const wasHidden = size.width === 0 || size.height === 0;
    size = { width: root.clientWidth, height: root.clientHeight };
    if (!scene) return;
    moveTo(wasHidden ? openingTransform(scene, size) : centreOn(before, size, before.scale), false);
    requestFrame();
  }

  function requestFrame(): void {
    if (frameRequest === 0) frameRequest = requestAnimationFrame(draw);
  }

  function draw(): void {
    frameRequest = 0;
    if (!scene || size.width === 0 || size.height === 0) return;
    const context = fitCanvas(canvas, size);
    const relations = litRelations(scene);
    const isNear = transform.scale >= NEAR_FROM;
    if (context) {
      const fontFamily = getComputedStyle(root).fontFamily;
      const pixelRatio = window.devicePixelRatio;
      paintFrame(context, {
        ...{ scene, transform, size, pixelRatio, theme, fontFamily, decoration, relations },
        ...{ selection: items, near: isNear },
      });
    }
    if (isNear) {
      near.highlight(items, edges, relations);
      near.update(visibleRect(transform, size), transform);
    } else near.hide();
    minimap.update(scene, transform, size);
  }

  function litRelations(current: Scene): ReturnType<typeof relationsOf> {
    const overItems = hovered?.kind === 'item' ? [hovered.item] : [];
    const overEdges = hovered?.kind === 'edge' ? [hovered.edge] : [];
    return relationsOf(current, [...items, ...overItems], [...edges, ...overEdges]);
  }

  function redecorate(): void {
    if (!scene) return;
    near.reset(scene, decoration);
    minimap.draw(scene, decoration, theme);
    requestFrame();
  }

  function hitAt(event: MouseEvent): Hit | undefined {
    if (!scene || minimap.contains(event.target)) return undefined;
    const box = root.getBoundingClientRect();
    const x = (event.clientX - box.left - transform.x) / transform.scale;
    const y = (event.clientY - box.top - transform.y) / transform.scale;
    return hitTest(scene, x, y, POINTER_TOLERANCE / transform.scale);
  }

  function hover(hit: Hit | undefined): void {
    if (sameHit(hit, hovered)) return;
    hovered = hit;
    root.classList.toggle('pointing', hit !== undefined);
    requestFrame();
  }

  function press(event: MouseEvent): void {
    if (minimap.contains(event.target)) return;
    const hit = hitAt(event);
    if (hit?.kind === 'item' && hit.toggle) {
      toggle(hit.item);
      return;
    }
    const extend = event.shiftKey || event.ctrlKey || event.metaKey;
    const [pressedItems, pressedEdges] = hit?.kind === 'item' ? [[hit.item], []] : [[], hit ? [hit.edge] : []];
    setSelection(extend ? flip(items, pressedItems) : pressedItems, extend ? flip(edges, pressedEdges) : pressedEdges);
    tell();
  }

  function setSelection(nextItems: Iterable<number>, nextEdges: Iterable<number>): void {
    items = new Set(nextItems);
    edges = new Set(nextEdges);
    requestFrame();
  }

  function tell(): void {
    announce();
    options.onSelect?.(selection());
  }

  function announce(): void {
    if (!scene) return;
    const [item] = items;
    const [edge] = edges;
    if (item !== undefined) live.textContent = describeItem(scene, item, decoration, strings);
    else live.textContent = edge === undefined ? '' : describeEdge(scene, edge, strings);
  }

  function selection(): readonly string[] {
    const itemKeys = [...items].map((item) => scene?.display.items[item]?.key);
    const edgeKeys = [...edges].map((edge) => scene?.display.edges[edge]?.key);
    return [...itemKeys, ...edgeKeys].filter((key) => key !== undefined);
  }

  function toggle(item: number): void {
    const key = scene?.display.items[item]?.key;
    if (key !== undefined) options.onToggle?.(key);
  }

  function activate(item: number): void {
    const found = scene?.display.items[item];
    if (found?.expandable) toggle(item);
    else if (found) options.onActivate?.(found.key);
  }

  function act(action: KeyAction): void {
    if (!scene) return;
    const [selected] = items;
    if (action.kind === 'step') {
      const next = nextItem(scene, selected, action.step);
      if (next === undefined) return;
      setSelection([next], []);
      glideTo(revealItems(scene, [next], transform, size));
      tell();
    } else if (action.kind === 'pan') {
      moveTo({ ...transform, x: transform.x + action.dx, y: transform.y + action.dy }, true);
    } else if (action.kind === 'zoom') zoomBy(action.factor);
    else if (action.kind === 'fit') fit();
    else if (action.kind === 'activate') {
      if (selected !== undefined) activate(selected);
    } else {
      setSelection([], []);
      tell();
    }
  }

  function zoomBy(factor: number): void {
    const centre = viewport();
    glideTo(centreOn(centre, size, centre.scale * factor));
  }

  function fit(): void {
    if (scene) glideTo(fitRect(wholeRect(scene), size));
  }

  return {
    show: (display, layout, showOptions = {}) => {
      const before = scene && keptPlace(scene, showOptions.keep, transform);
      const keys = selection();
      const isFirst = scene === undefined;
      stopAnimation();
      scene = buildScene(display, layout, display.edges.map(edgeLabelWidth));
      hovered = undefined;
      setSelection(indices(keys, scene.itemByKey), indices(keys, scene.edgeByKey));
      redecorate();
      const kept = scene.itemByKey.get(showOptions.keep ?? '');
      if (before && kept !== undefined) {
        const rect = itemRect(scene, kept);
        const { scale } = transform;
        moveTo({ scale, x: before.x - rect.x * scale, y: before.y - rect.y * scale }, false);
      } else if (showOptions.viewport) {
        moveTo(centreOn(showOptions.viewport, size, showOptions.viewport.scale), false);
      } else moveTo(isFirst ? openingTransform(scene, size) : transform, false);
    },
    setOverlay: (overlay) => {
      decoration = { ...decoration, overlay };
      redecorate();
      announce();
    },
    setMarks: (marks) => {
      decoration = { ...decoration, marks };
      redecorate();
    },
    select: (keys, { reveal = false } = {}) => {
      if (!scene) return;
      setSelection(indices(keys, scene.itemByKey), indices(keys, scene.edgeByKey));
      announce();
      if (reveal) glideTo(revealItems(scene, [...items, ...endsOf(scene, edges)], transform, size));
    },
    selection,
    viewport,
    setViewport: (wanted) => {
      stopAnimation();
      moveTo(centreOn(wanted, size, wanted.scale), false);
    },
    fit,
    zoomTo: (keys) => {
      const rect = scene && boundsOf(scene, indices(keys, scene.itemByKey));
      if (rect) glideTo(fitRect(rect, size, Math.max(1, READABLE_SCALE)));
    },
    zoomBy,
    itemRect: (key) => {
      const item = scene?.itemByKey.get(key);
      return scene && item !== undefined ? itemRect(scene, item) : undefined;
    },
    scene: () => scene,
    decoration: () => decoration,
    theme: () => theme,
    focus: () => root.focus({ preventScroll: true }),
    dispose: () => {
      stopAnimation();
      cancelAnimationFrame(frameRequest);
      observer.disconnect();
      stopTheme();
      gestures.dispose();
      root.remove();
    },
  };
}
