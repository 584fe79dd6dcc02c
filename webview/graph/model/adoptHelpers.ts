import { isQuantize } from './folding';
import type { GroupDraft } from './groupDrafts';
import type { GraphView } from './graphView';

/**
 * Puts the nodes that a sequence leaves out into the groups that were made of it, in `placed`: those of stored values
 * and DequantizeLinear go to their first reader, QuantizeLinear to what it quantizes.
 */
export function adoptHelpers(view: GraphView, draft: GroupDraft, group: number, placed: Int32Array): void {
  const positions = new Int32Array(view.order.length);
  view.order.forEach((node, position) => {
    positions[node] = position;
  });
  const isHelper = (node: number): boolean =>
    draft.groupOf[node] === group && (view.isFolded[node] === 1 || view.isStored[node] === 1);
  const isForward = (node: number): boolean => view.isStored[node] !== 1 && isQuantize(view.body.nodes[node]);
  for (const node of [...view.order].reverse()) {
    if (!isHelper(node) || isForward(node)) continue;
    const reader = [...readersOf(view, node)].sort((one, other) => (positions[one] ?? 0) - (positions[other] ?? 0))[0];
    if (reader !== undefined && isWithin(draft, placed[reader] ?? -1, group)) placed[node] = placed[reader] ?? -1;
  }
  for (const node of view.order) {
    if (!isHelper(node) || !isForward(node)) continue;
    const source = view.sources[node]?.[0];
    if (source !== undefined && isWithin(draft, placed[source] ?? -1, group)) placed[node] = placed[source] ?? -1;
  }
}

/** What reads a node in its own graph. Constants feed nobody in the view, but somebody reads them. */
function readersOf(view: GraphView, node: number): readonly number[] {
  const targets = view.targets[node] ?? [];
  if (targets.length > 0) return targets;
  const { index, graph } = view;
  const output = (index.tensorStart[graph] ?? 0) + (view.body.nodes[node]?.outputs[0] ?? -1);
  return (index.readers[output] ?? [])
    .filter((reader) => index.graphOfNode[reader] === graph)
    .map((reader) => reader - (index.nodeStart[graph] ?? 0));
}

function isWithin(draft: GroupDraft, innermost: number, group: number): boolean {
  if (group < 0) return true;
  for (let current = innermost; current >= 0; current = draft.groups[current]?.parent ?? -1) {
    if (current === group) return true;
  }
  return false;
}
