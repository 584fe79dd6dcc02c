import type { TensorRef } from '../../../src/protocol';
import { element } from '../../ui/dom';
import { fill } from '../../ui/format';
import { createButton, createToolButton, setDisabled } from '../../ui/toolkit';
import type { InspectorContext } from './context';
import { awaited } from './sections';

/** Values on a page, and beside each other in a row of the table. */
const PAGE = 128;
const PER_ROW = 4;

/** Start of the page after or before `offset`, within the tensor. */
export function pageStart(offset: number, total: number, direction: 1 | -1): number {
  const last = Math.max(0, Math.floor((total - 1) / PAGE) * PAGE);
  return Math.max(0, Math.min(last, offset + direction * PAGE));
}

/** Pages through the values of a weight; reads nothing until it is opened. */
export function createValuesPage(tensor: TensorRef, elements: number, context: InspectorContext): HTMLElement {
  const { strings, formats } = context;
  const details = element('details', {}, element('summary', {}, strings.values));
  const place = element('div');
  const position = element('span', { role: 'status' });
  const previous = createToolButton('previous', strings.previousPage, () => turn(-1));
  const next = createToolButton('next', strings.nextPage, () => turn(1));
  let offset = 0;

  function turn(direction: 1 | -1): void {
    offset = pageStart(offset, elements, direction);
    show();
  }

  function show(): void {
    const count = Math.min(PAGE, elements - offset);
    position.textContent = fill(
      strings.valuesOf,
      formats.integer(offset),
      formats.integer(Math.max(offset, offset + count - 1)),
      formats.integer(elements),
    );
    setDisabled(previous, offset === 0);
    setDisabled(next, offset + PAGE >= elements);
    place.replaceChildren(
      awaited(
        context,
        () => context.request('weightPage', { ...tensor, offset, count }),
        ({ values }) => [createTable(values, offset)],
      ),
    );
  }

  function createTable(values: readonly (number | string)[], start: number): HTMLElement {
    const rows: HTMLElement[] = [];
    for (let first = 0; first < values.length; first += PER_ROW) {
      const cells = values
        .slice(first, first + PER_ROW)
        .map((value) => element('td', {}, typeof value === 'number' ? formats.significant(value) : value));
      rows.push(element('tr', {}, element('th', { scope: 'row' }, formats.integer(start + first)), ...cells));
    }
    return element(
      'div',
      { class: 'values-scroll', tabindex: '0', role: 'region', 'aria-label': strings.values },
      element('table', { class: 'values', 'aria-label': strings.values }, element('tbody', {}, ...rows)),
    );
  }

  details.append(element('div', { class: 'pager' }, previous, next, position), place);
  details.addEventListener('toggle', show, { once: true });
  return details;
}

/** Writes a weight to a `.npy` file; the host asks where to. */
export function createExportButton(tensor: TensorRef, context: InspectorContext): HTMLElement {
  return createButton(context.strings.exportNpy, false, () => {
    context.request('exportWeight', tensor).then(
      ({ saved }) => saved && context.announce(context.strings.saved),
      (error: Error) => context.announce(error.message),
    );
  });
}
