import { element } from '../../ui/dom';

export interface Crumb {
  readonly graph: number;
  readonly title: string;
}

/** Where the shown graph lies within the model: every outer graph is a button that goes there. */
export function createBreadcrumb(
  label: string,
  onOpen: (graph: number) => void,
): {
  readonly element: HTMLElement;
  readonly show: (crumbs: readonly Crumb[]) => void;
} {
  const list = element('ol');
  const nav = element('nav', { class: 'breadcrumb', 'aria-label': label }, list);
  return {
    element: nav,
    show(crumbs) {
      nav.hidden = crumbs.length < 2;
      list.replaceChildren(
        ...crumbs.map(({ graph, title }, index) => {
          if (index === crumbs.length - 1) return element('li', { 'aria-current': 'page' }, title);
          const button = element('button', { type: 'button', class: 'jump' }, title);
          button.addEventListener('click', () => onOpen(graph));
          return element('li', {}, button);
        }),
      );
    },
  };
}
