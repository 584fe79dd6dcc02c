import { INITIAL_TABLE_STATE, type TableState } from '../ui/tableModel';

/** What the report panel keeps across reloads; versioned, and free of paths. */
export interface ReportState {
  readonly version: 1;
  /** The host's name for the panel. */
  readonly token: string;
  readonly tables: Readonly<Record<string, TableState>>;
  /** Which sections are open, where a person changed it. */
  readonly open: Readonly<Record<string, boolean>>;
  readonly scrollTop: number;
}

/** The state to begin with: the saved one when it belongs to this panel and version, else a fresh one. */
export function initialState(saved: ReportState | undefined, token: string): ReportState {
  if (saved?.version === 1 && saved.token === token) return saved;
  return { version: 1, token, tables: {}, open: {}, scrollTop: 0 };
}

/** The state of one table. */
export function tableState(state: ReportState, id: string): TableState {
  return state.tables[id] ?? INITIAL_TABLE_STATE;
}
