import { scaleLinear } from 'd3-scale';
import { svgElement, svgPicture } from '../../ui/svg';
import type { GridLines, HistogramModel } from './histogramModel';

/** A range below the histogram: what one calibration method chooses. */
export interface RangeBar {
  readonly label: string;
  readonly minimum: number;
  readonly maximum: number;
  readonly isChosen: boolean;
}

const WIDTH = 320;
const HEIGHT = 120;
const AXIS_HEIGHT = 18;
const RANGE_HEIGHT = 16;
const MARGIN = 6;
/** Ticks nearer to the ends than this would lose half of their text. */
const TICK_MARGIN = 14;

/** Values that are all equal, or close together far from the limits, are seen all the same: pixels. */
const LEAST_BAR = 1.5;

/** Draws a histogram with the grid and the limits of quantization on it, and ranges below on the same scale. */
export function createHistogramChart(
  model: HistogramModel,
  grid: GridLines | undefined,
  ranges: readonly RangeBar[],
  texts: { readonly title: string; readonly description: string; readonly number: (value: number) => string },
): SVGSVGElement {
  const x = scaleLinear()
    .domain([...model.domain])
    .range([MARGIN, WIDTH - MARGIN]);
  const top = 8;
  const base = top + HEIGHT;
  const parts: Node[] = [];
  if (grid !== undefined) {
    const d = grid.levels.map((level) => `M${x(level).toFixed(2)},${top}V${base}`).join('');
    parts.push(svgElement('path', { class: 'grid', d }));
  }
  const bars = model.bars.map(({ from, to, height }) => {
    const left = x(from);
    const right = Math.max(x(to), left + LEAST_BAR);
    return height === 0
      ? ''
      : `M${left.toFixed(2)},${base}V${(base - height * HEIGHT).toFixed(2)}H${right.toFixed(2)}V${base}Z`;
  });
  parts.push(svgElement('path', { class: 'bars', d: bars.join('') }));
  if (grid !== undefined) {
    if (grid.narrowest !== undefined) parts.push(limitLines(grid.narrowest, 'limit narrow'));
    parts.push(limitLines(grid.limits, 'limit'));
  }
  parts.push(svgElement('path', { class: 'axis', d: `M${MARGIN},${base}H${WIDTH - MARGIN}` }));
  const ticks = x.ticks(5).filter((tick) => x(tick) > TICK_MARGIN && x(tick) < WIDTH - TICK_MARGIN);
  for (const tick of ticks) {
    parts.push(
      svgElement('path', { class: 'axis', d: `M${x(tick).toFixed(2)},${base}v4` }),
      svgElement('text', { x: x(tick).toFixed(2), y: base + 15, 'text-anchor': 'middle' }, texts.number(tick)),
    );
  }
  ranges.forEach((range, index) => parts.push(rangeRow(range, base + AXIS_HEIGHT + 4 + index * RANGE_HEIGHT)));
  const height = base + AXIS_HEIGHT + (ranges.length > 0 ? 4 + ranges.length * RANGE_HEIGHT : 0);
  return svgPicture(WIDTH, height, texts.title, texts.description, ...parts);

  /** Two upright lines with feet that point inwards, so that they are told from grid lines without colour. */
  function limitLines(limits: readonly [number, number], name: string): SVGPathElement {
    const [left, right] = [clamp(x(limits[0])), clamp(x(limits[1]))];
    return svgElement('path', {
      class: name,
      d: `M${left + 5},${top}H${left}V${base}M${right - 5},${top}H${right}V${base}`,
    });
  }

  function rangeRow(range: RangeBar, y: number): SVGGElement {
    const [left, right] = [clamp(x(range.minimum)), clamp(x(range.maximum))];
    const middle = y + RANGE_HEIGHT / 2;
    return svgElement(
      'g',
      { class: range.isChosen ? 'range chosen' : 'range' },
      svgElement('path', {
        d: `M${left},${middle - 4}V${middle + 4}M${left},${middle}H${right}M${right},${middle - 4}V${middle + 4}`,
      }),
      svgElement('text', { x: (left + right) / 2, y: middle - 2, 'text-anchor': 'middle' }, range.label),
    );
  }
}

function clamp(x: number): number {
  return Math.max(1, Math.min(WIDTH - 1, x));
}
