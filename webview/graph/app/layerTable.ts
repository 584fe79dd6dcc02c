import type { GraphStrings } from '../../../src/protocol';
import { element } from '../../ui/dom';
import { fill, type Formats } from '../../ui/format';
import type { Column, TableState } from '../../ui/tableModel';
import { createButton, createTextField, createToolButton, setDisabled } from '../../ui/toolkit';
import { createVirtualTable, type VirtualRow } from '../../ui/virtualTable';

/** What can be done with the selected layer, by buttons beside the table. */
export interface LayerAction {
  readonly text: string;
  readonly run: (row: string) => void;
}

export interface LayerTableOptions {
  readonly columns: readonly (Column & {
    /** Least width in CSS pixels, and the share of what is left that the column takes. */
    readonly width: number;
    readonly share: number;
  })[];
  readonly state: TableState;
  readonly actions: readonly LayerAction[];
  readonly onState: (state: TableState) => void;
  readonly onSelect: (row: string) => void;
  readonly onActivate: (row: string) => void;
  readonly onClose: () => void;
}

export interface LayerTable {
  readonly element: HTMLElement;
  setRows(rows: readonly VirtualRow[]): void;
  select(row: string | undefined): void;
  focus(): void;
}

/** The layers as a table: all of the graph without seeing it. */
export function createLayerTable(strings: GraphStrings, formats: Formats, options: LayerTableOptions): LayerTable {
  const count = element('span', { class: 'hint', role: 'status' });
  let selected: string | undefined;
  const table = createVirtualTable({
    title: strings.layers,
    columns: options.columns,
    state: options.state,
    sortBy: (column) => fill(strings.sortBy, column),
    onState: options.onState,
    onSelect: (row) => {
      choose(row);
      options.onSelect(row);
    },
    onActivate: options.onActivate,
    onCount: (shown, total) => {
      count.textContent = fill(strings.layerCount, formats.integer(shown), formats.integer(total));
    },
  });
  const widths = options.columns.map(({ width, share }) =>
    share > 0 ? `minmax(${width}px, ${share}fr)` : `${width}px`,
  );
  table.element.style.setProperty('--columns', widths.join(' '));
  table.element.style.setProperty('--row-width', `${options.columns.reduce((sum, { width }) => sum + width, 0)}px`);
  const buttons = options.actions.map(({ text, run }) =>
    createButton(text, false, () => {
      if (selected !== undefined) run(selected);
    }),
  );
  const close = createToolButton('close', strings.close, options.onClose);
  const pane = element(
    'section',
    { class: 'layers', 'aria-label': strings.layers },
    element(
      'div',
      { class: 'layer-tools' },
      createTextField(strings.layerFilter, options.state.filter, table.setFilter),
      count,
      element('div', { class: 'actions', role: 'group', 'aria-label': strings.layerActions }, ...buttons, close),
    ),
    table.element,
  );
  choose(undefined);

  function choose(row: string | undefined): void {
    selected = row;
    for (const button of buttons) setDisabled(button, row === undefined);
  }

  return {
    element: pane,
    setRows: table.setRows,
    select(row) {
      choose(row);
      table.select(row);
    },
    focus: () => table.element.focus(),
  };
}
