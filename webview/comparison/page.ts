import type {
  ComparisonDocument,
  ComparisonPanelRequest,
  ComparisonStrings,
  DistributionResult,
  LayerErrorResult,
  SamplePreview,
} from '../../src/protocol/index';
import { element } from '../ui/dom';
import { fill } from '../ui/format';
import { createIntervalChart } from '../ui/intervalChart';
import type { TableState, TableView } from '../ui/tableModel';
import { buildComparisonView, type ComparisonView, type FigureCard, type PairChart } from './comparisonView';
import { createDistributionChart } from './distributionChart';
import { createGallery } from './gallery';
import { createLayerChart } from './layerChart';

/** All that a comparison shows, as far as it has arrived. */
export interface PageContent {
  readonly document: ComparisonDocument;
  readonly strings: ComparisonStrings;
  readonly locale: string;
  readonly layers: LayerErrorResult | undefined;
  readonly previews: readonly SamplePreview[];
  readonly distribution: DistributionResult | undefined;
}

/** What makes a page live; a page without it is a document to read. */
export interface LiveControls {
  readonly request: (request: ComparisonPanelRequest) => void;
  readonly onExport: () => void;
  readonly button: (text: string, primary: boolean, onClick: () => void) => HTMLElement;
  readonly table: (view: TableView, onState: (state: TableState) => void) => HTMLElement;
  readonly onTable: (id: string, state: TableState) => void;
  /** The choice of a tensor, with the chart below it. */
  readonly distribution: () => HTMLElement;
  readonly isMeasuringLayers: boolean;
}

/** Draws a comparison: with `live` for the panel, without for a file. */
export function createComparisonPage(content: PageContent, live: LiveControls | undefined): HTMLElement {
  const { document, strings, locale } = content;
  const view = buildComparisonView(document, strings, locale);
  const { classFlips } = document.result.comparison;
  return element(
    'article',
    {},
    createHeader(view, strings, live),
    element('ul', { class: 'cards' }, ...view.cards.map((card) => createCard(card, strings))),
    section('advice', strings.advice, ...adviceParts(document, strings, live)),
    section('charts', strings.charts, element('div', { class: 'figures' }, ...view.charts.map(createPairChart))),
    ...layersSection(content, live),
    ...(view.flipsSummary === undefined
      ? []
      : [
          section(
            'flips',
            strings.flips,
            element('p', {}, view.flipsSummary),
            ...(view.moves === undefined ? [] : [tableOf(view.moves, live)]),
          ),
        ]),
    ...(classFlips === undefined || classFlips.list.length === 0
      ? []
      : [
          section(
            'gallery',
            strings.gallery,
            createGallery(classFlips.list, classFlips.total, content.previews, strings, locale),
          ),
        ]),
    ...distributionSection(content, live),
    section('outputs', strings.outputs, tableOf(view.outputs, live)),
    ...(view.notes.length === 0
      ? []
      : [section('notes', strings.notes, element('ul', {}, ...view.notes.map((note) => element('li', {}, note))))]),
  );
}

function createHeader(view: ComparisonView, strings: ComparisonStrings, live: LiveControls | undefined): HTMLElement {
  const buttons =
    live === undefined
      ? []
      : [
          element(
            'div',
            { class: 'actions', role: 'group', 'aria-label': strings.actions },
            live.button(strings.sideBySide, true, () => live.request({ type: 'sideBySide' })),
            live.button(strings.measureAgain, false, () => live.request({ type: 'measureAgain' })),
            live.button(strings.exportHtml, false, live.onExport),
          ),
        ];
  return element(
    'header',
    {},
    element('h1', {}, view.title),
    element('p', { class: 'subtitle' }, view.subtitle),
    ...buttons,
  );
}

const SYMBOLS = { good: '✓', fair: '!', poor: '✗', neutral: '' } as const;

