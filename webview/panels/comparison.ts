import type { ComparisonPanelMessage, ComparisonPanelRequest } from '../../src/protocol/index';
import { comparisonHtml } from '../comparison/exportHtml';
import { createComparisonPage, type LiveControls, type PageContent, tableTexts } from '../comparison/page';
import { type ComparisonState, comparisonTableState, initialComparisonState } from '../comparison/state';
import { createTensorChoice } from '../comparison/tensorChoice';
import { createDataTable } from '../ui/dataTable';
import { createFormats } from '../ui/format';
import { acquireHost } from '../ui/host';
import { createButton, registerControls } from '../ui/toolkit';
import './comparison.css';

/** Scrolling is remembered when it has rested this long. */
const SCROLL_REST_MS = 200;

const host = acquireHost<ComparisonState>();
const root = document.getElementById('root');
let state: ComparisonState | undefined;
let content: PageContent | undefined;
let tensors: readonly string[] = [];
let isMeasuringLayers = false;
let isMeasuringTensor = false;

function request(message: ComparisonPanelRequest): void {
  host.postMessage(message);
}

function save(change: Partial<ComparisonState>): void {
  if (state === undefined) return;
  state = { ...state, ...change };
  host.setState(state);
}

/** Draws everything anew; focus and scrolling stay where they were. */
function draw(): void {
  if (content === undefined || state === undefined) return;
  const shown = content;
  const focused = document.activeElement?.id;
  const top = document.documentElement.scrollTop;
  root?.replaceChildren(createComparisonPage(shown, liveControls(shown, state)));
  scrollTo({ top });
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

function liveControls(shown: PageContent, current: ComparisonState): LiveControls {
  const { integer } = createFormats(shown.locale);
  return {
    request: (message) => {
      if (message.type === 'measureLayers') {
        isMeasuringLayers = true;
        draw();
      }
      request(message);
    },
    onExport: () => request({ type: 'export', html: comparisonHtml(shown) }),
    button: createButton,
    table: (view, onState) =>
      createDataTable(view, comparisonTableState(current, view.id), tableTexts(view, shown.strings, integer), onState),
    onTable: (id, table) => save({ tables: { ...state?.tables, [id]: table } }),
    distribution: () =>
      createTensorChoice(shown, { tensors, chosen: current.tensor, isMeasuring: isMeasuringTensor }, measureTensor),
    isMeasuringLayers,
  };
}

function measureTensor(tensor: string): void {
  save({ tensor });
  isMeasuringTensor = true;
  request({ type: 'distribution', tensor });
  draw();
}

function change(part: Partial<PageContent>): void {
  if (content === undefined) return;
  content = { ...content, ...part };
  draw();
}

function receive(message: ComparisonPanelMessage): void {
  switch (message.type) {
    case 'comparison/show': {
      const { document: shown, strings, locale, token } = message;
      state = initialComparisonState(state ?? host.getState(), token);
      host.setState(state);
      document.documentElement.lang = locale;
      isMeasuringLayers = false;
      content = { document: shown, strings, locale, layers: shown.layers, previews: [], distribution: undefined };
      draw();
      scrollTo({ top: state.scrollTop });
      break;
    }
    case 'comparison/layers':
      isMeasuringLayers = false;
      change(message.layers === null ? {} : { layers: message.layers });
      break;
    case 'comparison/previews':
      change({ previews: message.previews });
      break;
    case 'comparison/tensors':
      ({ tensors } = message);
      draw();
      break;
    case 'comparison/distribution':
      isMeasuringTensor = false;
      change({ distribution: message.distribution ?? undefined });
      break;
  }
}

function rememberScroll(): void {
  let timer: number | undefined;
  addEventListener('scroll', () => {
    clearTimeout(timer);
    timer = setTimeout(() => save({ scrollTop: document.documentElement.scrollTop }), SCROLL_REST_MS);
  });
}

registerControls();
rememberScroll();
addEventListener('message', (event: MessageEvent<ComparisonPanelMessage>) => receive(event.data));
request({ type: 'ready' });
