import type { ReportPanelRequest, ReportStrings } from '../../src/protocol/index';
import { createDataTable } from '../ui/dataTable';
import { element } from '../ui/dom';
import { createFormats, fill } from '../ui/format';
import type { TableState, TableView } from '../ui/tableModel';
import { createBadge, createButton } from '../ui/toolkit';
import { type ReportState, tableState } from './reportState';
import type { Card, ReportView } from './reportView';

/** What the page does with what a person does. */
export interface ReportActions {
  readonly request: (request: ReportPanelRequest) => void;
  readonly onTable: (id: string, state: TableState) => void;
  readonly onToggle: (id: string, isOpen: boolean) => void;
}

/** Sections that are open until a person closes them. */
const OPEN_AT_FIRST = new Set([
  'targets',
  'steps',
  'nodes',
  'outputs',
  'warnings',
  'groups',
  'weights',
  'branches',
  'lowRank',
  'epochs',
]);

/** Draws the whole report. */
export function createReport(
  view: ReportView,
  strings: ReportStrings,
  locale: string,
  state: ReportState,
  actions: ReportActions,
): DocumentFragment {
  const fragment = document.createDocumentFragment();
  const section = (table: TableView): HTMLElement => createTableSection(table, strings, locale, state, actions);
  fragment.append(
    createHeader(view, strings, actions),
    ...view.lead.map(section),
    element('ul', { class: 'cards' }, ...view.cards.map(createCard)),
  );
  if (view.warnings.length > 0) fragment.append(createWarnings(view.warnings, strings));
  fragment.append(...view.tables.map(section));
  fragment.append(createFacts(view.facts, strings));
  return fragment;
}

function createHeader(view: ReportView, strings: ReportStrings, { request }: ReportActions): HTMLElement {
  const { tone, symbol, text } = view.verdict;
  return element(
    'header',
    {},
    element('h1', {}, fill(strings.title, view.title)),
    element('p', { class: 'subtitle' }, view.subtitle),
    element(
      'p',
      { class: `verdict ${tone}` },
      element('span', { class: 'symbol', 'aria-hidden': 'true' }, symbol),
      element('span', {}, text),
    ),
    element(
      'div',
      { class: 'actions' },
      createButton(strings.compare, true, () => request({ type: 'open', target: 'comparison' })),
      createButton(strings.revealOutput, false, () => request({ type: 'open', target: 'output' })),
      createButton(strings.openRecipe, false, () => request({ type: 'open', target: 'recipe' })),
      createButton(strings.openJson, false, () => request({ type: 'open', target: 'json' })),
    ),
  );
}

function createCard({ id, title, value, details }: Card): HTMLElement {
  return element(
    'li',
    { class: 'card', 'data-card': id },
    element('h2', {}, title),
    element('p', { class: 'value' }, ...valueParts(value)),
    ...details.map((detail) => element('p', { class: 'detail' }, withUnits(detail))),
  );
}

/** Keeps a number and its unit on one line. */
function withUnits(text: string): string {
  return text.replace(/(?<=\d) (?=%|ms)/g, '\u00a0');
}

/** A value before and after breaks at its arrow only. */
function valueParts(value: string): (HTMLElement | string)[] {
  const parts = value.split(/ (?=→)/);
  if (parts.length === 1) return parts;
  return parts.flatMap((part) => [element('span', { class: 'whole' }, part), ' ']);
}

function createWarnings(warnings: readonly string[], strings: ReportStrings): HTMLElement {
  return element(
    'section',
    { class: 'warnings', 'aria-labelledby': 'warnings-title' },
    element('h2', { id: 'warnings-title' }, strings.warnings, ' ', createBadge(String(warnings.length))),
    element('ul', {}, ...warnings.map((warning) => element('li', {}, warning))),
  );
}

function createTableSection(
  table: TableView,
  strings: ReportStrings,
  locale: string,
  state: ReportState,
  actions: ReportActions,
): HTMLElement {
  const { integer } = createFormats(locale);
  const details = element(
    'details',
    { id: `table-${table.id}` },
    element('summary', {}, element('h2', {}, table.title), ' ', createBadge(integer(table.rows.length))),
    createDataTable(
      table,
      tableState(state, table.id),
      {
        filter: fill(strings.filter, table.title),
        rowsShown: (shown, total) => fill(strings.rowsShown, integer(shown), integer(total)),
        showMore: strings.showMore,
        sortBy: (column) => fill(strings.sortBy, column),
      },
      (next) => actions.onTable(table.id, next),
    ),
  );
  details.open = state.open[table.id] ?? OPEN_AT_FIRST.has(table.id);
  details.addEventListener('toggle', () => actions.onToggle(table.id, details.open));
  return details;
}

function createFacts(facts: ReportView['facts'], strings: ReportStrings): HTMLElement {
  return element(
    'section',
    { class: 'facts', 'aria-labelledby': 'facts-title' },
    element('h2', { id: 'facts-title' }, strings.run),
    element('dl', {}, ...facts.flatMap(([name, value]) => [element('dt', {}, name), element('dd', {}, value)])),
  );
}
