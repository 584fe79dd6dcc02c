import { element } from '../../ui/dom';
import type { Scene } from '../scene/buildScene';
import type { Decoration } from '../scene/decoration';
import type { GraphTheme } from '../scene/theme';
import { visibleRect } from '../scene/viewport';
import type { Camera } from './camera';
import type { Minimap } from './minimap';
import { createNearLayer } from './nearLayer';
import { paintFrame } from './painter';
import { onThemeChange, readTheme } from './readTheme';
import type { Selection } from './selection';
import { fitCanvas } from './viewParts';

/** At this scale and above, blocks are elements with all their texts; below, they are painted. */
const NEAR_FROM = 0.5;

/** Draws frames: a canvas for the ground and the wires, elements for the blocks in view, and the overview. */
export interface Stage {
  readonly decoration: () => Decoration;
  readonly theme: () => GraphTheme;
  readonly setScene: (scene: Scene) => void;
  readonly decorate: (changes: Decoration) => void;
  /** Draws with the next frame of the screen, however often it is called before. */
  readonly requestFrame: () => void;
  readonly dispose: () => void;
}

export interface StageParts {
  readonly root: HTMLElement;
  readonly camera: Camera;
  readonly selection: Selection;
  readonly minimap: Minimap;
  readonly countText: (count: number) => string;
}

/** Creates the stage inside a view's element. */
export function createStage({ root, camera, selection, minimap, countText }: StageParts): Stage {
  const canvas = element('canvas', { class: 'graph-ground', 'aria-hidden': 'true' });
  const near = createNearLayer(countText);
  root.prepend(canvas, near.root);
  let scene: Scene | undefined;
  let decoration: Decoration = {};
  let theme = readTheme(root);
  let fontFamily = getComputedStyle(root).fontFamily;
  let request = 0;
  let minimapIsDrawn = false;
  let minimapTimer = 0;
  const stopTheme = onThemeChange(() => {
    theme = readTheme(root);
    fontFamily = getComputedStyle(root).fontFamily;
    redraw();
  });

  function requestFrame(): void {
    if (request === 0) request = requestAnimationFrame(draw);
  }

  function redraw(): void {
    if (!scene) return;
    near.reset(scene, decoration);
    minimapIsDrawn = false;
    requestFrame();
  }

  /** After the frame it belongs to: of a large graph the overview takes as long as the frame. */
  function drawMinimap(): void {
    if (!scene) return;
    minimap.draw(scene, decoration, theme);
    minimap.update(scene, camera.transform(), camera.size());
    minimapIsDrawn = true;
  }

  function draw(): void {
    request = 0;
    const [size, transform] = [camera.size(), camera.transform()];
    if (!scene || size.width === 0 || size.height === 0) return;
    const [items, relations, coupled] = [selection.items(), selection.relations(), selection.coupled()];
    const isNear = transform.scale >= NEAR_FROM;
    const context = fitCanvas(canvas, size);
    const pixelRatio = window.devicePixelRatio;
    if (context) {
      const looks = { theme, fontFamily, decoration, selection: items, relations, coupled, near: isNear };
      paintFrame(context, { scene, transform, size, pixelRatio, ...looks });
    }
    if (isNear) {
      near.update(visibleRect(transform, size), transform);
      near.highlight({ items, edges: selection.edges(), relations, coupled });
    } else near.hide();
    if (minimapIsDrawn) minimap.update(scene, transform, size);
    else {
      clearTimeout(minimapTimer);
      minimapTimer = window.setTimeout(drawMinimap);
    }
  }

  return {
    decoration: () => decoration,
    theme: () => theme,
    setScene: (next) => {
      scene = next;
      redraw();
    },
    decorate: (changes) => {
      decoration = { ...decoration, ...changes };
      redraw();
    },
    requestFrame,
    dispose: () => {
      cancelAnimationFrame(request);
      clearTimeout(minimapTimer);
      stopTheme();
    },
  };
}
