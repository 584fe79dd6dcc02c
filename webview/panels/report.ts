import type { ReportPanelMessage } from '../../src/protocol/index';
import { acquireHost } from '../ui/host';
import { registerControls } from '../ui/toolkit';
import { createReport } from './reportDom';
import { initialState, type ReportState } from './reportState';
import { buildReportView } from './reportView';
import './report.css';

/** Scrolling is remembered when it has rested this long. */
const SCROLL_REST_MS = 200;

const host = acquireHost<ReportState>();
const root = document.getElementById('root');
let state: ReportState | undefined;

function save(change: Partial<ReportState>): void {
  if (state === undefined) return;
  state = { ...state, ...change };
  host.setState(state);
}

function show({ report, strings, locale, token }: ReportPanelMessage): void {
  const current = initialState(state ?? host.getState(), token);
  state = current;
  host.setState(current);
  document.documentElement.lang = locale;
  const page = createReport(buildReportView(report, strings, locale), strings, locale, current, {
    request: (request) => host.postMessage(request),
    onTable: (id, table) => save({ tables: { ...state?.tables, [id]: table } }),
    onToggle: (id, isOpen) => save({ open: { ...state?.open, [id]: isOpen } }),
  });
  root?.replaceChildren(page);
  scrollTo({ top: current.scrollTop });
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
addEventListener('message', (event: MessageEvent<ReportPanelMessage>) => {
  if (event.data.type === 'report/show') show(event.data);
});
host.postMessage({ type: 'ready' });
