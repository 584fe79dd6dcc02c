import type { Step } from '../scene/navigate';

/** What a key does to the view. */
export type KeyAction =
  | { readonly kind: 'step'; readonly step: Step }
  | { readonly kind: 'pan'; readonly dx: number; readonly dy: number }
  | { readonly kind: 'zoom'; readonly factor: number }
  | { readonly kind: 'fit' }
  | { readonly kind: 'activate' }
  | { readonly kind: 'clear' };

const STEPS: Readonly<Record<string, Step>> = {
  ArrowUp: 'up',
  ArrowDown: 'down',
  ArrowLeft: 'left',
  ArrowRight: 'right',
  Home: 'first',
  End: 'last',
};
const PANS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
  ArrowLeft: [1, 0],
  ArrowRight: [-1, 0],
  PageUp: [0, 6],
  PageDown: [0, -6],
};
/** Pixels that a key with Shift moves the view. */
const PAN_PIXELS = 80;
const ZOOM_FACTOR = 1.25;

/** The action of a key press, undefined for keys that are not the graph's. */
export function keyAction(
  event: Pick<KeyboardEvent, 'key' | 'shiftKey' | 'ctrlKey' | 'metaKey' | 'altKey'>,
): KeyAction | undefined {
  if (event.ctrlKey || event.metaKey || event.altKey) return undefined;
  const pan = event.shiftKey || event.key.startsWith('Page') ? PANS[event.key] : undefined;
  if (pan) return { kind: 'pan', dx: pan[0] * PAN_PIXELS, dy: pan[1] * PAN_PIXELS };
  const step = STEPS[event.key];
  if (step) return { kind: 'step', step };
  switch (event.key) {
    case '+':
    case '=':
      return { kind: 'zoom', factor: ZOOM_FACTOR };
    case '-':
    case '_':
      return { kind: 'zoom', factor: 1 / ZOOM_FACTOR };
    case '0':
      return { kind: 'fit' };
    case 'Enter':
    case ' ':
      return { kind: 'activate' };
    case 'Escape':
      return { kind: 'clear' };
    default:
      return undefined;
  }
}
