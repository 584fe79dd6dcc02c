import type { MeasuredOverlay, NodeRef, OverlayData, Side } from '../../../src/protocol';
import { fill } from '../../ui/format';
import type { OverlayKind, OverlayView } from '../model/display';
import { nodeNumber } from '../model/documentIndex';
import { millisecondsText, percentText, shortNumber } from '../model/numberText';
import { buildOverlay } from '../model/overlay';
import { classCategory, scalePaint } from '../scene/theme';
import { CATEGORIES } from '../scene/categories';
import { readTheme } from '../view/readTheme';
import { categoryName } from './categoryName';
import { createOverlayBar, type OverlayStatus, type Swatch } from './overlayBar';
import type { GraphPane } from './pane';
import { whenIdle, type Session } from './session';
import { createSparsityFeed, type SparsityFeed } from './sparsityFeed';
import { overlayName } from './toolbar';
import { visibleWeights } from './visibleWeights';

export interface OverlayController {
  readonly element: HTMLElement;
  /** Draws the chosen overlay on all panes; asks for its figures where they are not here yet. */
  refresh(): void;
  /** The view of a pane moved: weights in view are read next. */
  moved(): void;
  /** Figures came from the host, or there are none. */
  receive(side: Side, overlay: MeasuredOverlay, data: OverlayData | null): void;
  /** A model was replaced: its figures are asked for anew. */
  forget(side: Side): void;
  /** What the chosen overlay says of a node of the active pane. */
  fact(node: NodeRef): readonly [string, string] | undefined;
}

