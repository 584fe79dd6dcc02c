import type { Scene } from '../scene/buildScene';
import { centreOn, clampTransform, openingTransform, visibleRect, type Size, type Transform } from '../scene/viewport';
import { animateTransform } from './animate';
import { createGestures } from './input';

/** What is in view: the point of the scene in the middle, and the scale. */
export interface Viewport {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

export interface CameraOptions {
  /** True for what is no part of the canvas: presses there are not drags. */
  readonly ignores: (target: EventTarget | null) => boolean;
  /** The view moved or changed its size; `quietly` where the caller of the view asked for that place. */
  readonly moved: (quietly: boolean) => void;
}

/** Where the view stands, and all that moves it. Nothing leads to where none of the graph would be in view. */
export interface Camera {
  readonly transform: () => Transform;
  readonly size: () => Size;
  readonly viewport: () => Viewport;
  /** Takes a scene; the place stays until it is moved. */
  readonly setScene: (scene: Scene) => void;
  readonly moveTo: (transform: Transform, quietly?: boolean) => void;
  /** Moves there without telling; a view that has no size yet does so once it has one. */
  readonly setViewport: (viewport: Viewport) => void;
  /** Moves there in a moment, at once where people want less motion. */
  readonly glideTo: (transform: Transform) => void;
  readonly dispose: () => void;
}

/** Creates the camera of a view's element. */
export function createCamera(root: HTMLElement, options: CameraOptions): Camera {
  let scene: Scene | undefined;
  let size: Size = { width: root.clientWidth, height: root.clientHeight };
  let transform: Transform = { scale: 1, x: 0, y: 0 };
  let cause: 'gesture' | 'call' | 'quiet call' | 'glide' = 'gesture';
  let awaited: Viewport | undefined;
  let stopGliding = (): void => undefined;

  const gestures = createGestures(root, {
    clamp: (wanted) => (scene ? clampTransform(wanted, scene, size) : wanted),
    size: () => size,
    ignores: options.ignores,
    moved: (next) => {
      if (cause !== 'glide') stopGliding();
      transform = next;
      options.moved(cause === 'quiet call');
    },
  });
  const observer = new ResizeObserver(resize);
  observer.observe(root);

  function move(next: Transform, why: typeof cause): void {
    cause = why;
    gestures.moveTo(next);
    cause = 'gesture';
  }

  /** The middle stays in the middle, also of a panel that was hidden; one that had no size before opens now. */
  function resize(): void {
    const before = hasSize() ? viewport() : awaited;
    size = { width: root.clientWidth, height: root.clientHeight };
    awaited = hasSize() ? undefined : before;
    if (!scene || !hasSize()) return;
    move(before ? centreOn(before, size, before.scale) : openingTransform(scene, size), 'quiet call');
  }

  function hasSize(): boolean {
    return size.width > 0 && size.height > 0;
  }

  function viewport(): Viewport {
    const seen = visibleRect(transform, size);
    return { x: seen.x + seen.width / 2, y: seen.y + seen.height / 2, scale: transform.scale };
  }

  return {
    transform: () => transform,
    size: () => size,
    viewport,
    setScene: (next) => {
      stopGliding();
      scene = next;
    },
    moveTo: (next, quietly = false) => move(next, quietly ? 'quiet call' : 'call'),
    setViewport: (wanted) => {
      if (hasSize()) move(centreOn(wanted, size, wanted.scale), 'quiet call');
      else awaited = wanted;
    },
    glideTo: (next) => {
      stopGliding();
      if (!scene) return;
      const end = clampTransform(next, scene, size);
      stopGliding = animateTransform(transform, end, size, (step) => move(step, 'glide'));
    },
    dispose: () => {
      stopGliding();
      observer.disconnect();
      gestures.dispose();
    },
  };
}
