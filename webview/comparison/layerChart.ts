import type { ComparisonStrings, LayerErrorResult } from '../../src/protocol/index';
import { element } from '../ui/dom';
import { createFormats, fill } from '../ui/format';
import { svgElement } from '../ui/svg';
import { layerBars, type LayerBar } from './layerRows';

const BAR_WIDTH = 300;
const BAR_HEIGHT = 7;
const ROW_HEIGHT = 20;

/**
 * The error of every layer as a table with bars: one bar per sense, with its figure. With `onReveal` the names are
 * buttons that show the layer in the graph.
 */
export function createLayerChart(
  result: LayerErrorResult,
  strings: ComparisonStrings,
  locale: string,
  onReveal: ((node: string) => void) | undefined,
): HTMLElement {
  const bars = layerBars(result);
  const worst = Math.max(Number.MIN_VALUE, ...bars.flatMap((bar) => [bar.graphwiseNoise, bar.layerwiseNoise ?? 0]));
  const hasLayerwise = bars.some(({ layerwise }) => layerwise !== undefined);
  const { fixed, significant } = createFormats(locale);
  const decibels = (db: number | null): string => (db === null ? strings.identical : `${fixed(db, 1)} dB`);
  const heads = [
    strings.node,
    strings.operator,
    '',
    ...(hasLayerwise ? [strings.layerwise] : []),
    strings.graphwise,
    ...(hasLayerwise ? [strings.outputDivergence] : []),
  ];
  const rows = bars.map((bar) =>
    element(
      'tr',
      {},
      element('th', { scope: 'row' }, nameOf(bar, strings, onReveal)),
      element('td', {}, bar.opType),
      element('td', { class: 'bar-cell' }, createBars(bar, worst)),
      ...(hasLayerwise
        ? [element('td', { class: 'number' }, bar.layerwise === undefined ? '' : decibels(bar.layerwise.sqnrDb))]
        : []),
      element('td', { class: 'number' }, decibels(bar.graphwise.sqnrDb)),
      ...(hasLayerwise
        ? [
            element(
              'td',
              { class: 'number' },
              bar.outputDivergence === undefined ? '' : significant(bar.outputDivergence),
            ),
          ]
        : []),
    ),
  );
  const legend = element(
    'p',
    { class: 'legend' },
    ...(hasLayerwise ? [element('span', { class: 'key layerwise' }, strings.layerwise)] : []),
    element('span', { class: 'key graphwise' }, strings.graphwise),
  );
  return element(
    'div',
    { class: 'layer-chart' },
    element('p', { class: 'hint' }, strings.layersIntro, ...(onReveal === undefined ? [] : [` ${strings.layersKeys}`])),
    ...(result.note === undefined ? [] : [element('p', { class: 'hint' }, result.note)]),
    legend,
    element(
      'div',
      { class: 'table-scroll', tabindex: '0', role: 'region', 'aria-label': strings.layers },
      element(
        'table',
        { 'aria-label': strings.layers },
        element('thead', {}, element('tr', {}, ...heads.map((head) => element('th', { scope: 'col' }, head)))),
        element('tbody', {}, ...rows),
      ),
    ),
  );
}

function nameOf(
  bar: LayerBar,
  strings: ComparisonStrings,
  onReveal: ((node: string) => void) | undefined,
): Node | string {
  if (onReveal === undefined) return bar.node;
  const button = element(
    'button',
    { type: 'button', class: 'link', title: fill(strings.showLayer, bar.node) },
    bar.node,
  );
  button.addEventListener('click', () => onReveal(bar.node));
  return button;
}

/** The worst layer fills the width: in a good model all bars would be too short to tell apart otherwise. */
function createBars({ graphwiseNoise, layerwiseNoise }: LayerBar, worst: number): SVGSVGElement {
  const bar = (share: number, y: number, kind: string): SVGElement =>
    svgElement('rect', {
      class: kind,
      x: 0.5,
      y,
      width: Math.max(0.5, (share / worst) * (BAR_WIDTH - 1)).toFixed(2),
      height: BAR_HEIGHT,
    });
  const children =
    layerwiseNoise === undefined
      ? [bar(graphwiseNoise, (ROW_HEIGHT - BAR_HEIGHT) / 2, 'graphwise')]
      : [bar(layerwiseNoise, 2, 'layerwise'), bar(graphwiseNoise, 2 + BAR_HEIGHT + 2, 'graphwise')];
  // The figures beside say the same.
  return svgElement(
    'svg',
    { viewBox: `0 0 ${BAR_WIDTH} ${ROW_HEIGHT}`, class: 'bars', 'aria-hidden': 'true', preserveAspectRatio: 'none' },
    ...children,
  );
}