/** Colours and figures on the graph, their legend, and how to get them. */
export function createOverlayController(session: Session): OverlayController {
  const { strings, formats, panes } = session;
  const bar = createOverlayBar(strings, formats);
  const missingText: Readonly<Record<MeasuredOverlay, string>> = {
    range: strings.rangeMissing,
    latency: strings.latencyMissing,
    sensitivity: strings.sensitivityMissing,
  };
  const known = panes.map(() => new Map<MeasuredOverlay, OverlayData | null>());
  const measuring = panes.map(() => new Set<MeasuredOverlay>());
  const feeds = panes.map(createFeed);

  function createFeed(pane: GraphPane): SparsityFeed {
    return createSparsityFeed((weight) => session.request(pane.side, 'weight', weight), refresh);
  }

  function refresh(): void {
    const { overlay } = session.state();
    for (const pane of panes) {
      const view = viewOf(pane, overlay);
      // Without any figure the categories say more than a grey graph.
      pane.view?.setOverlay(overlay === 'category' || view?.values.size === 0 ? undefined : view);
      if (pane === session.active()) whenIdle(() => bar.show(statusOf(pane, overlay, view), swatchOf(pane, overlay)));
      if (isMeasured(overlay) && pane.model !== undefined && !known[pane.side]?.has(overlay)) ask(pane, overlay);
    }
    moved();
  }

  function viewOf(pane: GraphPane, overlay: OverlayKind): OverlayView | undefined {
    if (pane.model === undefined) return undefined;
    const { document, shapes } = pane.model;
    const data = isMeasured(overlay) ? known[pane.side]?.get(overlay) : undefined;
    const sparsityOf = feeds[pane.side]?.shares;
    return buildOverlay(overlay, document, pane.display, {
      strings,
      ...(shapes === undefined ? {} : { shapes }),
      ...(sparsityOf === undefined ? {} : { sparsityOf }),
      ...(data === undefined || data === null ? {} : { data }),
    });
  }

  function statusOf(pane: GraphPane, overlay: OverlayKind, view: OverlayView | undefined): OverlayStatus {
    const title = overlayName(overlay, strings);
    if (isMeasured(overlay)) return measuredStatus(pane.side, overlay, title, view);
    const isEmpty = view !== undefined && view.values.size === 0;
    const { read, wanted } = feeds[pane.side]?.progress() ?? { read: 0, wanted: 0 };
    const reads = fill(strings.sparsityRead, formats.integer(read), formats.integer(wanted));
    return {
      title,
      ...(view === undefined ? {} : { view: overlay === 'category' ? named(view) : view }),
      ...(overlay === 'sparsity' && wanted > 0
        ? { progress: reads }
        : isEmpty
          ? { missing: strings.overlayNothing }
          : {}),
    };
  }

  function measuredStatus(
    side: Side,
    overlay: MeasuredOverlay,
    title: string,
    view: OverlayView | undefined,
  ): OverlayStatus {
    const data = known[side]?.get(overlay);
    if (measuring[side]?.has(overlay)) return { title, missing: strings.measuring };
    if (data === undefined) return { title, missing: strings.reading };
    const measure = (): void => start(side, overlay);
    if (data === null) return { title, missing: missingText[overlay], measure };
    return { title, ...(view === undefined ? {} : { view }), origin: data.origin, measure };
  }

  function ask(pane: GraphPane, overlay: MeasuredOverlay): void {
    session.request(pane.side, 'overlay', { overlay }).then(
      (data) => receive(pane.side, overlay, data),
      (error: Error) => {
        session.announce(error.message);
        receive(pane.side, overlay, null);
      },
    );
  }

  function start(side: Side, overlay: MeasuredOverlay): void {
    measuring[side]?.add(overlay);
    refresh();
    session
      .request(side, 'measure', { overlay })
      .then(
        ({ started }) => {
          if (!started) measuring[side]?.delete(overlay);
        },
        (error: Error) => {
          measuring[side]?.delete(overlay);
          session.announce(error.message);
        },
      )
      .finally(refresh);
  }

  function receive(side: Side, overlay: MeasuredOverlay, data: OverlayData | null): void {
    measuring[side]?.delete(overlay);
    // A measurement that failed brings no figures; those from before are still right.
    if (data !== null || !known[side]?.get(overlay)) known[side]?.set(overlay, data);
    if (session.state().overlay === overlay) refresh();
  }

  function moved(): void {
    const isChosen = session.state().overlay === 'sparsity';
    for (const pane of panes) {
      if (isChosen) whenIdle(() => feeds[pane.side]?.want(visibleWeights(pane)));
      else feeds[pane.side]?.stop();
    }
  }

  function named(view: OverlayView): OverlayView {
    if (view.legend.kind !== 'classes') return view;
    const classes = view.legend.classes.map(({ label, count }) => ({ label: categoryName(label, strings), count }));
    return { ...view, legend: { ...view.legend, classes } };
  }

  function swatchOf(pane: GraphPane, overlay: OverlayKind): Swatch {
    const theme = readTheme(pane.element.querySelector('.graph-view') ?? pane.element);
    const view = overlay === 'category' ? viewOf(pane, overlay) : undefined;
    const labels = view?.legend.kind === 'classes' ? view.legend.classes.map(({ label }) => label) : undefined;
    return (level, isClass) => {
      if (!isClass) return scalePaint(theme, level) ?? theme.categories.other;
      const own = labels === undefined ? undefined : CATEGORIES.find((category) => category === labels[level]);
      return theme.categories[own ?? classCategory(level)];
    };
  }

  return {
    element: bar.element,
    refresh,
    moved,
    receive,
    forget(side) {
      const pane = panes[side];
      known[side]?.clear();
      feeds[side]?.stop();
      if (pane !== undefined) feeds[side] = createFeed(pane);
    },
    fact(node) {
      const { overlay } = session.state();
      const pane = session.active();
      if (!isMeasured(overlay) || node.graph !== 0) return undefined;
      const name = pane.model?.index.nodes[nodeNumber(pane.model.index, node)]?.name ?? '';
      const values = known[pane.side]?.get(overlay)?.values;
      const found = values !== undefined && Object.hasOwn(values, name) ? values[name] : undefined;
      if (found === undefined) return undefined;
      const figure = found.fusedInto === undefined ? FIGURES[overlay](found.value) : strings.fused;
      return [overlayName(overlay, strings), found.detail === undefined ? figure : `${figure} · ${found.detail}`];
    },
  };
}

const FIGURES: Readonly<Record<MeasuredOverlay, (value: number) => string>> = {
  range: percentText,
  latency: millisecondsText,
  sensitivity: shortNumber,
};

function isMeasured(overlay: OverlayKind): overlay is MeasuredOverlay {
  return overlay in FIGURES;
}
