import { scaleLinear } from 'd3-scale';
import { select } from 'd3-selection';
import type { IntervalRow } from './intervalModel';
import { intervalDomain } from './intervalModel';

const WIDTH = 360;
const ROW_HEIGHT = 26;
const BAR_HEIGHT = 12;
const LABEL_WIDTH = 80;
const VALUE_WIDTH = 96;

/**
 * Draws one bar (from zero) or one point per row, with a whisker for its interval.
 * Before is outlined and after is filled, so that the two differ without colour.
 */
export function createIntervalChart(
  rows: readonly IntervalRow[],
  kind: 'bar' | 'point',
  description: string,
): SVGSVGElement {
  const height = rows.length * ROW_HEIGHT;
  const x = scaleLinear()
    .domain(intervalDomain(rows, kind))
    .range([LABEL_WIDTH, WIDTH - VALUE_WIDTH])
    .clamp(true);
  const svg = select(document.createElementNS('http://www.w3.org/2000/svg', 'svg'))
    .attr('viewBox', `0 0 ${WIDTH} ${height}`)
    .attr('class', 'chart')
    .attr('role', 'img')
    .attr('aria-label', description);
  const groups = svg
    .selectAll('g')
    .data(rows)
    .join('g')
    .attr('class', (row) => row.role)
    .attr('transform', (_row, i) => `translate(0,${i * ROW_HEIGHT + ROW_HEIGHT / 2})`);
  groups
    .append('text')
    .attr('class', 'label')
    .attr('dy', '0.35em')
    .text((row) => row.label);
  if (kind === 'bar') {
    groups
      .append('rect')
      .attr('x', LABEL_WIDTH)
      .attr('y', -BAR_HEIGHT / 2)
      .attr('width', (row) => Math.max(1, x(row.value) - LABEL_WIDTH))
      .attr('height', BAR_HEIGHT);
  }
  const whiskers = groups.filter((row) => row.high > row.low);
  whiskers
    .append('path')
    .attr('class', 'whisker')
    .attr('d', (row) => {
      const [low, high] = [x(row.low), x(row.high)];
      return `M${low},0H${high}M${low},-5V5M${high},-5V5`;
    });
  if (kind === 'point') {
    groups
      .append('circle')
      .attr('cx', (row) => x(row.value))
      .attr('r', 4.5);
  }
  groups
    .append('text')
    .attr('class', 'value')
    .attr('x', WIDTH)
    .attr('dy', '0.35em')
    .attr('text-anchor', 'end')
    .text((row) => row.text);
  // The selection was made from this very element.
  return svg.node() as SVGSVGElement;
}
