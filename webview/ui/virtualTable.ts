import { element } from './dom';
import { type Cell, type Column, type TableState, toggleSort, visibleRows } from './tableModel';
import { rowAfterKey, scrollToRow, virtualRange } from './virtualRange';

export interface VirtualRow {
  readonly id: string;
  readonly cells: readonly Cell[];
}

export interface VirtualTableOptions {
  readonly title: string;
  readonly columns: readonly Column[];
  readonly state: TableState;
  readonly sortBy: (column: string) => string;
  readonly onState: (state: TableState) => void;
  /** The row that a person moved to. */
  readonly onSelect: (id: string) => void;
  /** Enter or a double click on a row. */
  readonly onActivate: (id: string) => void;
  /** How many rows the filter leaves, after every change. */
  readonly onCount: (shown: number, total: number) => void;
}

export interface VirtualTable {
  readonly element: HTMLElement;
  setRows(rows: readonly VirtualRow[]): void;
  setFilter(filter: string): void;
  /** Marks a row and scrolls to it; undefined marks none. Tells no listener. */
  select(id: string | undefined): void;
}

/** Fixed, as the style sheet has it: rows are placed by multiplication. */
const ROW_HEIGHT_PX = 24;

let lastTable = 0;

/** A sortable table of any length, of which only the visible rows are in the page. One tab stop; arrows move the row. */
export function createVirtualTable(options: VirtualTableOptions): VirtualTable {
  const prefix = `table-${++lastTable}`;
  let state = options.state;
  let all: readonly VirtualRow[] = [];
  let rows: readonly VirtualRow[] = [];
  let selected: string | undefined;
  const heads = options.columns.map((column, index) => createHead(column, index));
  const head = element('div', { class: 'row head', role: 'row', 'aria-rowindex': '1' }, ...heads);
  const body = element('div', { class: 'rows', role: 'rowgroup' });
  const grid = element(
    'div',
    { class: 'virtual-table', role: 'grid', tabindex: '0', 'aria-label': options.title },
    element('div', { class: 'head-group', role: 'rowgroup' }, head),
    body,
  );
  grid.addEventListener('scroll', draw, { passive: true });
  grid.addEventListener('keydown', onKey);
  new ResizeObserver(draw).observe(grid);

  function createHead(column: Column, index: number): HTMLElement {
    const button = element('button', { type: 'button', title: options.sortBy(column.title) }, column.title);
    button.addEventListener('click', () => update(toggleSort(state, index)));
    return element('div', { role: 'columnheader', class: column.isNumeric ? 'number' : 'word' }, button);
  }

  function update(next: TableState): void {
    state = next;
    options.onState(state);
    arrange();
  }

  function arrange(): void {
    const byCells = new Map(all.map((row) => [row.cells, row]));
    const view = { id: prefix, title: options.title, columns: options.columns, rows: all.map(({ cells }) => cells) };
    rows = visibleRows(view, state).flatMap((cells) => byCells.get(cells) ?? []);
    heads.forEach((cell, index) => {
      const isSorted = state.sortColumn === index;
      cell.setAttribute('aria-sort', !isSorted ? 'none' : state.descending ? 'descending' : 'ascending');
    });
    grid.setAttribute('aria-rowcount', String(rows.length + 1));
    body.style.height = `${rows.length * ROW_HEIGHT_PX}px`;
    options.onCount(rows.length, all.length);
    draw();
  }

  function viewHeight(): number {
    return Math.max(ROW_HEIGHT_PX, grid.clientHeight - head.offsetHeight);
  }

  function draw(): void {
    const { first, end } = virtualRange(grid.scrollTop, viewHeight(), ROW_HEIGHT_PX, rows.length);
    body.replaceChildren(...rows.slice(first, end).map((row, index) => createRow(row, first + index)));
    const isDrawn = rows.slice(first, end).some(({ id }) => id === selected);
    if (isDrawn) grid.setAttribute('aria-activedescendant', `${prefix}-active`);
    else grid.removeAttribute('aria-activedescendant');
  }

  function createRow({ id, cells }: VirtualRow, index: number): HTMLElement {
    const isSelected = id === selected;
    const line = element(
      'div',
      {
        class: 'row',
        role: 'row',
        'aria-rowindex': String(index + 2),
        'aria-selected': String(isSelected),
        ...(isSelected ? { id: `${prefix}-active` } : {}),
      },
      ...cells.map(({ text }, column) => {
        const isNumeric = options.columns[column]?.isNumeric === true;
        return element('div', { role: 'gridcell', class: isNumeric ? 'number' : 'word', title: text }, text);
      }),
    );
    line.style.top = `${index * ROW_HEIGHT_PX}px`;
    line.addEventListener('click', () => choose(index));
    line.addEventListener('dblclick', () => options.onActivate(id));
    return line;
  }

  function choose(index: number): void {
    const row = rows[index];
    if (row === undefined) return;
    selected = row.id;
    reveal(index);
    options.onSelect(row.id);
  }

  function reveal(index: number): void {
    grid.scrollTop = scrollToRow(index, grid.scrollTop, viewHeight(), ROW_HEIGHT_PX);
    draw();
  }

  function onKey(event: KeyboardEvent): void {
    if (event.target !== grid) return;
    if (event.key === 'Enter' && selected !== undefined) options.onActivate(selected);
    const current = rows.findIndex(({ id }) => id === selected);
    const page = Math.max(1, Math.floor(viewHeight() / ROW_HEIGHT_PX) - 1);
    const next = rowAfterKey(event.key, current, rows.length, page);
    if (next === undefined) return;
    event.preventDefault();
    choose(next);
  }

  return {
    element: grid,
    setRows(next) {
      all = next;
      arrange();
    },
    setFilter(filter) {
      grid.scrollTop = 0;
      update({ ...state, filter });
    },
    select(id) {
      selected = id;
      const index = rows.findIndex((row) => row.id === id);
      if (index >= 0) reveal(index);
      else draw();
    },
  };
}
