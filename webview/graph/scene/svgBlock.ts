import type { DisplayItem, DisplayRow } from '../model/display';
import type { Rect } from './buildScene';
import { CATEGORY_SIGNS, CHANGE_SIGNS, TOGGLE_SIGNS } from './categories';
import { figureOf, titlePaint, type Decoration } from './decoration';
import { METRICS, titleStart } from './measure';
import { escapeXml, svgElement, svgText } from './svgText';
import { textWidth, truncateText } from './textWidth';
import type { GraphTheme } from './theme';
import { tenth } from './wirePath';

const RADIUS = 5;
/** A group looks like a pile: there is more behind it. */
const PILE_STEP = 3;
const { sidePadding, titleFont, rowFont, titleHeight, rowHeight } = METRICS;
/** From the middle of a line down to its baseline, by font size. */
const BASELINE = 0.35;

/** Writes a block: title in the colour of its category, then its rows. */
export function blockSvg(item: DisplayItem, rect: Rect, decoration: Decoration, theme: GraphTheme): string {
  const paint = titlePaint(item, decoration, theme);
  const mark = decoration.marks?.get(item.key);
  const radius = item.kind === 'input' || item.kind === 'output' ? titleHeight / 2 : RADIUS;
  const { width, height } = rect;
  const outline = mark ? theme.changes[mark] : paint.edge;
  const hasRows = item.rows.length > 0;
  const isPile = item.kind === 'group' || item.kind === 'branch';
  const behind = isPile ? [2 * PILE_STEP, PILE_STEP] : [];
  const parts = [
    svgElement('title', {}, [escapeXml(item.name)]),
    ...behind.map((by) =>
      svgElement('rect', { x: by, y: by, width, height, rx: radius, fill: theme.background, stroke: outline }),
    ),
    ...(hasRows ? [svgElement('rect', { width, height, rx: radius, fill: theme.surface })] : []),
    svgElement('path', { d: titleShape(width, hasRows ? titleHeight : height, radius, hasRows), fill: paint.fill }),
    svgElement('rect', { width, height, rx: radius, fill: 'none', stroke: outline, 'stroke-width': mark ? 3 : 1 }),
    titleSvg(item, width, decoration, paint.ink),
    ...item.rows.map((row, i) => rowSvg(row, width, titleHeight + 3 + (i + 0.5) * rowHeight, theme)),
    ...(mark ? [changeSvg(CHANGE_SIGNS[mark], theme.changes[mark], theme.surface)] : []),
  ];
  return svgElement('g', { transform: `translate(${tenth(rect.x)} ${tenth(rect.y)})` }, parts);
}

/** Writes a container: its ground, outline and title line. */
export function containerSvg(
  item: DisplayItem,
  rect: Rect,
  decoration: Decoration,
  theme: GraphTheme,
  { count, ground }: { readonly count: string; readonly ground: string },
): string {
  const { width, height } = rect;
  const baseline = METRICS.containerHeader / 2 + titleFont * BASELINE;
  const start = titleStart(item);
  const title = truncateText(item.title, width - start - sidePadding, titleFont, true);
  const after = start + textWidth(title, titleFont, true) + sidePadding;
  const mark = decoration.marks?.get(item.key);
  const figure = figureOf(item, decoration)?.text;
  const parts = [
    svgElement('rect', {
      ...{ width, height, rx: RADIUS, fill: ground },
      ...{ stroke: mark ? theme.changes[mark] : theme.containerBorder, 'stroke-width': mark ? 3 : 1 },
    }),
    ...signs(item, baseline, theme.text),
    svgText(title, { x: start, y: baseline, 'font-size': titleFont, 'font-weight': '600', fill: theme.text }),
    ...fitting(
      [count, figure ?? ''].filter((text) => text !== '').join(' · '),
      after,
      width,
      baseline,
      theme.mutedText,
    ),
    ...(mark ? [changeSvg(CHANGE_SIGNS[mark], theme.changes[mark], theme.surface)] : []),
  ];
  return svgElement('g', { transform: `translate(${tenth(rect.x)} ${tenth(rect.y)})` }, parts);
}

function titleSvg(item: DisplayItem, width: number, decoration: Decoration, ink: string): string {
  const baseline = titleHeight / 2 + titleFont * BASELINE;
  const figure = figureOf(item, decoration);
  const start = titleStart(item);
  const figureWidth = figure ? Math.min(METRICS.figureWidth, textWidth(figure.text, titleFont, true)) : 0;
  const room = width - start - sidePadding - (figure ? figureWidth + METRICS.rowGap : 0);
  const texts = [
    ...signs(item, baseline, ink),
    svgText(truncateText(item.title, room, titleFont, true), { x: start, y: baseline }),
  ];
  if (figure) {
    const text = truncateText(figure.text, METRICS.figureWidth, titleFont, true);
    texts.push(svgText(text, { x: width - sidePadding, y: baseline, 'text-anchor': 'end' }));
  }
  return svgElement('g', { 'font-size': titleFont, 'font-weight': '600', fill: ink }, texts);
}

function signs(item: DisplayItem, y: number, fill: string): string[] {
  const category = svgText(CATEGORY_SIGNS[item.category], {
    ...{ x: titleStart(item) - METRICS.signWidth, y, fill, 'font-size': titleFont },
  });
  if (!item.expandable) return [category];
  const toggle = item.expanded ? TOGGLE_SIGNS.expanded : TOGGLE_SIGNS.collapsed;
  return [svgText(toggle, { x: sidePadding, y, fill, 'font-size': titleFont }), category];
}

function rowSvg(row: DisplayRow, width: number, middle: number, theme: GraphTheme): string {
  const y = middle + rowFont * BASELINE;
  const room = width - 2 * sidePadding;
  const label = truncateText(row.label, room * 0.6, rowFont);
  const after = label === '' ? 0 : textWidth(label, rowFont) + METRICS.rowGap;
  const value = truncateText(row.value, room - after, rowFont);
  const fill = row.kind === 'quantization' ? theme.quantized : theme.text;
  return [
    ...(label === '' ? [] : [svgText(label, { x: sidePadding, y, 'font-size': rowFont, fill: theme.mutedText })]),
    svgText(value, { x: sidePadding + after, y, 'font-size': rowFont, fill }),
  ].join('');
}

/** A text of the row font from `x` on, left out where less than half of it fits. */
function fitting(text: string, x: number, width: number, y: number, fill: string): string[] {
  const room = width - sidePadding - x;
  if (text === '' || room < textWidth(text, rowFont) / 2) return [];
  return [svgText(truncateText(text, room, rowFont), { x, y, 'font-size': rowFont, fill })];
}

function changeSvg(sign: string, color: string, ground: string): string {
  return [
    svgElement('circle', { r: 8, fill: ground, stroke: color, 'stroke-width': 1.5 }),
    svgText(sign, { y: 14 * BASELINE, 'font-size': 14, 'font-weight': '600', fill: color, 'text-anchor': 'middle' }),
  ].join('');
}

/** The shape that a title fills: rounded above, and below too where no rows follow. */
function titleShape(width: number, height: number, radius: number, hasRows: boolean): string {
  const r = Math.min(radius, height / 2);
  const [w, h, right] = [tenth(width), tenth(height), tenth(width - r)];
  const top = `Q0 0 ${r} 0H${right}Q${w} 0 ${w} ${r}`;
  if (hasRows) return `M0 ${h}V${r}${top}V${h}Z`;
  const foot = tenth(height - r);
  return `M0 ${foot}V${r}${top}V${foot}Q${w} ${h} ${right} ${h}H${r}Q0 ${h} 0 ${foot}Z`;
}
