import type { GraphCoupling, Side } from '../../../src/protocol';
import { nodeNumber, nodesByName } from '../model/documentIndex';
import { coupledNodes, nodeCoupling } from '../model/nodeCoupling';
import type { GraphModel } from './graphModel';
import type { GraphPane } from './pane';
import type { Session } from './session';
import { shownMatches } from './shownMatches';

export interface CouplingController {
  /** Marks what is coupled to the node that is selected in a pane; asks for the groups when one is selected first. */
  refresh(pane: GraphPane): void;
  /** The groups of a model; null where the host does not know them. Never rejects. */
  of(side: Side): Promise<GraphCoupling | null>;
  /** A model was replaced: its groups are asked for anew. */
  forget(side: Side): void;
}

/** Shows which nodes lose channels together. Without an answer of the host nothing is marked; the host has the reason. */
export function createCouplingController(session: Session): CouplingController {
  const asked = new Map<Side, Promise<GraphCoupling | null>>();

  function of(side: Side): Promise<GraphCoupling | null> {
    const known = asked.get(side);
    if (known !== undefined) return known;
    const answer = session.request(side, 'coupling', {}).catch(() => null);
    asked.set(side, answer);
    // Once the workspace is trusted there is an answer.
    void answer.then((coupling) => {
      if (coupling === null && asked.get(side) === answer) asked.delete(side);
    });
    return answer;
  }

  async function mark(pane: GraphPane): Promise<void> {
    pane.view?.setCoupled(undefined);
    const { model, view } = pane;
    const name = model && selectedNode(pane, model);
    if (model === undefined || view === undefined || name === undefined) return;
    const answer = of(pane.side);
    const coupling = await answer;
    const isCurrent = pane.model?.document === model.document && pane.view === view && asked.get(pane.side) === answer;
    // What was selected meanwhile is marked by a call of its own.
    if (coupling === null || !isCurrent || selectedNode(pane, model) !== name) return;
    const nodes = nodeCoupling(coupling, name)?.groups.flatMap((group) => coupledNodes(group, name)) ?? [];
    const places = nodesByName(model.document);
    const paths = [...new Set(nodes)].flatMap((node) => {
      const place = places.get(node);
      return place === undefined ? [] : [model.pathOf(place)];
    });
    view.setCoupled(shownMatches(paths, pane.display));
  }

  return {
    refresh: (pane) => void mark(pane),
    of,
    forget: (side) => void asked.delete(side),
  };
}

/** The name of the selected node of the main graph. */
function selectedNode(pane: GraphPane, { index }: GraphModel): string | undefined {
  const subject = pane.subject();
  return subject.kind === 'node' && subject.node.graph === 0
    ? index.nodes[nodeNumber(index, subject.node)]?.name
    : undefined;
}
