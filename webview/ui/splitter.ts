import { element } from './dom';

export interface SplitterOptions {
  readonly label: string;
  /** `vertical` divides left from right, `horizontal` top from bottom. */
  readonly orientation: 'vertical' | 'horizontal';
  /** Size of the pane after the splitter, CSS pixels. */
  readonly size: number;
  readonly minimum: number;
  /** Largest size at present; asked at every change, as the window may have changed. */
  readonly maximum: () => number;
  /** Hears every change, also while dragging. */
  readonly onSize: (size: number) => void;
  /** Hears the size that a person settled on. */
  readonly onEnd: (size: number) => void;
}

/** Pixels per press of an arrow key. */
const KEY_STEP_PX = 16;

/** A handle between two panes, for mouse, touch and keyboard (arrows, Home, End). */
export function createSplitter(options: SplitterOptions): HTMLElement {
  const { orientation, minimum } = options;
  let size = options.size;
  const handle = element('div', {
    class: `splitter ${orientation}`,
    role: 'separator',
    tabindex: '0',
    'aria-label': options.label,
    'aria-orientation': orientation,
    'aria-valuemin': String(minimum),
  });

  function change(next: number): void {
    const maximum = Math.max(minimum, options.maximum());
    size = Math.round(Math.max(minimum, Math.min(maximum, next)));
    // Before the page is laid out there is no limit, and no number for it.
    handle.setAttribute('aria-valuemax', String(Number.isFinite(maximum) ? Math.round(maximum) : size));
    handle.setAttribute('aria-valuenow', String(size));
    options.onSize(size);
  }

  handle.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    handle.setPointerCapture(event.pointerId);
    const place = (moved: PointerEvent): number => (orientation === 'vertical' ? moved.clientX : moved.clientY);
    const [start, from] = [place(event), size];
    const onMove = (moved: PointerEvent): void => change(from + start - place(moved));
    handle.addEventListener('pointermove', onMove);
    handle.addEventListener(
      'lostpointercapture',
      () => {
        handle.removeEventListener('pointermove', onMove);
        options.onEnd(size);
      },
      { once: true },
    );
  });
  handle.addEventListener('keydown', (event) => {
    const grow = orientation === 'vertical' ? 'ArrowLeft' : 'ArrowUp';
    const shrink = orientation === 'vertical' ? 'ArrowRight' : 'ArrowDown';
    const sizes: Record<string, number> = {
      [grow]: size + KEY_STEP_PX,
      [shrink]: size - KEY_STEP_PX,
      Home: minimum,
      End: Infinity,
    };
    const next = sizes[event.key];
    if (next === undefined) return;
    event.preventDefault();
    change(next);
    options.onEnd(size);
  });
  change(size);
  return handle;
}
