import { element } from '../../ui/dom';
import { depthParity, itemRect, type Scene } from '../scene/buildScene';
import { titlePaint, type Decoration } from '../scene/decoration';
import type { GraphTheme } from '../scene/theme';
import { showsWhole, visibleRect, type Size, type Transform } from '../scene/viewport';

/** Greatest size in CSS pixels, and least: a graph that is one long column is widened to be seen at all. */
const MAX_SIZE: Size = { width: 180, height: 260 };
const MIN_SIZE: Size = { width: 56, height: 56 };
/** A block is never smaller than this in CSS pixels. */
const LEAST_BLOCK = 1.5;
/** Nor is the frame of what is in view. */
const LEAST_FRAME = 8;

export interface Minimap {
  readonly root: HTMLElement;
  /** Draws the whole graph, once for a layout, a decoration and a theme. */
  readonly draw: (scene: Scene, decoration: Decoration, theme: GraphTheme) => void;
  /** Moves the frame; hides the map where the view shows everything. */
  readonly update: (scene: Scene, transform: Transform, view: Size) => void;
  readonly contains: (target: EventTarget | null) => boolean;
}

/** Creates the overview; pressing or dragging on it calls back with a point of the scene. */
export function createMinimap(label: string, moveTo: (point: { x: number; y: number }) => void): Minimap {
  const canvas = element('canvas', { role: 'img', 'aria-label': label });
  const frame = element('div', { class: 'graph-minimap-frame' });
  const root = element('div', { class: 'graph-minimap' }, canvas, frame);
  root.hidden = true;
  let size: Size = MIN_SIZE;
  let drawn: Size = { width: 1, height: 1 };
  let dragging = false;

  const drag = (event: PointerEvent): void => {
    const box = canvas.getBoundingClientRect();
    moveTo({
      x: ((event.clientX - box.left) / size.width) * drawn.width,
      y: ((event.clientY - box.top) / size.height) * drawn.height,
    });
  };
  root.addEventListener('pointerdown', (event) => {
    dragging = true;
    root.setPointerCapture(event.pointerId);
    drag(event);
  });
  root.addEventListener('pointermove', (event) => {
    if (dragging) drag(event);
  });
  for (const type of ['pointerup', 'pointercancel'] as const) root.addEventListener(type, () => (dragging = false));

  return {
    root,
    draw: (scene, decoration, theme) => {
      drawn = { width: Math.max(1, scene.layout.width), height: Math.max(1, scene.layout.height) };
      size = minimapSize(drawn);
      const ratio = window.devicePixelRatio;
      canvas.width = Math.round(size.width * ratio);
      canvas.height = Math.round(size.height * ratio);
      canvas.style.width = `${size.width}px`;
      canvas.style.height = `${size.height}px`;
      const context = canvas.getContext('2d');
      if (!context) return;
      context.scale(ratio, ratio);
      paint(context, scene, decoration, theme, [size.width / drawn.width, size.height / drawn.height]);
    },
    update: (scene, transform, view) => {
      root.hidden = showsWhole(scene, transform, view);
      if (root.hidden) return;
      const seen = visibleRect(transform, view);
      const [scaleX, scaleY] = [size.width / drawn.width, size.height / drawn.height];
      const width = Math.min(size.width, Math.max(LEAST_FRAME, seen.width * scaleX));
      const height = Math.min(size.height, Math.max(LEAST_FRAME, seen.height * scaleY));
      const x = Math.min(size.width - width, Math.max(0, seen.x * scaleX));
      const y = Math.min(size.height - height, Math.max(0, seen.y * scaleY));
      frame.style.transform = `translate(${x}px, ${y}px)`;
      frame.style.width = `${width}px`;
      frame.style.height = `${height}px`;
    },
    contains: (target) => target instanceof Node && root.contains(target),
  };
}

/** The size of the overview: the proportions of the graph as far as both limits let it. */
export function minimapSize({ width, height }: Size): Size {
  const scale = Math.min(MAX_SIZE.width / width, MAX_SIZE.height / height);
  return {
    width: Math.max(MIN_SIZE.width, Math.round(width * scale)),
    height: Math.max(MIN_SIZE.height, Math.round(height * scale)),
  };
}

function paint(
  context: CanvasRenderingContext2D,
  scene: Scene,
  decoration: Decoration,
  theme: GraphTheme,
  [scaleX, scaleY]: readonly [number, number],
): void {
  for (const container of scene.containers) {
    const { x, y, width, height } = itemRect(scene, container);
    context.fillStyle = theme.containers[depthParity(scene, container)];
    context.fillRect(x * scaleX, y * scaleY, width * scaleX, height * scaleY);
  }
  for (const leaf of scene.leaves) {
    const item = scene.display.items[leaf];
    if (!item) continue;
    const { x, y, width, height } = itemRect(scene, leaf);
    const { fill, edge } = titlePaint(item, decoration, theme);
    context.fillStyle = fill === theme.background ? edge : fill;
    const [w, h] = [Math.max(LEAST_BLOCK, width * scaleX), Math.max(LEAST_BLOCK, height * scaleY)];
    context.fillRect(x * scaleX, y * scaleY, w, h);
  }
}
