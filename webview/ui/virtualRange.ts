/** Which rows of a long list are drawn. */
export interface VirtualRange {
  readonly first: number;
  /** One past the last. */
  readonly end: number;
}

/** Rows drawn beyond each edge of what is visible, so that scrolling does not show gaps. */
const OVERSCAN_ROWS = 8;

/** The rows of height `rowHeight` that a scrolled viewport shows; all lengths in CSS pixels. */
export function virtualRange(scrollTop: number, viewHeight: number, rowHeight: number, rowCount: number): VirtualRange {
  const first = Math.max(0, Math.floor(scrollTop / rowHeight) - OVERSCAN_ROWS);
  const end = Math.min(rowCount, Math.ceil((scrollTop + viewHeight) / rowHeight) + OVERSCAN_ROWS);
  return { first: Math.min(first, Math.max(0, rowCount - 1)), end: Math.max(end, Math.min(1, rowCount)) };
}

/** Where to scroll so that row `index` is wholly visible; the present place where it is already. */
export function scrollToRow(index: number, scrollTop: number, viewHeight: number, rowHeight: number): number {
  const top = index * rowHeight;
  if (top < scrollTop) return top;
  return top + rowHeight > scrollTop + viewHeight ? top + rowHeight - viewHeight : scrollTop;
}

/** The row that a key moves to from `current` (-1: none); undefined for keys that do not move. */
export function rowAfterKey(key: string, current: number, rowCount: number, rowsPerPage: number): number | undefined {
  const steps: Readonly<Record<string, number>> = {
    ArrowDown: current + 1,
    ArrowUp: current - 1,
    PageDown: current + rowsPerPage,
    PageUp: current - rowsPerPage,
    Home: 0,
    End: rowCount - 1,
  };
  const next = steps[key];
  if (next === undefined || rowCount === 0) return undefined;
  return Math.max(0, Math.min(rowCount - 1, next));
}