function createCard({ id, title, value, tone, details }: FigureCard, strings: ComparisonStrings): HTMLElement {
  const verdict = tone === 'neutral' ? [] : [element('span', { class: 'tone' }, `${SYMBOLS[tone]} ${strings[tone]}`)];
  return element(
    'li',
    { class: `card ${tone}`, 'data-card': id },
    element('h2', {}, title),
    ...verdict,
    element('p', { class: 'value' }, value),
    ...details.map((detail) => element('p', { class: 'detail' }, detail)),
  );
}

function createPairChart({ title, kind, rows, change }: PairChart): HTMLElement {
  const described = `${title}. ${rows.map(({ label, text }) => `${label}: ${text}`).join(', ')}. ${change}`;
  return element(
    'figure',
    {},
    element('figcaption', {}, element('strong', {}, title), ` ${change}`),
    createIntervalChart(rows, kind, described),
  );
}

function adviceParts(
  { advice }: ComparisonDocument,
  strings: ComparisonStrings,
  live: LiveControls | undefined,
): HTMLElement[] {
  if (advice.length === 0) return [element('p', { class: 'hint' }, strings.noAdvice)];
  const items = advice.map(({ message, buttons }, index) =>
    element(
      'li',
      {},
      element('p', {}, message),
      ...(live === undefined || buttons.length === 0
        ? []
        : [
            element(
              'div',
              { class: 'actions', role: 'group', 'aria-label': message },
              ...buttons.map((text, button) =>
                live.button(text, false, () => live.request({ type: 'act', advice: index, button })),
              ),
            ),
          ]),
    ),
  );
  return [element('ul', { class: 'advice' }, ...items)];
}

function layersSection({ layers, strings, locale }: PageContent, live: LiveControls | undefined): HTMLElement[] {
  if (layers !== undefined) {
    const reveal = live && ((node: string): void => live.request({ type: 'revealNode', node }));
    return [section('layers', strings.layers, createLayerChart(layers, strings, locale, reveal))];
  }
  if (live === undefined) return [];
  const content = live.isMeasuringLayers
    ? element('p', { class: 'hint', role: 'status' }, strings.measuring)
    : live.button(strings.measureLayers, false, () => live.request({ type: 'measureLayers' }));
  return [section('layers', strings.layers, content)];
}

function distributionSection(
  { distribution, strings, locale }: PageContent,
  live: LiveControls | undefined,
): HTMLElement[] {
  if (live !== undefined) return [section('distribution', strings.distributions, live.distribution())];
  if (distribution === undefined) return [];
  return [section('distribution', strings.distributions, createDistributionChart(distribution, strings, locale))];
}

function tableOf(view: TableView, live: LiveControls | undefined): HTMLElement {
  if (live !== undefined) return live.table(view, (state) => live.onTable(view.id, state));
  const cellOf = (text: string, column: number): HTMLElement =>
    element('td', view.columns[column]?.isNumeric === true ? { class: 'number' } : {}, text);
  return element(
    'table',
    { 'aria-label': view.title },
    element('thead', {}, element('tr', {}, ...view.columns.map(({ title }) => element('th', { scope: 'col' }, title)))),
    element('tbody', {}, ...view.rows.map((row) => element('tr', {}, ...row.map(({ text }, i) => cellOf(text, i))))),
  );
}

function section(id: string, title: string, ...children: readonly Node[]): HTMLElement {
  return element(
    'section',
    { id, 'aria-labelledby': `${id}-title` },
    element('h2', { id: `${id}-title` }, title),
    ...children,
  );
}

/** The texts of the tables, filled for one table. */
export function tableTexts(
  view: TableView,
  strings: ComparisonStrings,
  integer: (value: number) => string,
): {
  filter: string;
  rowsShown: (shown: number, total: number) => string;
  showMore: string;
  sortBy: (column: string) => string;
} {
  return {
    filter: fill(strings.filter, view.title),
    rowsShown: (shown, total) => fill(strings.rowsShown, integer(shown), integer(total)),
    showMore: strings.showMore,
    sortBy: (column) => fill(strings.sortBy, column),
  };
}
