import { element } from '../../ui/dom';
import { fill } from '../../ui/format';
import { createButton } from '../../ui/toolkit';
import { nodesByName } from '../model/documentIndex';
import type { InspectorContext } from './context';

/** Lists of more lines than this are cut. */
const MAX_LISTED = 50;

/** A part of the inspector under its own heading. */
export function section(title: string, ...children: readonly (Node | string)[]): HTMLElement {
  return element('section', {}, element('h3', {}, title), ...children);
}

/** Names and values, one a line. */
export function factList(facts: readonly (readonly [name: string, value: Node | string])[]): HTMLElement {
  return element(
    'dl',
    { class: 'facts' },
    ...facts.flatMap(([name, value]) => [element('dt', {}, name), element('dd', {}, value)]),
  );
}

/** A sentence in muted colour. */
export function hint(text: string): HTMLElement {
  return element('p', { class: 'hint' }, text);
}

/** A name that leads somewhere within the panel. */
export function jump(text: string, onClick: () => void): HTMLElement {
  const button = element('button', { type: 'button', class: 'jump' }, text);
  button.addEventListener('click', onClick);
  return button;
}

/** A list of lines; of a long one the first, and how many more there are. `label` names it for screen readers. */
export function cutList<T>(
  values: readonly T[],
  { strings, formats }: Pick<InspectorContext, 'strings' | 'formats'>,
  line: (value: T) => HTMLElement,
  label?: string,
): HTMLElement {
  const lines = values.slice(0, MAX_LISTED).map(line);
  const rest = values.length - lines.length;
  if (rest > 0) lines.push(element('li', { class: 'hint' }, fill(strings.andMore, formats.integer(rest))));
  return element('ul', { class: 'tensors', ...(label === undefined ? {} : { 'aria-label': label }) }, ...lines);
}

/** The name of a node of the main graph, which leads there unless it is the node `from` itself or not in the graph. */
export function nodeLine(name: string, from: string, context: InspectorContext, detail?: string): HTMLElement {
  const { index, goToNode } = context;
  const place = nodesByName(index.document).get(name);
  const text = name === from || place === undefined ? name : jump(name, () => goToNode(place));
  return element('li', {}, text, ...(detail === undefined ? [] : [element('span', { class: 'hint' }, ` ${detail}`)]));
}

/**
 * A place that fills when the host answers: a note while it waits, the content, or the reason with a button to retry.
 * An answer that comes after the person went elsewhere finds the place detached, and draws nothing.
 */
export function awaited<T>(
  context: Pick<InspectorContext, 'strings'>,
  ask: () => Promise<T>,
  draw: (value: T) => readonly Node[],
): HTMLElement {
  const place = element('div', { class: 'awaited' });
  const fetch = async (): Promise<void> => {
    place.replaceChildren(hint(context.strings.reading));
    place.setAttribute('aria-busy', 'true');
    try {
      const value = await ask();
      place.replaceChildren(...draw(value));
    } catch (error) {
      place.replaceChildren(
        element('p', { class: 'problem' }, error instanceof Error ? error.message : String(error)),
        createButton(context.strings.retry, false, () => void fetch()),
      );
    }
    place.removeAttribute('aria-busy');
  };
  void fetch();
  return place;
}
