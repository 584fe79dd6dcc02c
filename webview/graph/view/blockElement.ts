import { element } from '../../ui/dom';
import type { DisplayEdge, DisplayItem, DisplayRow } from '../model/display';
import { CATEGORY_SIGNS, CHANGE_SIGNS, TOGGLE_SIGNS } from '../scene/categories';
import { figureOf, titleClass, type Decoration } from '../scene/decoration';
import { edgeLabelText } from '../scene/measure';
import { visibleText } from '../scene/visibleText';

/** Creates the element of a leaf: a title in the colour of its category, and its rows. */
export function createBlock(item: DisplayItem, decoration: Decoration): HTMLElement {
  const mark = decoration.marks?.get(item.key);
  const block = element('div', {
    class: ['graph-block', item.kind, titleClass(item, decoration), ...(mark ? [mark] : [])].join(' '),
    'data-key': item.key,
    title: tooltip(item),
  });
  block.append(element('div', { class: 'graph-title' }, ...titleParts(item, decoration)));
  if (item.rows.length > 0) block.append(element('div', { class: 'graph-rows' }, ...item.rows.map(createRow)));
  return block;
}

/** Creates the title of a container that shows its content; `count` is how many nodes are in it. */
export function createContainerTitle(item: DisplayItem, count: string, decoration: Decoration): HTMLElement {
  const mark = decoration.marks?.get(item.key);
  const title = element(
    'div',
    {
      class: ['graph-container-title', titleClass(item, decoration), ...(mark ? [mark] : [])].join(' '),
      'data-key': item.key,
      title: item.name,
    },
    ...titleParts(item, decoration),
  );
  title.querySelector('.graph-name')?.after(element('span', { class: 'graph-count' }, count));
  return title;
}

/** Creates the text beside an edge; its tooltip says type and shape of a quantized one too. */
export function createEdgeLabel(edge: DisplayEdge): HTMLElement {
  return element(
    'div',
    {
      class: edge.quantization ? 'graph-edge-label quantized' : 'graph-edge-label',
      'data-key': edge.key,
      title: [edge.label, edge.quantization?.text ?? ''].filter((line) => line !== '').join('\n'),
    },
    visibleText(edgeLabelText(edge)),
  );
}

function titleParts(item: DisplayItem, decoration: Decoration): HTMLElement[] {
  const parts: HTMLElement[] = [];
  const mark = decoration.marks?.get(item.key);
  if (mark) parts.push(element('span', { class: 'graph-change' }, CHANGE_SIGNS[mark]));
  if (item.expandable) {
    const sign = item.expanded ? TOGGLE_SIGNS.expanded : TOGGLE_SIGNS.collapsed;
    parts.push(element('span', { class: 'graph-toggle' }, sign));
  }
  parts.push(element('span', { class: 'graph-sign' }, CATEGORY_SIGNS[item.category]));
  parts.push(element('span', { class: 'graph-name' }, visibleText(item.title)));
  const figure = figureOf(item, decoration);
  if (figure) parts.push(element('span', { class: 'graph-figure' }, figure.text));
  return parts;
}

function createRow(row: DisplayRow): HTMLElement {
  const parts = row.label === '' ? [] : [element('span', { class: 'graph-label' }, visibleText(row.label))];
  return element(
    'div',
    { class: `graph-row ${row.kind}` },
    ...parts,
    element('span', { class: 'graph-value' }, visibleText(row.value)),
  );
}

/** The full name, and rows that the width of the block may cut. */
function tooltip(item: DisplayItem): string {
  return [item.name, ...item.rows.map((row) => `${row.label} ${row.value}`.trim())].join('\n');
}
