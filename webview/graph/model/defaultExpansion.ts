import type { GraphDocument } from '../../../src/protocol';
import { graphAt, indexDocument } from './documentIndex';
import { planFolding } from './folding';
import type { GroupTree } from './groups';

/** Up to this many blocks, everything is open. */
const MOST_OPEN = 150;
/** A first view of more blocks than this is not read, and below the least it says little. */
const MOST_COMFORTABLE = 100;
const LEAST_COMFORTABLE = 10;
/** What a first view may have rather than only a handful. */
const MOST_TOLERATED = 200;

/**
 * The groups that are open at first: all of a small graph; of a large one as many levels as leave a first view of 10 to
 * 100 blocks where there is such a level. Bodies of control flow stay closed.
 */
export function defaultExpansion(
  document: GraphDocument,
  groups: readonly GroupTree[],
  graph = 0,
): ReadonlySet<string> {
  const tree = groups[graph];
  if (tree === undefined) return new Set();
  const counts = blocksByDepth(document, tree);
  const deepest = counts.length - 1;
  if ((counts[deepest] ?? 0) <= MOST_OPEN) return opened(tree, deepest);
  let depth = 0;
  while (depth < deepest && isBetter(counts[depth] ?? 0, counts[depth + 1] ?? 0)) depth++;
  return opened(tree, depth);
}

function isBetter(now: number, next: number): boolean {
  return next <= MOST_COMFORTABLE || (now < LEAST_COMFORTABLE && next <= MOST_TOLERATED);
}

function opened(tree: GroupTree, depth: number): ReadonlySet<string> {
  return new Set(tree.groups.filter((group) => group.depth < depth).map(({ key }) => key));
}

/** Number of blocks when groups down to each depth are open: entry 0 with all closed. */
function blocksByDepth(document: GraphDocument, tree: GroupTree): readonly number[] {
  const index = indexDocument(document);
  const plan = planFolding(document);
  const body = graphAt(document, tree.graph);
  const start = index.nodeStart[tree.graph] ?? 0;
  const deepest = tree.groups.reduce((most, group) => Math.max(most, group.depth + 1), 0);
  const counts = new Array<number>(deepest + 1).fill(body.inputs.length + body.outputs.length);
  const add = (from: number, to: number): void => {
    for (let depth = from; depth <= to; depth++) counts[depth] = (counts[depth] ?? 0) + 1;
  };
  body.nodes.forEach((_, node) => {
    if (plan.folded.has(start + node)) return;
    const group = tree.groups[tree.groupOf[node] ?? -1];
    add(group === undefined ? 0 : group.depth + 1, deepest);
  });
  // A group is a block of its own while it is closed and what holds it is open.
  for (const group of tree.groups) add(group.depth, group.depth);
  return counts;
}
