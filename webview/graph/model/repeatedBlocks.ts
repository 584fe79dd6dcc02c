import type { GraphStrings } from '../../../src/protocol/graphStrings';
import type { GroupDraft } from './groupDrafts';
import type { GraphView } from './graphView';

/** Finds repeated blocks among the nodes that no group holds. */
export function addRepeatedBlocks(_view: GraphView, _draft: GroupDraft, _strings: GraphStrings): void {
  return;
}
