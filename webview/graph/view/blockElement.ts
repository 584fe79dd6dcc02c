import { element } from '../../ui/dom';
import type { ChangeMark, DisplayEdge, DisplayItem, DisplayRow } from '../model/display';
import { CATEGORY_SIGNS, CHANGE_SIGNS, TOGGLE_SIGNS } from '../scene/categories';
import { figureOf, titleClass, type Decoration } from '../scene/decoration';
import { edgeLabelText } from '../scene/measure';
import { visibleText } from '../scene/visibleText';

/** Creates the element of a leaf: a title in the colour of its category, and its rows. */
export function createBlock(item: DisplayItem, decoration: Decoration): HTMLElement {
  const mark = decoration.marks?.get(item.key);
  const block = element('div', {
    class: ['graph-block', item.kind, ...stateClasses(item, decoration)].join(' '),
    'data-key': item.key,
    title: tooltip(item),
  });
  if (mark) block.append(changeSign(mark));
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
      class: ['graph-container-title', ...stateClasses(item, decoration)].join(' '),
      'data-key': item.key,
      title: item.name,
    },
    ...titleParts(item, decoration),
  );
  if (mark) title.append(changeSign(mark));
  title.querySelector('.graph-name')?.after(element('span', { class: 'graph-count' }, count));
  return title;
}

/**
 * Creates the text beside an edge. Of a quantized one it says all once it is selected or pointed at; its tooltip says
 * type and shape too.
 */
export function createEdgeLabel(edge: DisplayEdge): HTMLElement {
  const brief = edgeLabelText(edge);
  const full = edge.quantization?.text ?? brief;
  const texts =
    full === brief
      ? [visibleText(brief)]
      : [
          element('span', { class: 'graph-brief' }, visibleText(brief)),
          element('span', { class: 'graph-full' }, visibleText(full)),
        ];
  return element(
    'div',
    {
      class: edge.quantization ? 'graph-edge-label quantized' : 'graph-edge-label',
      'data-key': edge.key,
      title: [edge.label, edge.quantization?.text ?? ''].filter((line) => line !== '').join('\n'),
    },
    ...texts,
  );
}

function stateClasses(item: DisplayItem, decoration: Decoration): readonly string[] {
  const mark = decoration.marks?.get(item.key);
  const isMatch = decoration.matches?.has(item.key) === true;
  return [titleClass(item, decoration), ...(mark ? [mark] : []), ...(isMatch ? ['match'] : [])];
}

/** The sign of a difference, at the corner of its block, where it takes no room of the title. */
function changeSign(mark: ChangeMark): HTMLElement {
  return element('span', { class: 'graph-change' }, CHANGE_SIGNS[mark]);
}

function titleParts(item: DisplayItem, decoration: Decoration): HTMLElement[] {
  const parts: HTMLElement[] = [];
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
