import { scaleLinear } from 'd3-scale';
import type { ComparisonStrings, DistributionResult, Histogram } from '../../src/protocol/index';
import { element } from '../ui/dom';
import { createFormats, fill } from '../ui/format';
import { svgElement, svgPicture } from '../ui/svg';

const WIDTH = 640;
const HEIGHT = 180;
const AXIS_HEIGHT = 20;
const MARGIN = 8;

/** Two histograms over each other: the original as an area, the compressed model as a line; and their figures. */
export function createDistributionChart(
  distribution: DistributionResult,
  strings: ComparisonStrings,
  locale: string,
): HTMLElement {
  const { significant, fixed, integer } = createFormats(locale);
  const { before, after, tensor, samples, sqnrDb } = distribution;
  const likeness = sqnrDb === null ? strings.identical : `SQNR ${fixed(sqnrDb, 1)} dB`;
  const description = fill(
    strings.distributionText,
    tensor,
    integer(samples),
    significant(before.minimum),
    significant(before.maximum),
    significant(after.minimum),
    significant(after.maximum),
    likeness,
  );
  const { low, high } = before.histogram;
  const x = scaleLinear()
    .domain([low, high])
    .range([MARGIN, WIDTH - MARGIN]);
  // Activations behind a Relu are zero for the most part: square roots keep the rest visible.
  const tallest = Math.max(1, ...before.histogram.counts, ...after.histogram.counts);
  const y = (count: number): number => MARGIN + HEIGHT * (1 - Math.sqrt(count / tallest));
  const base = MARGIN + HEIGHT;
  const ticks = x
    .ticks(6)
    .flatMap((tick) => [
      svgElement('path', { class: 'axis', d: `M${x(tick).toFixed(2)},${base}v4` }),
      svgElement('text', { x: x(tick).toFixed(2), y: base + 16, 'text-anchor': 'middle' }, significant(tick)),
    ]);
  const chart = svgPicture(
    WIDTH,
    base + AXIS_HEIGHT,
    tensor,
    description,
    svgElement('path', { class: 'area', d: `${outline(before.histogram, x, y, base)}Z` }),
    svgElement('path', { class: 'line', d: outline(after.histogram, x, y, base) }),
    svgElement('path', { class: 'axis', d: `M${MARGIN},${base}H${WIDTH - MARGIN}` }),
    ...ticks,
  );
  const row = (name: string, kind: string, side: DistributionResult['before']): HTMLElement =>
    element(
      'tr',
      {},
      element('th', { scope: 'row' }, element('span', { class: `key ${kind}` }, name)),
      element('td', { class: 'number' }, `${significant(side.minimum)} … ${significant(side.maximum)}`),
      element('td', { class: 'number' }, significant(side.mean)),
      element('td', { class: 'number' }, significant(side.standardDeviation)),
    );
  const heads = [strings.model, strings.range, strings.mean, strings.deviation];
  return element(
    'figure',
    { class: 'distribution' },
    element('figcaption', {}, description),
    chart,
    element(
      'table',
      {},
      element('thead', {}, element('tr', {}, ...heads.map((head) => element('th', { scope: 'col' }, head)))),
      element('tbody', {}, row(strings.before, 'area', before), row(strings.after, 'line', after)),
    ),
  );
}

function outline(
  { low, high, counts }: Histogram,
  x: (value: number) => number,
  y: (count: number) => number,
  base: number,
): string {
  const width = (high - low) / Math.max(1, counts.length);
  const steps = counts.map((count, bin) => `V${y(count).toFixed(2)}H${x(low + (bin + 1) * width).toFixed(2)}`);
  return `M${x(low).toFixed(2)},${base}${steps.join('')}V${base}`;
}
