import { element } from './dom';
import { type TableState, type TableView, toggleSort, visibleRows } from './tableModel';
import { createButton, createTextField } from './toolkit';

/** Rows drawn at once; the rest follows on request, so that a model of 10,000 nodes opens as fast as a small one. */
const PAGE_ROWS = 100;
/** Fewer rows than this are read faster than filtered. */
const MIN_FILTER_ROWS = 8;

export interface TableTexts {
  /** `Filter {0}` with the table's title. */
  readonly filter: string;
  readonly rowsShown: (shown: number, total: number) => string;
  readonly showMore: string;
  readonly sortBy: (column: string) => string;
}

/** A sortable, filterable table. `onState` hears every change a person makes. */
export function createDataTable(
  view: TableView,
  initial: TableState,
  texts: TableTexts,
  onState: (state: TableState) => void,
): HTMLElement {
  let state = initial;
  let limit = PAGE_ROWS;
  const heads = view.columns.map((column, index) => createHead(column.title, column.isNumeric, index));
  const body = element('tbody');
  const status = element('p', { class: 'status', role: 'status' });
  const more = createButton(texts.showMore, false, () => {
    limit += PAGE_ROWS;
    draw();
  });

  function createHead(title: string, isNumeric: boolean, index: number): HTMLTableCellElement {
    const button = element('button', { type: 'button', title: texts.sortBy(title) }, title);
    button.addEventListener('click', () => update(toggleSort(state, index)));
    return element('th', { scope: 'col', ...(isNumeric ? { class: 'number' } : {}) }, button);
  }

  function update(next: TableState): void {
    state = next;
    limit = PAGE_ROWS;
    onState(state);
    draw();
  }

  function draw(): void {
    const rows = visibleRows(view, state);
    heads.forEach((head, index) => {
      const isSorted = state.sortColumn === index;
      head.setAttribute('aria-sort', !isSorted ? 'none' : state.descending ? 'descending' : 'ascending');
    });
    body.replaceChildren(
      ...rows.slice(0, limit).map((row) =>
        element(
          'tr',
          {},
          ...row.map((cell, index) => {
            const isNumeric = view.columns[index]?.isNumeric === true;
            return element('td', isNumeric ? { class: 'number' } : {}, cell.text);
          }),
        ),
      ),
    );
    status.textContent = texts.rowsShown(Math.min(limit, rows.length), view.rows.length);
    more.hidden = rows.length <= limit;
  }

  draw();
  const table = element('table', { 'aria-label': view.title }, element('thead', {}, element('tr', {}, ...heads)), body);
  const filter =
    view.rows.length < MIN_FILTER_ROWS
      ? []
      : [createTextField(texts.filter, state.filter, (value) => update({ ...state, filter: value }))];
  return element(
    'div',
    { class: 'data-table' },
    element('div', { class: 'table-tools' }, ...filter, status),
    element('div', { class: 'table-scroll', tabindex: '0', role: 'region', 'aria-label': view.title }, table),
    more,
  );
}
