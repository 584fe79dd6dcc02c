import type { ToolCommand } from './toolbar';

/** What a key press asks for; the parts of an event that decide it. */
export interface KeyPress {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly shiftKey: boolean;
  readonly altKey: boolean;
  /** True while the focus is where letters are typed. */
  readonly isTyping: boolean;
}

export type KeyCommand = ToolCommand | 'close';

/**
 * The panel's own keys, beside those of the graph view: Ctrl+F finds, F3 walks through matches, Escape closes the search,
 * T shows the layer table, I the inspector, Q the raw graph.
 */
export function keyCommand({ key, ctrlKey, metaKey, shiftKey, altKey, isTyping }: KeyPress): KeyCommand | undefined {
  if (key === 'F3' && !altKey) return shiftKey ? 'findPrevious' : 'findNext';
  if (altKey) return undefined;
  if (ctrlKey || metaKey) return key.toLowerCase() === 'f' && !shiftKey ? 'find' : undefined;
  if (key === 'Escape') return 'close';
  if (isTyping) return undefined;
  switch (key.toLowerCase()) {
    case 't':
      return 'toggleTable';
    case 'i':
      return 'toggleInspector';
    case 'q':
      return 'toggleRaw';
    case 'z':
      return 'zoomToSelection';
    case '/':
      return 'find';
    default:
      return undefined;
  }
}
