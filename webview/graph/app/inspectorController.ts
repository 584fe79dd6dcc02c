import type { GraphCoupling, NodeRef, Side } from '../../../src/protocol';
import { createInspector } from '../inspector/inspector';
import { whenIdle, type Session } from './session';

export interface InspectorController {
  readonly element: HTMLElement;
  /** Draws what is selected in the active pane, when the page is idle. */
  refresh(): void;
}

/** Keeps the inspector at what is selected. Nothing is drawn, or asked of the host, while it is closed. */
export function createInspectorController(
  session: Session,
  overlayFact: (node: NodeRef) => readonly [string, string] | undefined,
  coupling: (side: Side) => Promise<GraphCoupling | null>,
): InspectorController {
  const { strings, formats, locale, announce } = session;
  const inspector = createInspector(strings.inspector);
  let isPlanned = false;

  function draw(): void {
    isPlanned = false;
    const pane = session.active();
    if (pane.model === undefined || !session.state().inspectorOpen) return;
    inspector.show(pane.subject(), {
      index: pane.model.index,
      facts: pane.model.facts,
      strings,
      formats,
      locale,
      choices: session.choices(pane.side),
      overlayFact,
      request: (method, params) => session.request(pane.side, method, params),
      coupling: () => coupling(pane.side),
      goToNode: (node) => void pane.revealNode(node),
      goToTensor: (tensor) => void pane.revealTensor(tensor),
      openGraph: (graph) => void pane.openGraph(graph),
      announce,
    });
  }

  return {
    element: inspector.element,
    refresh() {
      if (isPlanned) return;
      isPlanned = true;
      whenIdle(draw);
    },
  };
}
