import { INITIAL_TABLE_STATE, type TableState } from '../ui/tableModel';

/** What the comparison panel keeps across reloads; versioned, and free of paths. */
export interface ComparisonState {
  readonly version: 1;
  /** The host's name for the panel. */
  readonly token: string;
  readonly tables: Readonly<Record<string, TableState>>;
  /** The tensor that was looked into last. */
  readonly tensor?: string;
  readonly scrollTop: number;
}

/** The state to begin with: the saved one when it belongs to this panel and version, else a fresh one. */
export function initialComparisonState(saved: ComparisonState | undefined, token: string): ComparisonState {
  if (saved?.version === 1 && saved.token === token) return saved;
  return { version: 1, token, tables: {}, scrollTop: 0 };
}

/** The state of one table. */
export function comparisonTableState(state: ComparisonState, id: string): TableState {
  return state.tables[id] ?? INITIAL_TABLE_STATE;
}
