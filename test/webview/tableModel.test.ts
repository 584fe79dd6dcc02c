import { describe, expect, it } from 'vitest';
import {
  INITIAL_TABLE_STATE,
  numberCell,
  type TableState,
  type TableView,
  textCell,
  toggleSort,
  visibleRows,
} from '../../webview/ui/tableModel';

const TABLE: TableView = {
  id: 't',
  title: 'T',
  columns: [
    { title: 'Node', isNumeric: false },
    { title: 'Scale', isNumeric: true },
  ],
  rows: [
    [textCell('conv10'), numberCell(0.5, String)],
    [textCell('Conv2'), numberCell(12, String)],
    [textCell('relu'), numberCell(3, String)],
    [textCell('conv2 copy'), numberCell(3, String)],
  ],
};

function names(state: Partial<TableState>): string[] {
  return visibleRows(TABLE, { ...INITIAL_TABLE_STATE, ...state }).map((row) => row[0]?.text ?? '');
}

describe('visibleRows', () => {
  it('keeps the order of the report at first', () => {
    expect(names({})).toEqual(['conv10', 'Conv2', 'relu', 'conv2 copy']);
  });

  it('sorts texts with numbers in them as a person counts', () => {
    expect(names({ sortColumn: 0 })).toEqual(['Conv2', 'conv2 copy', 'conv10', 'relu']);
  });

  it('sorts numbers as numbers and keeps equal rows in their order, both ways', () => {
    expect(names({ sortColumn: 1 })).toEqual(['conv10', 'relu', 'conv2 copy', 'Conv2']);
    expect(names({ sortColumn: 1, descending: true })).toEqual(['Conv2', 'relu', 'conv2 copy', 'conv10']);
  });

  it('filters by every word in any cell and any case', () => {
    expect(names({ filter: 'CONV' })).toEqual(['conv10', 'Conv2', 'conv2 copy']);
    expect(names({ filter: ' conv 12 ' })).toEqual(['Conv2']);
    expect(names({ filter: 'nothing' })).toEqual([]);
  });
});

describe('toggleSort', () => {
  it('goes from ascending to descending to the order of the report, and keeps the filter', () => {
    const first = toggleSort({ filter: 'x', descending: false }, 1);
    const second = toggleSort(first, 1);
    expect([first, second, toggleSort(second, 1), toggleSort(second, 0)]).toEqual([
      { filter: 'x', sortColumn: 1, descending: false },
      { filter: 'x', sortColumn: 1, descending: true },
      { filter: 'x', descending: false },
      { filter: 'x', sortColumn: 0, descending: false },
    ]);
  });
});
