import { LONGEST_FOLDED_CHAIN } from './folding';
import type { GroupDraft } from './groupDrafts';
import type { GraphView } from './graphView';
import { mix } from './hash';

/**
 * A positive number for every group, equal for groups of equal structure: the same operators wired the same way
 * inside, grouped the same way. Sizes of weights do not count, so that the stages of a network look alike.
 */
export function groupPatterns(view: GraphView, draft: GroupDraft): readonly number[] {
  const members: number[][] = draft.groups.map(() => []);
  view.order.forEach((node) => {
    if (view.isFolded[node] === 1) return;
    for (let group = draft.groupOf[node] ?? -1; group >= 0; group = draft.groups[group]?.parent ?? -1) {
      members[group]?.push(node);
    }
  });
  const depths: number[] = [];
  draft.groups.forEach((group) => depths.push(group.parent < 0 ? 0 : (depths[group.parent] ?? 0) + 1));
  const numbers = new Map<number, number>();
  return draft.groups.map((_, group) => {
    const hash = structureHash(view, draft, members[group] ?? [], group, depths);
    const known = numbers.get(hash);
    if (known !== undefined) return known;
    numbers.set(hash, numbers.size + 1);
    return numbers.size;
  });
}

function structureHash(
  view: GraphView,
  draft: GroupDraft,
  members: readonly number[],
  group: number,
  depths: readonly number[],
): number {
  const position = new Map(members.map((node, place) => [node, place]));
  const depth = depths[group] ?? 0;
  let hash = members.length;
  let before = -1;
  for (const node of members) {
    hash = mix(hash, view.operators[node] ?? 0);
    for (const source of view.sources[node] ?? []) {
      const place = position.get(nearestBlock(view, source));
      if (place !== undefined) hash = mix(hash, place);
    }
    const innermost = draft.groupOf[node] ?? -1;
    // How the group is divided inside: where the innermost group changes, and how deep it lies.
    if (innermost !== before) hash = mix(hash, innermost < 0 ? 0 : (depths[innermost] ?? 0) - depth + 1);
    before = innermost;
  }
  return hash;
}

/** The block that a node hangs on: folded nodes are passed backwards. */
function nearestBlock(view: GraphView, node: number): number {
  let current = node;
  for (let length = 0; view.isFolded[current] === 1; length++) {
    if (length === LONGEST_FOLDED_CHAIN) return -1;
    const before = view.sources[current]?.[0];
    if (before === undefined) return -1;
    current = before;
  }
  return current;
}
