import { INITIAL_TABLE_STATE, type TableState } from '../../ui/tableModel';
import type { OverlayKind } from '../model/display';
import { isBoolean, isCount, isFinite, isObject, isString, listOf } from './guards';

/** Place of the drawing: `scale`, and where its top left is in the pane, in CSS pixels. */
export interface SavedViewport {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

/** What one pane keeps of its model. */
export interface SideState {
  /** Index of the graph that is shown: 0 for the main one, others by breadcrumb. */
  readonly graph: number;
  /** Keys of what is expanded; undefined where the panel chose. */
  readonly expanded?: readonly string[];
  readonly raw: boolean;
  readonly selection?: string;
  readonly viewport?: SavedViewport;
}

/** What the graph panel keeps across reloads; versioned, and free of paths. */
export interface PanelState {
  readonly version: 1;
  /** The host's name for the panel. */
  readonly token: string;
  readonly sides: readonly SideState[];
  readonly overlay: OverlayKind;
  readonly inspectorOpen: boolean;
  /** Width of the inspector, CSS pixels. */
  readonly inspectorSize: number;
  /** Height of the inspector in a narrow panel, CSS pixels. */
  readonly inspectorHeight: number;
  readonly tableOpen: boolean;
  /** Height of the layer table, CSS pixels. */
  readonly tableSize: number;
  readonly table: TableState;
  readonly searchOpen: boolean;
  readonly search: string;
}

const DEFAULT_INSPECTOR_PX = 340;
const DEFAULT_INSPECTOR_HEIGHT_PX = 300;
const DEFAULT_TABLE_PX = 260;
/** More keys than a person expands, and less than would make saving slow. */
const MAX_EXPANDED = 5000;
const MAX_TEXT = 500;

/** Every overlay, in the order of the chooser. */
export const OVERLAYS: readonly OverlayKind[] = [
  ...(['category', 'dataType', 'range', 'size', 'sparsity', 'latency', 'sensitivity'] as const),
];

/** The state of a pane that nobody touched. */
export const INITIAL_SIDE: SideState = { graph: 0, raw: false };

/** The state to begin with: the saved one as far as it is readable and belongs to this panel, else a fresh one. */
export function restoreState(saved: unknown, token: string, sideCount: number): PanelState {
  const fields = isObject(saved) && saved['version'] === 1 && saved['token'] === token ? saved : {};
  const sides = Array.isArray(fields['sides']) ? (fields['sides'] as readonly unknown[]) : [];
  const overlay = OVERLAYS.find((kind) => kind === fields['overlay']) ?? 'category';
  const flag = (name: string, otherwise: boolean): boolean => {
    const value = fields[name];
    return isBoolean(value) ? value : otherwise;
  };
  return {
    version: 1,
    token,
    sides: Array.from({ length: sideCount }, (_, index) => restoreSide(sides[index])),
    overlay,
    inspectorOpen: flag('inspectorOpen', sideCount === 1),
    inspectorSize: size(fields['inspectorSize'], DEFAULT_INSPECTOR_PX),
    inspectorHeight: size(fields['inspectorHeight'], DEFAULT_INSPECTOR_HEIGHT_PX),
    tableOpen: flag('tableOpen', false),
    tableSize: size(fields['tableSize'], DEFAULT_TABLE_PX),
    table: restoreTable(fields['table']),
    searchOpen: flag('searchOpen', false),
    search: isString(fields['search']) ? fields['search'].slice(0, MAX_TEXT) : '',
  };
}

function restoreSide(saved: unknown): SideState {
  if (!isObject(saved)) return INITIAL_SIDE;
  const { graph, expanded, raw, selection, viewport } = saved;
  return {
    graph: isCount(graph) ? graph : 0,
    raw: raw === true,
    ...(listOf(isString)(expanded) ? { expanded: (expanded as readonly string[]).slice(0, MAX_EXPANDED) } : {}),
    ...(isString(selection) ? { selection } : {}),
    ...(isViewport(viewport) ? { viewport } : {}),
  };
}

function isViewport(value: unknown): value is SavedViewport {
  return (
    isObject(value) && isFinite(value['x']) && isFinite(value['y']) && isFinite(value['scale']) && value['scale'] > 0
  );
}

function restoreTable(saved: unknown): TableState {
  if (!isObject(saved)) return INITIAL_TABLE_STATE;
  const { filter, sortColumn, descending } = saved;
  return {
    filter: isString(filter) ? filter.slice(0, MAX_TEXT) : '',
    descending: descending === true,
    ...(isCount(sortColumn) ? { sortColumn } : {}),
  };
}

function size(value: unknown, otherwise: number): number {
  return isFinite(value) && value >= 0 ? value : otherwise;
}
