import type { GraphStrings } from '../../../src/protocol/graphStrings';
import { element } from '../../ui/dom';
import { fill } from '../../ui/format';
import type { LayoutResult } from '../layout/types';
import type { ChangeMark, DisplayGraph, OverlayView } from '../model/display';
import { boundsOf, buildScene, itemRect, type Rect, type Scene } from '../scene/buildScene';
import { hitTest, type Hit } from '../scene/hitTest';
import { edgeLabelWidth } from '../scene/measure';
import { nextItem } from '../scene/navigate';
import { sceneToSvg, svgSize } from '../scene/svg';
import { centreOn, fitRect, openingTransform, revealItems, wholeRect } from '../scene/viewport';
import { createCamera, type Viewport } from './camera';
import { describeEdge, describeItem } from './describe';
import { keyAction, type KeyAction } from './keyboard';
import { createMinimap } from './minimap';
import { svgToPng, type PngPicture } from './picture';
import { createSelection } from './selection';
import { createStage } from './stage';
import { endsOf, indices, keptPlace, uniqueId } from './viewParts';

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
  /** The view moved, other than by `show`, `setViewport` or a change of its size. */
  readonly onViewport?: (viewport: Viewport) => void;
}

export interface ShowOptions {
  /** This item stays where it is on the screen: what was opened or closed. */
  readonly keep?: string;
  /** Opens there, for a panel that comes back after a reload. */
  readonly viewport?: Viewport;
}

/** Draws a graph, and lets people walk through it. */
export interface GraphView {
  /** Draws a graph. Without a place in the options it opens fitted, or at its input where texts would be too small. */
  readonly show: (display: DisplayGraph, layout: LayoutResult, options?: ShowOptions) => void;
  readonly setOverlay: (overlay: OverlayView | undefined) => void;
  /** Marks what differs from the other model, by item key. */
  readonly setMarks: (marks: ReadonlyMap<string, ChangeMark> | undefined) => void;
  /** Rings what a search found, by item key. */
  readonly setMatches: (matches: ReadonlySet<string> | undefined) => void;
  /** Marks what loses channels together with the selection, by item key. */
  readonly setCoupled: (coupled: ReadonlySet<string> | undefined) => void;
  /** Selects items and edges by key, without calling `onSelect`; with `reveal`, brings them into view. */
  readonly select: (keys: readonly string[], options?: { readonly reveal?: boolean }) => void;
  readonly selection: () => readonly string[];
  readonly viewport: () => Viewport;
  readonly setViewport: (viewport: Viewport) => void;
  /** Goes to where a graph opens, at most at this scale. */
  readonly open: (maxScale: number) => void;
  /** Shows the whole graph. */
  readonly fit: () => void;
  readonly zoomTo: (keys: readonly string[]) => void;
  readonly zoomBy: (factor: number) => void;
  /** All of the drawing, wires included; undefined before the first `show`. */
  readonly drawing: () => Rect | undefined;
  /** Where an item is in the scene; undefined for one that is not shown. */
  readonly itemRect: (key: string) => Rect | undefined;
  /** The whole graph as an SVG document, in the colours it has; empty before the first `show`. */
  readonly svg: (title: string) => string;
  /** The whole graph as PNG; `scale` says how far a large one was made smaller. */
  readonly png: (title: string) => Promise<PngPicture | undefined>;
  readonly focus: () => void;
  readonly dispose: () => void;
}

