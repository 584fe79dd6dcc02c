import type { GraphMapping, NodeRef } from '../../../src/protocol';
import { element } from '../../ui/dom';
import { fill } from '../../ui/format';
import { createToolButton, setDisabled } from '../../ui/toolkit';
import type { ChangeMark } from '../model/display';
import { changesOfItems, keyOf, matchGraphs, type GraphMatch } from '../model/graphMatch';
import { countDifferences, listDifferences, type Difference } from './differences';
import {
  followViewport,
  keepWidthInView,
  pairItems,
  proportionalViewport,
  sharedPoint,
  type ItemPairs,
} from './itemPairs';
import type { GraphModel } from './graphModel';
import type { GraphPane } from './pane';
import type { Session } from './session';

export interface PairController {
  readonly element: HTMLElement;
  /** Another graph is drawn in a pane, or a model was replaced. */
  refresh(): void;
  /** A pane was moved: the other one follows. */
  moved(pane: GraphPane): void;
  /** Something was selected in a pane: the other one selects what it became. */
  selected(pane: GraphPane): void;
  /** A group was opened or closed in a pane. */
  toggled(pane: GraphPane, key: string): void;
  /** Both panes were drawn for the first time: where neither comes back to a place, they open at one scale. */
  opened(): void;
  changeOf(node: NodeRef): ChangeMark | undefined;
}

/** Keeps two models side by side at the same place and selection, and walks through what differs. */
export function createPairController(session: Session, mapping: GraphMapping | undefined): PairController {
  const { strings, formats } = session;
  const summary = element('span', { role: 'status' });
  const previous = createToolButton('previous', strings.previousDifference, () => walk(-1));
  const next = createToolButton('next', strings.nextDifference, () => walk(1));
  const bar = element('div', { class: 'differences' }, summary, previous, next);
  let matched: { readonly models: readonly [GraphModel, GraphModel]; readonly match: GraphMatch } | undefined;
  let differences: readonly Difference[] = [];
  let current = -1;
  /** From the first pane to the second, and back. */
  let pairs: readonly [ItemPairs, ItemPairs] = [new Map(), new Map()];
  let frame = 0;

  function refresh(): void {
    const [first, second] = session.panes;
    const [one, other] = [first?.model, second?.model];
    if (first === undefined || second === undefined || one === undefined || other === undefined) return;
    if (matched?.models[0].document !== one.document || matched.models[1].document !== other.document) {
      matched = { models: [one, other], match: matchGraphs(one.document, other.document, mapping) };
      differences = listDifferences(matched.match, matched.models);
      current = -1;
      describe();
    }
    const { match } = matched;
    pairs = [
      pairItems(first.display, second.display, match.partnersOfFirst),
      pairItems(second.display, first.display, match.partnersOfSecond),
    ];
    first.view?.setMarks(changesOfItems(first.display, one.document, match.marksOfFirst));
    second.view?.setMarks(changesOfItems(second.display, other.document, match.marksOfSecond));
  }

  function describe(): void {
    const { changed, added, removed } = countDifferences(differences);
    const text =
      differences.length === 0
        ? strings.noDifferences
        : fill(strings.differences, ...[changed, added, removed].map(formats.integer));
    const place =
      current < 0
        ? ''
        : ` · ${fill(strings.matchOf, formats.integer(current + 1), formats.integer(differences.length))}`;
    summary.textContent = text + place;
    for (const button of [previous, next]) setDisabled(button, differences.length === 0);
  }

  function walk(direction: 1 | -1): void {
    if (differences.length === 0) return;
    current = (Math.max(current, direction === 1 ? -1 : 0) + direction + differences.length) % differences.length;
    describe();
    const difference = differences[current];
    if (difference !== undefined) void session.panes[difference.side]?.revealNode(difference.node);
  }

  function otherOf(pane: GraphPane): GraphPane | undefined {
    return session.panes[pane.side === 0 ? 1 : 0];
  }

  function moved(pane: GraphPane): void {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => follow(pane));
  }

  function follow(pane: GraphPane): void {
    const other = otherOf(pane);
    const [from, to] = [pane.view, other?.view];
    if (other === undefined || from === undefined || to === undefined) return;
    const viewport = from.viewport();
    const [here, there] = [from.drawing(), to.drawing()];
    if (here === undefined || there === undefined) return;
    const near = sharedPoint(viewport, here, pane.element.clientHeight);
    const followed =
      followViewport(viewport, pairs[pane.side], from.itemRect, to.itemRect, near, anchorOf(pane)) ??
      proportionalViewport(viewport, here, there);
    to.setViewport(keepWidthInView(followed, there, other.element.clientWidth));
    other.rememberViewport();
  }

  function opened(): void {
    const views = session.panes.flatMap(({ view }) => view ?? []);
    if (session.panes.some(({ state }) => state.viewport !== undefined)) return;
    const scale = Math.min(...views.map((view) => view.viewport().scale));
    for (const view of views) view.open(scale);
  }

  return {
    element: bar,
    opened,
    refresh,
    moved,
    selected(pane) {
      const key = pane.state.selection;
      const other = otherOf(pane);
      const partner = key === undefined ? undefined : pairs[pane.side].get(key);
      other?.follow(partner);
      moved(pane);
    },
    toggled(pane, key) {
      const isExpanded = pane.display.items.some((item) => item.key === key && item.expanded);
      const other = otherOf(pane);
      const same = other?.display.items.find((item) => item.key === key && item.expandable);
      if (other !== undefined && same !== undefined && same.expanded !== isExpanded) void other.toggle(key);
    },
    changeOf(node) {
      const marks = session.active().side === 0 ? matched?.match.marksOfFirst : matched?.match.marksOfSecond;
      return marks?.get(keyOf(node));
    },
  };
}

/** The selected item, while its middle is in view. */
function anchorOf({ state, view, element: pane }: GraphPane): string | undefined {
  const rect = state.selection === undefined ? undefined : view?.itemRect(state.selection);
  const viewport = view?.viewport();
  if (rect === undefined || viewport === undefined) return undefined;
  const isIn = (distance: number, length: number): boolean => Math.abs(distance) * viewport.scale < length / 2;
  const isSeen =
    isIn(rect.x + rect.width / 2 - viewport.x, pane.clientWidth) &&
    isIn(rect.y + rect.height / 2 - viewport.y, pane.clientHeight);
  return isSeen ? state.selection : undefined;
}
