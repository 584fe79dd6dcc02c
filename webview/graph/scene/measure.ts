import type { LayoutGraph } from '../layout/types';
import type { DisplayEdge, DisplayGraph, DisplayItem, DisplayRow } from '../model/display';
import { textWidth } from './textWidth';

/** Lengths of the drawing in CSS pixels at scale 1; the style sheet of the view repeats them. */
export const METRICS = {
  titleHeight: 24,
  rowHeight: 17,
  /** Below the last row. */
  rowsPadding: 6,
  sidePadding: 8,
  /** Of the category's sign with the space after it. */
  signWidth: 18,
  /** Of the sign that opens or closes a container. */
  toggleWidth: 16,
  /** Between a row's label and its value. */
  rowGap: 6,
  /** Of the overlay's figure at the right of the title. */
  figureWidth: 62,
  containerHeader: 30,
  titleFont: 12,
  rowFont: 11,
  labelFont: 10,
  labelHeight: 14,
  minWidth: 72,
  maxWidth: 340,
  maxLabelWidth: 300,
} as const;

/** Widths are rounded up to this, so that blocks of nearly the same text look alike. */
const WIDTH_STEP = 8;

/** Room that an item takes in CSS pixels at scale 1. `header` is what a container keeps above its content. */
export interface ItemSize {
  readonly width: number;
  readonly height: number;
  readonly header: number;
}

/** Measures an item; with an overlay, its title has room for a figure. Of a container it is the least that shows its title. */
export function measureItem(item: DisplayItem, overlayVisible: boolean): ItemSize {
  const figure = overlayVisible && hasFigure(item) ? METRICS.figureWidth : 0;
  const title = titleStart(item) + textWidth(item.title, METRICS.titleFont, true) + METRICS.sidePadding + figure;
  if (item.expanded) {
    return { width: Math.min(METRICS.maxWidth, Math.ceil(title)), height: 0, header: METRICS.containerHeader };
  }
  const widest = item.rows.reduce((width, row) => Math.max(width, rowWidth(row)), title);
  const stepped = Math.ceil(widest / WIDTH_STEP) * WIDTH_STEP;
  return {
    width: Math.min(METRICS.maxWidth, Math.max(METRICS.minWidth, stepped)),
    height:
      METRICS.titleHeight + (item.rows.length > 0 ? item.rows.length * METRICS.rowHeight + METRICS.rowsPadding : 0),
    header: 0,
  };
}

/** Where the title's text begins, after the signs. */
export function titleStart(item: DisplayItem): number {
  return METRICS.sidePadding + (item.expandable ? METRICS.toggleWidth : 0) + METRICS.signWidth;
}

/** The text beside an edge, one line: type and range it is quantized to, otherwise type and shape; empty where nothing is known. */
export function edgeLabelText(edge: DisplayEdge): string {
  return edge.quantization?.brief ?? edge.label;
}

/** Turns a display graph into what the layout works on. */
export function toLayoutGraph(display: DisplayGraph, overlayVisible = false): LayoutGraph {
  const count = display.items.length;
  const sizes = new Float64Array(2 * count);
  const headers = new Float64Array(count);
  const parents = new Int32Array(count);
  const patterns = new Int32Array(count);
  display.items.forEach((item, i) => {
    const size = measureItem(item, overlayVisible);
    sizes[2 * i] = size.width;
    sizes[2 * i + 1] = size.height;
    headers[i] = size.header;
    parents[i] = item.parent;
    patterns[i] = item.expanded ? (item.pattern ?? -1) + 1 : 0;
  });
  const edges = display.edges.map((edge) => ({
    source: edge.source,
    targets: edge.targets,
    labelWidth: edgeLabelWidth(edge),
  }));
  return { sizes, parents, headers, patterns, edges };
}

/** Width of an edge's label with its padding, 0 without one. */
export function edgeLabelWidth(edge: DisplayEdge): number {
  const text = edgeLabelText(edge);
  if (text === '') return 0;
  return Math.min(METRICS.maxLabelWidth, Math.ceil(textWidth(text, METRICS.labelFont)) + METRICS.sidePadding);
}

function rowWidth(row: DisplayRow): number {
  const label = row.label === '' ? 0 : textWidth(row.label, METRICS.rowFont) + METRICS.rowGap;
  return label + textWidth(row.value, METRICS.rowFont) + 2 * METRICS.sidePadding;
}

function hasFigure(item: DisplayItem): boolean {
  return item.kind !== 'input' && item.kind !== 'output';
}
