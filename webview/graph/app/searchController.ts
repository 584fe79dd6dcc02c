import { createSearch, type Search, type SearchHit } from '../model/search';
import type { GraphModel } from './graphModel';
import { shownMatches } from './shownMatches';
import { createSearchBar, type SearchBar } from './searchBar';
import type { Session } from './session';

export interface SearchController {
  readonly element: HTMLElement;
  /** Shows the field with the focus in it, and the last query. */
  open(): void;
  close(): void;
  /** Goes to the next or previous match; opens the field where nothing was searched yet. */
  step(direction: 1 | -1): void;
  /** Another graph is drawn in a pane, or another pane is active: what was found is marked there. */
  refresh(): void;
}

/** Finds nodes, inputs and outputs of the active model, in collapsed groups and subgraphs too. */
export function createSearchController(session: Session, onOpen: (isOpen: boolean) => void): SearchController {
  const { strings, formats } = session;
  let hits: readonly SearchHit[] = [];
  let searched: { readonly model: GraphModel; readonly search: Search } | undefined;
  const bar: SearchBar = createSearchBar(strings, formats, { onQuery: find, onPick: show, onClose: close });

  function find(text: string): void {
    session.save({ search: text });
    const { model } = session.active();
    if (model === undefined) return;
    if (searched?.model !== model) {
      searched = { model, search: createSearch(model.document, model.groups, model.shapes) };
    }
    hits = searched.search.find(text);
    bar.setHits(
      hits.map(({ key, title, name }) => ({
        title: title === '' ? (key.startsWith('i') ? strings.input : strings.output) : title,
        detail: name,
      })),
    );
    refresh();
  }

  function refresh(): void {
    for (const pane of session.panes) {
      const isSearched = session.state().searchOpen && hits.length > 0 && pane.model === searched?.model;
      pane.view?.setMatches(isSearched ? shownMatches(hits, pane.display) : undefined);
    }
  }

  function show(index: number): void {
    const hit = hits[index];
    const pane = session.active();
    if (hit?.node !== undefined) void pane.revealNode(hit.node);
    else if (hit !== undefined) void pane.reveal(hit.key);
  }

  function open(): void {
    onOpen(true);
    bar.open(session.state().search);
    refresh();
  }

  function close(): void {
    bar.close();
    onOpen(false);
    refresh();
    session.active().view?.focus();
  }

  return {
    element: bar.element,
    open,
    close,
    step(direction) {
      if (bar.element.hidden) open();
      // The model may have changed, or the other side may be active, since the text was typed.
      if (searched?.model !== session.active().model) find(session.state().search);
      bar.step(direction);
    },
    refresh,
  };
}
