/** One cell: what is read, and what sorts. */
export interface Cell {
  readonly text: string;
  readonly sort: number | string;
}

export interface Column {
  readonly title: string;
  readonly isNumeric: boolean;
}

/** A table as data: what to draw, without how. */
export interface TableView {
  readonly id: string;
  readonly title: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
}

/** What a person did to a table; kept across reloads. */
export interface TableState {
  readonly filter: string;
  /** Undefined keeps the order of the report. */
  readonly sortColumn?: number;
  readonly descending: boolean;
}

export const INITIAL_TABLE_STATE: TableState = { filter: '', descending: false };

/** A cell that sorts as it reads. */
export function textCell(text: string): Cell {
  return { text, sort: text };
}

/** A cell with a number. */
export function numberCell(value: number, format: (value: number) => string): Cell {
  return { text: format(value), sort: value };
}

/** The rows that match the filter (every word, in any cell, in any case), in the chosen order. */
export function visibleRows(view: TableView, state: TableState): readonly (readonly Cell[])[] {
  const words = state.filter.toLowerCase().split(/\s+/).filter(Boolean);
  const rows = view.rows.filter((row) => {
    const text = row.map((cell) => cell.text.toLowerCase()).join('\n');
    return words.every((word) => text.includes(word));
  });
  const column = state.sortColumn;
  if (column === undefined) return rows;
  const direction = state.descending ? -1 : 1;
  return rows
    .map((row, index) => ({ row, index }))
    .sort((a, b) => direction * compareCells(a.row[column], b.row[column]) || a.index - b.index)
    .map(({ row }) => row);
}

/** The state after a click on a column's head: ascending, then descending, then the order of the report. */
export function toggleSort(state: TableState, column: number): TableState {
  if (state.sortColumn !== column) return { filter: state.filter, sortColumn: column, descending: false };
  if (!state.descending) return { ...state, descending: true };
  return { filter: state.filter, descending: false };
}

function compareCells(a: Cell | undefined, b: Cell | undefined): number {
  const left = a?.sort ?? '';
  const right = b?.sort ?? '';
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  return String(left).localeCompare(String(right), undefined, { numeric: true });
}