/** Creates a view that fills `container`. */
export function createGraphView(container: HTMLElement, options: GraphViewOptions): GraphView {
  const { strings } = options;
  const live = element('div', { class: 'graph-hidden', role: 'status', 'aria-live': 'polite' });
  const help = element('div', { class: 'graph-hidden', id: uniqueId('graph-keys') }, strings.graphKeys);
  const root = element('div', {
    ...{ class: 'graph-view', role: 'application', tabindex: '0' },
    ...{ 'aria-label': strings.graph, 'aria-describedby': help.id },
  });
  const minimap = createMinimap(strings.minimap, (point) =>
    camera.moveTo(centreOn(point, camera.size(), camera.transform().scale)),
  );
  root.append(minimap.root, help, live);
  container.append(root);
  const countText = (count: number): string => fill(strings.nodes, String(count));
  const camera = createCamera(root, {
    ignores: minimap.contains,
    moved: (quietly) => {
      stage.requestFrame();
      if (!quietly) options.onViewport?.(camera.viewport());
    },
  });
  const selection = createSelection();
  const stage = createStage({ root, camera, selection, minimap, countText });
  let scene: Scene | undefined;

  root.addEventListener('click', (event) => press(event));
  root.addEventListener('dblclick', (event) => {
    const hit = hitAt(event);
    if (hit?.kind === 'item' && hit.part === 'title') activate(hit.item);
  });
  root.addEventListener('pointermove', (event) => {
    if (event.buttons === 0) hover(hitAt(event));
  });
  root.addEventListener('pointerleave', () => hover(undefined));
  root.addEventListener('keydown', (event) => {
    const action = keyAction(event);
    if (!action || !scene) return;
    event.preventDefault();
    act(scene, action);
  });

  function hitAt(event: MouseEvent): Hit | undefined {
    if (!scene || minimap.contains(event.target)) return undefined;
    const box = root.getBoundingClientRect();
    const { scale, x, y } = camera.transform();
    const [sceneX, sceneY] = [(event.clientX - box.left - x) / scale, (event.clientY - box.top - y) / scale];
    return hitTest(scene, sceneX, sceneY, POINTER_TOLERANCE / scale);
  }

  function hover(hit: Hit | undefined): void {
    root.classList.toggle('pointing', hit?.kind === 'edge' || (hit?.kind === 'item' && hit.part !== 'ground'));
    if (selection.hover(hit)) stage.requestFrame();
  }

  function press(event: MouseEvent): void {
    if (minimap.contains(event.target)) return;
    const hit = hitAt(event);
    if (hit?.kind === 'item' && hit.part === 'toggle') {
      // The second press of a double click would undo the first.
      if (event.detail <= 1) toggle(hit.item);
      return;
    }
    selection.press(hit, event.shiftKey || event.ctrlKey || event.metaKey);
    tell();
  }

  function tell(): void {
    stage.requestFrame();
    announce();
    options.onSelect?.(selection.keys());
  }

  function announce(): void {
    const [item] = selection.items();
    const [edge] = selection.edges();
    if (scene && item !== undefined) live.textContent = describeItem(scene, item, stage.decoration(), strings);
    else live.textContent = scene && edge !== undefined ? describeEdge(scene, edge, strings) : '';
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

  function act(current: Scene, action: KeyAction): void {
    const [selected] = selection.items();
    const transform = camera.transform();
    if (action.kind === 'step') {
      const next = nextItem(current, selected, action.step);
      if (next === undefined) return;
      selection.set([next], []);
      camera.glideTo(revealItems(current, [next], transform, camera.size()));
      tell();
    } else if (action.kind === 'pan') {
      camera.moveTo({ ...transform, x: transform.x + action.dx, y: transform.y + action.dy });
    } else if (action.kind === 'zoom') zoomBy(action.factor);
    else if (action.kind === 'fit') fit();
    else if (action.kind === 'clear') {
      selection.set([], []);
      tell();
    } else if (selected !== undefined) activate(selected);
  }

  function zoomBy(factor: number): void {
    const centre = camera.viewport();
    camera.glideTo(centreOn(centre, camera.size(), centre.scale * factor));
  }

  function fit(): void {
    if (scene) camera.glideTo(fitRect(wholeRect(scene), camera.size()));
  }

  function svg(title: string): string {
    return scene ? sceneToSvg(scene, stage.theme(), { decoration: stage.decoration(), title, countText }) : '';
  }

  return {
    show: (display, layout, { keep, viewport } = {}) => {
      const [previous, transform] = [scene, camera.transform()];
      const before = previous && keptPlace(previous, keep, transform);
      const next = buildScene(display, layout, display.edges.map(edgeLabelWidth));
      scene = next;
      camera.setScene(next);
      selection.setScene(next);
      stage.setScene(next);
      const after = keptPlace(next, keep, transform);
      if (before && after) {
        const [x, y] = [transform.x + before.x - after.x, transform.y + before.y - after.y];
        camera.moveTo({ ...transform, x, y }, true);
      } else if (viewport) camera.setViewport(viewport);
      else camera.moveTo(openingTransform(next, camera.size()), true);
    },
    setOverlay: (overlay) => {
      stage.decorate({ overlay });
      announce();
    },
    setMarks: (marks) => stage.decorate({ marks }),
    setMatches: (matches) => stage.decorate({ matches }),
    setCoupled: (coupled) => {
      selection.setCoupled(coupled);
      stage.requestFrame();
    },
    select: (keys, { reveal = false } = {}) => {
      selection.setKeys(keys);
      announce();
      stage.requestFrame();
      if (!scene || !reveal) return;
      const shown = [...selection.items(), ...endsOf(scene, selection.edges())];
      camera.glideTo(revealItems(scene, shown, camera.transform(), camera.size()));
    },
    selection: selection.keys,
    viewport: camera.viewport,
    setViewport: camera.setViewport,
    open: (maxScale) => {
      if (scene) camera.moveTo(openingTransform(scene, camera.size(), maxScale), true);
    },
    fit,
    zoomTo: (keys) => {
      const rect = scene && boundsOf(scene, indices(keys, scene.itemByKey));
      if (rect) camera.glideTo(fitRect(rect, camera.size()));
    },
    zoomBy,
    drawing: () => scene && wholeRect(scene),
    itemRect: (key) => {
      const item = scene?.itemByKey.get(key);
      return scene && item !== undefined ? itemRect(scene, item) : undefined;
    },
    svg,
    png: async (title) => (scene ? svgToPng(svg(title), svgSize(scene, stage.decoration())) : undefined),
    focus: () => root.focus({ preventScroll: true }),
    dispose: () => {
      stage.dispose();
      camera.dispose();
      root.remove();
    },
  };
}
