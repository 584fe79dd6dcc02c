import type { OverlayView } from '../model/display';
import { METRICS } from './measure';
import { svgElement, svgText } from './svgText';
import { textWidth } from './textWidth';
import { classCategory, type GraphTheme } from './theme';

const SWATCH = 12;
const GAP = 6;
const FONT = METRICS.rowFont;
/** Height of the line that the legend takes above the drawing. */
export const LEGEND_HEIGHT = 28;

/** Writes the legend of an overlay as one line from the left: its title, then the scale or the classes with counts. */
export function legendSvg({ overlay, legend }: OverlayView, theme: GraphTheme): string {
  if (overlay === 'category') return '';
  const parts: string[] = [];
  let x = 0;
  const write = (text: string, weight: string): void => {
    parts.push(svgText(text, { x, y: FONT, 'font-weight': weight }));
    x += textWidth(text, FONT, weight === '600') + GAP;
  };
  const swatch = (fill: string): void => {
    parts.push(svgElement('rect', { x, y: 1, width: SWATCH, height: SWATCH, fill, stroke: theme.border }));
    x += SWATCH;
  };
  write(legend.title, '600');
  if (legend.kind === 'scale') {
    write(legend.low, '400');
    for (const { fill } of theme.scale) swatch(fill);
    x += GAP;
    write(legend.high, '400');
  } else {
    legend.classes.forEach(({ label, count }, i) => {
      x += GAP;
      swatch(theme.categories[classCategory(i)].edge);
      x += GAP;
      write(`${label}: ${count}`, '400');
    });
  }
  return svgElement('g', { 'font-size': FONT, fill: theme.text, transform: `translate(0 ${-LEGEND_HEIGHT})` }, parts);
}
