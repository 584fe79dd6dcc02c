import type { GraphView } from './graphView';

/** Groups while they are made; both lists change. */
export interface GroupDraft {
  groups: DraftGroup[];
  /** Innermost group of every node, -1 for none. */
  groupOf: number[];
}

export interface DraftGroup {
  readonly key: string;
  readonly title: string;
  readonly name: string;
  /** -1 at the top. */
  readonly parent: number;
}

/**
 * In a draft whose groups come after those that hold them, leaves out groups that hold fewer than two blocks, and one of two where a group holds nothing but one other group.
 * A group at the top that holds everything says nothing and goes, too.
 */
export function keepUseful(view: GraphView, draft: GroupDraft): GroupDraft {
  const count = draft.groups.length;
  const blocks = new Array<number>(count).fill(0);
  let all = 0;
  draft.groupOf.forEach((innermost, node) => {
    if (view.isFolded[node] === 1) return;
    all++;
    for (let group = innermost; group >= 0; group = draft.groups[group]?.parent ?? -1) {
      blocks[group] = (blocks[group] ?? 0) + 1;
    }
  });
  const kept: DraftGroup[] = [];
  const newIndex: number[] = [];
  const keptBlocks: number[] = [];
  draft.groups.forEach((group, number) => {
    const parent = group.parent < 0 ? -1 : (newIndex[group.parent] ?? -1);
    const inside = blocks[number] ?? 0;
    if (inside < 2 || (parent < 0 && inside === all)) {
      newIndex.push(parent);
      return;
    }
    const outer = kept[parent];
    if (outer !== undefined && keptBlocks[parent] === inside) {
      // The outer group takes the inner one's name, which says more, and keeps its own key.
      kept[parent] = { ...outer, title: joinTitles(outer.title, group.title), name: group.name };
      newIndex.push(parent);
      return;
    }
    newIndex.push(kept.length);
    keptBlocks.push(inside);
    kept.push({ ...group, parent });
  });
  return { groups: kept, groupOf: draft.groupOf.map((group) => (group < 0 ? -1 : (newIndex[group] ?? -1))) };
}

function joinTitles(outer: string, inner: string): string {
  return inner.startsWith(outer) ? inner : `${outer}/${inner}`;
}
