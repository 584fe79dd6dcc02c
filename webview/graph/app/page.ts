import type { GraphStrings } from '../../../src/protocol';
import { element } from '../../ui/dom';
import { createSplitter } from '../../ui/splitter';

/** The parts of the page, made elsewhere. */
export interface PageParts {
  readonly title: string;
  readonly toolbar: HTMLElement;
  readonly search: HTMLElement;
  /** Summary of the differences, side by side alone. */
  readonly differences?: HTMLElement;
  readonly overlayBar: HTMLElement;
  readonly panes: readonly HTMLElement[];
  readonly inspector: HTMLElement;
  readonly layers: HTMLElement;
}

export interface PageSizes {
  readonly inspectorSize: number;
  /** Height of the inspector in a narrow panel, where it is below the graph. */
  readonly inspectorHeight: number;
  readonly tableSize: number;
}

export interface Page {
  readonly root: HTMLElement;
  setInspectorOpen(isOpen: boolean): void;
  setTableOpen(isOpen: boolean): void;
  /** Shows a short text for a moment, and reads it to screen readers. */
  announce(text: string): void;
}

const MIN_INSPECTOR_PX = 220;
const MIN_TABLE_PX = 120;
/** What stays of the graph however large the other panes are. */
const MIN_GRAPH_PX = 160;
/** A short text can be read in this time. */
const NOTICE_MS = 6000;

/** Puts the parts into the page, with handles between them. */
export function createPage(
  parts: PageParts,
  sizes: PageSizes,
  strings: GraphStrings,
  onSizes: (sizes: Partial<PageSizes>) => void,
): Page {
  const { inspector, layers } = parts;
  const notice = element('div', { class: 'notice', role: 'status' });
  const work = element('div', { class: 'work' });
  const inspectorHandle = createSplitter({
    label: strings.resizeInspector,
    orientation: 'vertical',
    size: sizes.inspectorSize,
    minimum: MIN_INSPECTOR_PX,
    maximum: () => room(work.clientWidth),
    onSize: (size) => inspector.style.setProperty('--inspector-size', `${size}px`),
    onEnd: (inspectorSize) => onSizes({ inspectorSize }),
  });
  const heightHandle = createSplitter({
    label: strings.resizeInspectorHeight,
    orientation: 'horizontal',
    size: sizes.inspectorHeight,
    minimum: MIN_TABLE_PX,
    maximum: () => room(work.clientHeight),
    onSize: (size) => inspector.style.setProperty('--inspector-height', `${size}px`),
    onEnd: (inspectorHeight) => onSizes({ inspectorHeight }),
  });
  const tableHandle = createSplitter({
    label: strings.resizeTable,
    orientation: 'horizontal',
    size: sizes.tableSize,
    minimum: MIN_TABLE_PX,
    maximum: () => room(innerHeight - MIN_GRAPH_PX / 2),
    onSize: (size) => layers.style.setProperty('--table-size', `${size}px`),
    onEnd: (tableSize) => onSizes({ tableSize }),
  });
  work.append(element('div', { class: 'panes' }, ...parts.panes), inspectorHandle, heightHandle, inspector);
  const root = element(
    'div',
    { class: 'page' },
    element('h1', { class: 'visually-hidden' }, parts.title),
    parts.toolbar,
    parts.search,
    ...(parts.differences === undefined ? [] : [parts.differences]),
    parts.overlayBar,
    work,
    tableHandle,
    layers,
    notice,
  );
  let timer: number | undefined;
  return {
    root,
    setInspectorOpen(isOpen) {
      inspector.hidden = !isOpen;
      inspectorHandle.hidden = !isOpen;
      heightHandle.hidden = !isOpen;
    },
    setTableOpen(isOpen) {
      layers.hidden = !isOpen;
      tableHandle.hidden = !isOpen;
    },
    announce(text) {
      clearTimeout(timer);
      notice.textContent = text;
      timer = setTimeout(() => notice.replaceChildren(), NOTICE_MS);
    },
  };
}

/** Before the page is laid out there is no size to keep to. */
function room(available: number): number {
  return available === 0 ? Infinity : available - MIN_GRAPH_PX;
}
