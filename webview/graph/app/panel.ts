import type { GraphCommand, GraphDocument, RecipeChoices, Side } from '../../../src/protocol';
import { assertNever } from '../../../src/util/assertNever';
import { createFormats, fill } from '../../ui/format';
import type { OverlayKind } from '../model/display';
import { createCommands } from './commands';
import { createCouplingController } from './couplingController';
import { createInspectorController } from './inspectorController';
import { createLayersController } from './layersController';
import { createOverlayController } from './overlayController';
import { createOutlineFeed } from './outlineFeed';
import { createPage } from './page';
import type { Panel, PanelHost, PanelMessage, Show } from './panelTypes';
import { GraphPane } from './pane';
import { createPairController } from './pairController';
import { createSearchController } from './searchController';
import { whenIdle, type Session } from './session';
import { restoreState, type PanelState } from './state';
import { createToolbar } from './toolbar';

const NO_CHOICES: RecipeChoices = { excluded: [], fp16: [], protected: [] };
/** Panning is remembered when it has rested this long. */
const VIEWPORT_REST_MS = 250;

/** Shows one model, or two side by side, with everything around them. */
export function createPanel(
  { documents, mapping, strings, locale, token, choices: shown }: Show,
  host: PanelHost,
): Panel {
  const received = performance.now();
  const formats = createFormats(locale);
  let state = restoreState(host.saved, token, documents.length);
  let choices = [...shown];
  let activeSide: Side = 0;
  let viewportTimer: number | undefined;
  let isReady = false;
  const sendOutline = createOutlineFeed(strings, host.post);

  const panes = documents.map((_, index) => createPane(index === 0 ? 0 : 1));
  // The worker starts on the layouts while the page is built.
  const begun = panes.map((pane, index) => documents[index] && pane.begin(documents[index]));
  const session: Session = {
    strings,
    formats,
    locale,
    panes,
    active,
    choices: (side) => choices[side] ?? NO_CHOICES,
    state: () => state,
    save,
    request: (side, method, params) => host.bus.request(side, method, params),
    announce: (text) => page.announce(text),
  };
  document.documentElement.lang = locale;
  const toolbar = createToolbar(strings, state.overlay, (command) => commands.run(command), chooseOverlay);
  const overlays = createOverlayController(session);
  const coupling = createCouplingController(session);
  const inspector = createInspectorController(session, overlays.fact, coupling.of);
  const search = createSearchController(session, (searchOpen) => change({ searchOpen }));
  const pair = documents.length === 2 ? createPairController(session, mapping) : undefined;
  const layers = createLayersController(session, pair?.changeOf, () => change({ tableOpen: false }));
  const commands = createCommands({ session, search, layers, inspector, change, eachPane });
  const page = createPage(
    {
      title: documents.map(({ name }) => name).join(', '),
      toolbar: toolbar.element,
      search: search.element,
      ...(pair === undefined ? {} : { differences: pair.element }),
      overlayBar: overlays.element,
      panes: panes.map(({ element }) => element),
      inspector: inspector.element,
      layers: layers.element,
    },
    state,
    strings,
    save,
  );
  host.root.replaceChildren(page.root);
  // The host knows the panel by the token in its state after a reload, even if nobody touched anything.
  host.setState(state);
  applyState();
  document.addEventListener('keydown', commands.onKey);
  // The colours of the legend are read from the theme when it is drawn.
  const themes = new MutationObserver(() => overlays.refresh());
  themes.observe(document.body, { attributeFilter: ['data-vscode-theme-id'] });
  void open();

  function createPane(side: Side): GraphPane {
    const pane = new GraphPane({
      side,
      ...(documents.length === 2 ? { title: paneTitle(side) } : {}),
      strings,
      formats,
      arrange: host.arrange,
      state: state.sides[side] ?? { graph: 0, raw: false },
      hasFigures: () => state.overlay !== 'category',
      onState: (changed) => save({ sides: state.sides.map((own, index) => (index === side ? changed : own)) }),
      onDisplay: () => onDisplay(pane),
      onSelect: () => onSelect(pane),
      onToggle: (key) => pair?.toggled(pane, key),
      onViewport: () => onViewport(pane),
      announce: (text) => page.announce(text),
    });
    pane.element.addEventListener('focusin', () => activate(side));
    pane.element.addEventListener('pointerdown', () => activate(side));
    return pane;
  }

  async function open(): Promise<void> {
    await Promise.all(begun.map((pane) => pane?.draw()));
    pair?.opened();
    requestAnimationFrame(() =>
      requestAnimationFrame(() => {
        const nodeCount = panes.reduce((sum, pane) => sum + pane.nodeCount, 0);
        host.post({ type: 'shown', nodeCount, milliseconds: performance.now() - received });
        whenIdle(afterFirstFrame);
      }),
    );
  }

  /** What a person does not see in the first moment waits until the graph is there. */
  function afterFirstFrame(): void {
    isReady = true;
    panes.forEach(onDisplay);
    pair?.moved(active());
    inspector.refresh();
    layers.refresh();
    if (state.searchOpen) search.open();
  }

  function onDisplay(pane: GraphPane): void {
    if (!isReady) {
      // Blocks are measured with room for figures, so the figures must be there in the first frame.
      if (state.overlay !== 'category') overlays.refresh();
      return;
    }
    pair?.refresh();
    if (state.searchOpen) search.refresh();
    coupling.refresh(pane);
    overlays.refresh();
    whenIdle(() => sendOutline(pane));
  }

  function chooseOverlay(overlay: OverlayKind): void {
    const hadFigures = state.overlay !== 'category';
    change({ overlay });
    // Blocks need room for figures, or need it no more; the drawing is arranged anew for that alone.
    if (hadFigures === (overlay !== 'category')) overlays.refresh();
    else void eachPane((pane) => pane.refresh());
    inspector.refresh();
  }

  function active(): GraphPane {
    // A panel has a pane for every side, and at least one.
    return (panes[activeSide] ?? panes[0]) as GraphPane;
  }

  function save(change: Partial<PanelState>): void {
    state = { ...state, ...change };
    host.setState(state);
  }

  function applyState(): void {
    page.setInspectorOpen(state.inspectorOpen);
    page.setTableOpen(state.tableOpen);
    toolbar.update({
      ...state,
      raw: active().state.raw,
      hasSelection: active().state.selection !== undefined,
    });
  }

  function change(part: Partial<PanelState>): void {
    save(part);
    applyState();
  }

  function paneTitle(side: Side): string {
    return fill(side === 0 ? strings.firstModel : strings.secondModel, documents[side]?.name ?? '');
  }

  /** The pane that a person works in is the one that search, inspector and table are about. */
  function activate(side: Side): void {
    if (activeSide === side) return;
    activeSide = side;
    refreshAll();
  }

  function onSelect(pane: GraphPane): void {
    activate(pane.side);
    pair?.selected(pane);
    panes.forEach(coupling.refresh);
    applyState();
    inspector.refresh();
    layers.follow();
  }

  function onViewport(pane: GraphPane): void {
    pair?.moved(pane);
    clearTimeout(viewportTimer);
    viewportTimer = setTimeout(() => {
      pane.rememberViewport();
      overlays.moved();
    }, VIEWPORT_REST_MS);
  }

  async function eachPane(act: (pane: GraphPane) => Promise<void>): Promise<void> {
    await Promise.all(panes.map(act));
    applyState();
  }

  function receive(message: PanelMessage): void {
    switch (message.type) {
      case 'graph/command':
        commands.run(message.command satisfies GraphCommand);
        break;
      case 'graph/update':
        void update(message.side, message.document);
        break;
      case 'graph/shapes':
        void panes[message.side]?.setShapes(message.shapes).then(refreshAll);
        break;
      case 'graph/overlay':
        overlays.receive(message.side, message.overlay, message.data);
        inspector.refresh();
        break;
      case 'graph/choices':
        choices = choices.map((own, side) => (side === message.side ? message.choices : own));
        inspector.refresh();
        break;
      case 'graph/reveal':
        void panes[message.side]?.reveal(message.key);
        break;
      default:
        assertNever(message);
    }
  }

  async function update(side: Side, changed: GraphDocument): Promise<void> {
    overlays.forget(side);
    coupling.forget(side);
    await panes[side]?.update(changed);
    refreshAll();
    page.announce(strings.updated);
  }

  function refreshAll(): void {
    applyState();
    inspector.refresh();
    layers.refresh();
  }

  return {
    receive,
    dispose() {
      document.removeEventListener('keydown', commands.onKey);
      themes.disconnect();
    },
  };
}
