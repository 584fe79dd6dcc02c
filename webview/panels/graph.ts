import { RequestBus } from '../graph/app/bus';
import { parseMessage } from '../graph/app/messages';
import { createPanel } from '../graph/app/panel';
import type { Panel } from '../graph/app/panelTypes';
import { unpackMessage } from '../graph/app/unpack';
import { element } from '../ui/dom';
import { acquireHost } from '../ui/host';
import { registerControls } from '../ui/toolkit';
import { createLayoutClient } from '../worker/layoutClient';
import type { GraphPanelRequest, GraphStrings } from '../../src/protocol';
import './graph.css';

/** Controls are registered when the graph is drawn; where that takes longer than this, a person wants to press them. */
const CONTROLS_MS = 600;

const host = acquireHost<unknown>();
host.postMessage({ type: 'ready' });

const root = document.getElementById('root') ?? document.body;
// The worker starts while the host reads the model.
const layouts = createLayoutClient(root.dataset['worker'] ?? '');
let strings: GraphStrings | undefined;
const bus = new RequestBus(
  (request) => host.postMessage(request),
  () => strings?.unreadable ?? '',
);
let panel: Panel | undefined;
let controlsTimer: number | undefined;

function receive(data: unknown): void {
  const message = parseMessage(data);
  if (message === undefined) return;
  switch (message.type) {
    case 'graph/show':
      strings = message.strings;
      panel?.dispose();
      controlsTimer ??= setTimeout(registerControls, CONTROLS_MS);
      panel = createPanel(message, {
        root,
        bus,
        arrange: (graph, signal) => layouts.layout(graph, signal),
        saved: host.getState(),
        post,
        setState: (state) => host.setState(state),
      });
      break;
    case 'graph/error':
      panel?.dispose();
      panel = undefined;
      root.replaceChildren(element('p', { class: 'failure', role: 'alert' }, message.message));
      break;
    case 'graph/reply':
      bus.receive(message.id, message.result);
      break;
    default:
      panel?.receive(message);
  }
}

function post(request: GraphPanelRequest): void {
  host.postMessage(request);
  // The first frame is there. A registration takes as long as the arranging of a small graph.
  if (request.type === 'shown') registerControls();
}

addEventListener('message', (event: MessageEvent<unknown>) => receive(unpackMessage(event.data)));
