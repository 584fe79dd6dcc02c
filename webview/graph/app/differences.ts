import type { NodeRef, Side } from '../../../src/protocol';
import type { ChangeMark } from '../model/display';
import { nodeNumber } from '../model/documentIndex';
import { planFolding } from '../model/folding';
import type { GraphMatch } from '../model/graphMatch';
import type { GraphModel } from './graphModel';

/** One node that differs: where it is, and how. A changed node is named on the first side. */
export interface Difference {
  readonly side: Side;
  readonly node: NodeRef;
  readonly mark: ChangeMark;
}

/**
 * What differs between two models, in the order of the first; what was added follows at the end.
 * Q/DQ nodes that are drawn as a part of an edge or weight are no difference of their own.
 */
export function listDifferences(match: GraphMatch, models: readonly [GraphModel, GraphModel]): Difference[] {
  return [...listSide(match.marksOfFirst, models[0], 0), ...listSide(match.marksOfSecond, models[1], 1)];
}

/** How many nodes changed, were added and were removed. */
export function countDifferences(differences: readonly Difference[]): Readonly<Record<ChangeMark, number>> {
  const counts = { changed: 0, added: 0, removed: 0 };
  for (const { mark } of differences) counts[mark]++;
  return counts;
}

function listSide(marks: ReadonlyMap<string, ChangeMark>, { document, index }: GraphModel, side: Side): Difference[] {
  const { folded } = planFolding(document);
  const found: Difference[] = [];
  for (const [key, mark] of marks) {
    const [graph = 0, node = 0] = key.split('/').map(Number);
    const ref = { graph, node };
    if (folded.has(nodeNumber(index, ref))) continue;
    // A changed node has a mark on both sides and counts once.
    if (side === 1 && mark === 'changed') continue;
    found.push({ side, node: ref, mark });
  }
  return found.sort((a, b) => a.node.graph - b.node.graph || a.node.node - b.node.node);
}
