import type { GraphPanelRequest, GraphStrings } from '../../../src/protocol';
import { outlineEntries } from '../model/outline';
import type { GraphModel } from './graphModel';
import type { GraphPane } from './pane';

/** Creates what sends the outline of a pane to the host, once for every model that it shows. */
export function createOutlineFeed(
  strings: GraphStrings,
  post: (request: GraphPanelRequest) => void,
): (pane: GraphPane) => void {
  const sent: GraphModel[] = [];
  return ({ model, side }) => {
    if (model === undefined || sent[side] === model) return;
    sent[side] = model;
    post({ type: 'outline', side, entries: outlineEntries(model.document, model.groups, strings) });
  };
}
