import type { GraphStrings } from '../../../src/protocol';
import { element } from '../../ui/dom';
import { fill, type Formats } from '../../ui/format';
import { createTextField, createToolButton, setDisabled, setText } from '../../ui/toolkit';
import { rowAfterKey } from '../../ui/virtualRange';

/** One match as the list shows it. */
export interface SearchHit {
  readonly title: string;
  readonly detail: string;
}

export interface SearchBarOptions {
  readonly onQuery: (text: string) => void;
  /** A match was picked or walked to. */
  readonly onPick: (index: number) => void;
  readonly onClose: () => void;
}

export interface SearchBar {
  readonly element: HTMLElement;
  /** Shows the bar with the focus in its field. */
  open(text: string): void;
  close(): void;
  setHits(hits: readonly SearchHit[]): void;
  /** Goes to the match after or before the current one, around the ends. */
  step(direction: 1 | -1): void;
}

/** Matches in the list; more are counted, and reached by typing more. */
const MAX_LISTED = 200;
/** Waits this long after a key, so that a word is searched once. */
const TYPING_REST_MS = 120;
const LIST_PAGE = 8;

let lastList = 0;

/** The field that finds nodes, with a count, previous and next, and a list for arrow keys. */
export function createSearchBar(strings: GraphStrings, formats: Formats, options: SearchBarOptions): SearchBar {
  const prefix = `matches-${++lastList}`;
  let hits: readonly SearchHit[] = [];
  let current = -1;
  let text = '';
  let timer: number | undefined;
  const field = createTextField(strings.findLabel, '', (value) => {
    text = value;
    clearTimeout(timer);
    timer = setTimeout(() => options.onQuery(value), TYPING_REST_MS);
  });
  const count = element('span', { class: 'count', role: 'status' });
  const previous = createToolButton('previous', strings.findPrevious, () => step(-1));
  const next = createToolButton('next', strings.findNext, () => step(1));
  const close = createToolButton('close', strings.close, options.onClose);
  const list = element('ul', { class: 'matches', role: 'listbox', tabindex: '0', 'aria-label': strings.matches });
  const bar = element(
    'div',
    { class: 'search', role: 'search', 'aria-label': strings.find },
    element('div', { class: 'search-line' }, field, count, previous, next, close),
    list,
  );
  bar.hidden = true;

  field.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') {
      flush();
      step(event.shiftKey ? -1 : 1);
    } else if (event.key === 'ArrowDown' && hits.length > 0) {
      list.focus();
      if (current < 0) pick(0);
    } else return;
    event.preventDefault();
  });
  list.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowUp' && current <= 0) field.focus();
    else {
      const index = rowAfterKey(event.key, current, Math.min(hits.length, MAX_LISTED), LIST_PAGE);
      if (index === undefined) return;
      pick(index);
    }
    event.preventDefault();
  });

  /** Searches at once what was typed last. */
  function flush(): void {
    if (timer === undefined) return;
    clearTimeout(timer);
    timer = undefined;
    options.onQuery(text);
  }

  function step(direction: 1 | -1): void {
    if (hits.length > 0) pick((Math.max(current, direction === 1 ? -1 : 0) + direction + hits.length) % hits.length);
  }

  function pick(index: number): void {
    current = index;
    mark();
    options.onPick(index);
  }

  function mark(): void {
    [...list.children].forEach((line, index) => {
      line.setAttribute('aria-selected', String(index === current));
      if (index === current) line.scrollIntoView({ block: 'nearest' });
    });
    if (current >= 0 && current < MAX_LISTED) list.setAttribute('aria-activedescendant', `${prefix}-${current}`);
    else list.removeAttribute('aria-activedescendant');
    const total = formats.integer(hits.length);
    if (text.trim() === '') count.textContent = '';
    else if (hits.length === 0) count.textContent = strings.noMatch;
    else if (current < 0) count.textContent = fill(strings.matchCount, total);
    else count.textContent = fill(strings.matchOf, formats.integer(current + 1), total);
    setDisabled(previous, hits.length === 0);
    setDisabled(next, hits.length === 0);
    list.hidden = hits.length === 0;
  }

  return {
    element: bar,
    open(initial) {
      const wasOpen = !bar.hidden;
      bar.hidden = false;
      if (!wasOpen && initial !== text) {
        text = initial;
        setText(field, initial);
        options.onQuery(initial);
      }
      mark();
      field.focus();
    },
    close() {
      bar.hidden = true;
    },
    setHits(found) {
      hits = found;
      current = -1;
      list.replaceChildren(
        ...found.slice(0, MAX_LISTED).map(({ title, detail }, index) => {
          const line = element(
            'li',
            { role: 'option', id: `${prefix}-${index}`, 'aria-selected': 'false' },
            element('span', {}, title),
            element('span', { class: 'hint' }, ` ${detail}`),
          );
          line.addEventListener('click', () => pick(index));
          return line;
        }),
      );
      mark();
    },
    step,
  };
}
