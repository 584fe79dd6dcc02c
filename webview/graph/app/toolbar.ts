import type { GraphCommand, GraphStrings } from '../../../src/protocol';
import { element } from '../../ui/dom';
import type { IconName } from '../../ui/icons';
import { createSelect } from '../../ui/select';
import { createToolButton, setDisabled, setPressed } from '../../ui/toolkit';
import type { OverlayKind } from '../model/display';
import { OVERLAYS } from './state';

/** What a press in the tool bar asks for: the commands of the host, and the inspector, which only the panel has. */
export type ToolCommand = GraphCommand | 'toggleInspector';

/** What the tool bar shows as switched on. */
export interface ToolState {
  readonly overlay: OverlayKind;
  readonly raw: boolean;
  readonly tableOpen: boolean;
  readonly inspectorOpen: boolean;
  readonly searchOpen: boolean;
  readonly hasSelection: boolean;
}

export interface Toolbar {
  readonly element: HTMLElement;
  update(state: ToolState): void;
}

/** Name of an overlay for people. */
export function overlayName(overlay: OverlayKind, strings: GraphStrings): string {
  const names: Readonly<Record<OverlayKind, string>> = {
    category: strings.overlayNone,
    dataType: strings.overlayDataType,
    range: strings.overlayRange,
    size: strings.overlaySize,
    sparsity: strings.overlaySparsity,
    latency: strings.overlayLatency,
    sensitivity: strings.overlaySensitivity,
  };
  return names[overlay];
}

/** The bar with everything that acts on the graph as a whole. */
export function createToolbar(
  strings: GraphStrings,
  overlay: OverlayKind,
  onCommand: (command: ToolCommand) => void,
  onOverlay: (overlay: OverlayKind) => void,
): Toolbar {
  const chooser = createSelect(
    strings.overlay,
    OVERLAYS.map((kind) => ({ value: kind, text: overlayName(kind, strings) })),
    overlay,
    (value) => onOverlay(OVERLAYS.find((kind) => kind === value) ?? 'category'),
  );
  const tool = (icon: IconName, text: string, command: ToolCommand): HTMLElement =>
    createToolButton(icon, text, () => onCommand(command));
  const raw = tool('raw', strings.showRaw, 'toggleRaw');
  const zoom = tool('selection', strings.zoomToSelection, 'zoomToSelection');
  const find = tool('find', strings.find, 'find');
  const table = tool('table', strings.layers, 'toggleTable');
  const inspector = tool('inspector', strings.inspector, 'toggleInspector');
  const bar = element(
    'div',
    { class: 'toolbar', role: 'toolbar', 'aria-label': strings.tools },
    element('div', { class: 'tools' }, chooser, raw),
    element(
      'div',
      { class: 'tools' },
      tool('collapse', strings.collapseAll, 'collapseAll'),
      tool('expand', strings.expandAll, 'expandAll'),
      tool('fit', strings.fit, 'fit'),
      zoom,
    ),
    element(
      'div',
      { class: 'tools' },
      find,
      table,
      inspector,
      tool('vector', strings.exportSvg, 'exportSvg'),
      tool('picture', strings.exportPng, 'exportPng'),
    ),
  );
  return {
    element: bar,
    update(state) {
      chooser.value = state.overlay;
      setPressed(raw, state.raw);
      setPressed(table, state.tableOpen);
      setPressed(inspector, state.inspectorOpen);
      setPressed(find, state.searchOpen);
      setDisabled(zoom, !state.hasSelection);
    },
  };
}
