import type { GraphDocument, OutlineEntry } from '../../../src/protocol';
import type { GraphStrings } from '../../../src/protocol/graphStrings';
import { fill } from '../../ui/format';
import { graphAt, indexDocument } from './documentIndex';
import { planFolding } from './folding';
import { graphTitle, type GroupTree, type NodeGroup } from './groups';
import { groupWeightBytes } from './nodeWeights';
import { countNodes } from './itemDescriptions';
import { bytesText } from './numberText';

/** The host takes no more. */
const MOST_ENTRIES = 5000;

/**
 * The groups of a document as the outline lists them: those of the main graph, then an entry for each body of a function
 * and of control flow with its own groups. Keys of bodies are `graph:` and their index.
 */
export function outlineEntries(
  document: GraphDocument,
  groups: readonly GroupTree[],
  strings: GraphStrings,
): readonly OutlineEntry[] {
  let left = MOST_ENTRIES;
  const take = (): boolean => left-- > 0;
  const main = groups[0] === undefined ? [] : groupEntries(document, groups[0], strings, take);
  const bodies = document.graphs.slice(1).flatMap((_, place): OutlineEntry[] => {
    const tree = groups[place + 1];
    if (tree === undefined || !take()) return [];
    return [
      {
        key: `graph:${String(place + 1)}`,
        label: graphTitle(document, place + 1),
        description: fill(strings.nodes, String(countBody(document, place + 1))),
        children: groupEntries(document, tree, strings, take),
      },
    ];
  });
  return [...main, ...bodies];
}

function groupEntries(
  document: GraphDocument,
  tree: GroupTree,
  strings: GraphStrings,
  take: () => boolean,
): readonly OutlineEntry[] {
  const children: OutlineEntry[][] = tree.groups.map(() => []);
  const top: OutlineEntry[] = [];
  tree.groups.forEach((group, place) => {
    if (!take()) return;
    const entry = {
      key: group.key,
      label: group.title,
      description: describe(document, tree, group, strings),
      children: children[place] ?? [],
    };
    // Groups come after those that hold them; a group whose holder was left out is left out with it.
    (group.parent < 0 ? top : children[group.parent])?.push(entry);
  });
  return top;
}

function countBody(document: GraphDocument, graph: number): number {
  const start = indexDocument(document).nodeStart[graph] ?? 0;
  const { folded } = planFolding(document);
  return graphAt(document, graph).nodes.filter((_, node) => !folded.has(start + node)).length;
}

function describe(document: GraphDocument, tree: GroupTree, group: NodeGroup, strings: GraphStrings): string {
  const index = indexDocument(document);
  const plan = planFolding(document);
  const start = index.nodeStart[tree.graph] ?? 0;
  const bytes = groupWeightBytes(index, plan, tree, group);
  const nodes = fill(strings.nodes, String(countNodes(plan, start, group)));
  return bytes === 0 ? nodes : `${nodes} · ${bytesText(bytes)}`;
}
