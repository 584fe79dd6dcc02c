import { stronglyConnected } from './components';
import type { DraftGroup, GroupDraft } from './groupDrafts';
import type { GraphView } from './graphView';

/**
 * Splits groups so that, whatever is collapsed, no cycle appears that the graph itself does not have.
 * That holds exactly when, in every group and at the top, what lies directly in it (groups taken as one) forms no cycle.
 * Where it does, the groups of the cycle are taken apart into runs of an order that follows the data and stays in a
 * group as long as it can.
 */
export function splitCyclicGroups(view: GraphView, draft: GroupDraft): void {
  const shared = draft.groups.map((_, group) => chainOf(draft, group));
  const chains = draft.groupOf.map((group) => shared[group] ?? NO_CHAIN);
  const splitter = createSplitter(draft.groups);
  const unitOf = new Int32Array(chains.length).fill(-1);
  const pending: { readonly depth: number; readonly nodes: readonly number[] }[] = [
    { depth: 0, nodes: draft.groupOf.map((_, node) => node) },
  ];
  for (let level = pending.pop(); level !== undefined; level = pending.pop()) {
    const { depth, nodes } = level;
    splitLevel(view, chains, depth, nodes, unitOf, splitter);
    const inner = new Map<number, number[]>();
    let before = -1;
    let members: number[] = [];
    for (const node of nodes) {
      const chain = chains[node] ?? NO_CHAIN;
      if (chain.length <= depth) continue;
      const group = chain[depth] ?? -1;
      if (group !== before) {
        before = group;
        members = inner.get(group) ?? [];
        if (members.length === 0) inner.set(group, members);
      }
      members.push(node);
    }
    for (const own of inner.values()) {
      // Where no node lies deeper, there is nothing to split.
      if (own.some((node) => (chains[node]?.length ?? 0) > depth + 1)) pending.push({ depth: depth + 1, nodes: own });
    }
  }
  sortByDepth(view, draft, splitter.groups, chains);
}

/** The groups that a node lies in, outermost first; lists are shared and never changed. */
type Chain = readonly number[];

const NO_CHAIN: Chain = [];

function chainOf(draft: GroupDraft, innermost: number): Chain {
  const chain: number[] = [];
  for (let group = innermost; group >= 0; group = draft.groups[group]?.parent ?? -1) chain.push(group);
  return chain.reverse();
}

interface Splitter {
  readonly groups: DraftGroup[];
  /** The `part`-th part (from 1) of a group, below a parent that may itself be a part. */
  readonly partOf: (group: number, parent: number, part: number) => number;
}

function createSplitter(initial: readonly DraftGroup[]): Splitter {
  const groups = [...initial];
  const known = new Map<string, number>();
  const partCounts = new Map<number, number>();
  return {
    groups,
    partOf(group, parent, part) {
      const id = `${String(group)} ${String(parent)} ${String(part)}`;
      const existing = known.get(id);
      if (existing !== undefined) return existing;
      const source = groups[group];
      const number = (partCounts.get(group) ?? 1) + 1;
      partCounts.set(group, number);
      const suffix = String(number);
      groups.push({
        key: `${source?.key ?? ''}~${suffix}`,
        title: `${source?.title ?? ''} (${suffix})`,
        name: `${source?.name ?? ''} (${suffix})`,
        parent,
      });
      known.set(id, groups.length - 1);
      return groups.length - 1;
    },
  };
}

/** `unitOf` is room to work in, -1 for every node before and after. */
function splitLevel(
  view: GraphView,
  chains: Chain[],
  depth: number,
  nodes: readonly number[],
  unitOf: Int32Array,
  splitter: Splitter,
): void {
  const unitCount = numberUnits(chains, depth, nodes, unitOf);
  if (leadsForward(view, nodes, unitOf)) {
    for (const node of nodes) unitOf[node] = -1;
    return;
  }
  const units: number[][] = Array.from({ length: unitCount }, () => []);
  for (const node of nodes) units[unitOf[node] ?? -1]?.push(node);
  const successors = units.map((members, unit) => {
    const found: number[] = [];
    for (const node of members) {
      for (const target of view.targets[node] ?? []) {
        const other = unitOf[target] ?? -1;
        if (other >= 0 && other !== unit && found[found.length - 1] !== other) found.push(other);
      }
    }
    return found;
  });
  for (const node of nodes) unitOf[node] = -1;
  for (const component of stronglyConnected(successors)) {
    if (component.length < 2) continue;
    const runs = runsOf(
      view,
      component.map((unit) => units[unit] ?? []),
    );
    for (const { nodes: run, part } of runs) {
      if (part === 0) continue;
      for (const node of run) chains[node] = movedToPart(chains[node] ?? NO_CHAIN, depth, part, splitter);
    }
  }
}

/** Numbers the groups of this depth and the nodes in none, in the order of the nodes; returns how many there are. */
function numberUnits(chains: readonly Chain[], depth: number, nodes: readonly number[], unitOf: Int32Array): number {
  const unitOfGroup = new Map<number, number>();
  let count = 0;
  let [before, unitBefore] = [-1, -1];
  for (const node of nodes) {
    const chain = chains[node] ?? NO_CHAIN;
    const group = chain.length > depth ? (chain[depth] ?? -1) : -1;
    let unit = group >= 0 && group === before ? unitBefore : unitOfGroup.get(group);
    if (unit === undefined) {
      unit = count++;
      if (group >= 0) unitOfGroup.set(group, unit);
    }
    [before, unitBefore] = [group, unit];
    unitOf[node] = unit;
  }
  return count;
}

/** True where nothing leads back to an earlier unit, so that there is no cycle: so it is in nearly all groups of most files. */
function leadsForward(view: GraphView, nodes: readonly number[], unitOf: Int32Array): boolean {
  for (const node of nodes) {
    const unit = unitOf[node] ?? -1;
    for (const target of view.targets[node] ?? []) {
      const other = unitOf[target] ?? -1;
      if (other >= 0 && other < unit) return false;
    }
  }
  return true;
}

/** The chain of a node in a part of its group of this depth, and so in parts of the groups inside that one. */
function movedToPart(chain: Chain, depth: number, part: number, splitter: Splitter): Chain {
  const moved = [...chain];
  for (let level = depth; level < moved.length; level++) {
    const parent = level === 0 ? -1 : (moved[level - 1] ?? -1);
    moved[level] = splitter.partOf(moved[level] ?? -1, parent, level === depth ? part : 1);
  }
  return moved;
}

interface Run {
  readonly nodes: readonly number[];
  /** 0 for the first run of its unit. */
  readonly part: number;
}

/** Takes units that form a cycle apart into runs whose order follows the data. */
function runsOf(view: GraphView, units: readonly (readonly number[])[]): readonly Run[] {
  const unitOf = new Map<number, number>();
  units.forEach((nodes, unit) => {
    for (const node of nodes) unitOf.set(node, unit);
  });
  const waiting = new Map<number, number>();
  /** Edges from other units into each unit whose source has not been placed. */
  const waitingOutside = units.map(() => 0);
  for (const [node, unit] of unitOf) {
    const sources = (view.sources[node] ?? []).filter((source) => unitOf.has(source));
    waiting.set(node, sources.length);
    const outside = sources.filter((source) => unitOf.get(source) !== unit).length;
    waitingOutside[unit] = (waitingOutside[unit] ?? 0) + outside;
  }
  const ready: number[][] = units.map((nodes) => nodes.filter((node) => waiting.get(node) === 0));
  const left = units.map((nodes) => nodes.length);
  const partCounts = units.map(() => 0);
  const runs: Run[] = [];
  const place = (unit: number): void => {
    const nodes: number[] = [];
    const queue = ready[unit] ?? [];
    for (let position = 0; position < queue.length; position++) {
      const node = queue[position] ?? 0;
      nodes.push(node);
      for (const target of view.targets[node] ?? []) {
        const other = unitOf.get(target);
        if (other === undefined) continue;
        if (other !== unit) waitingOutside[other] = (waitingOutside[other] ?? 0) - 1;
        const remaining = (waiting.get(target) ?? 0) - 1;
        waiting.set(target, remaining);
        if (remaining === 0) ready[other]?.push(target);
      }
    }
    ready[unit] = [];
    left[unit] = (left[unit] ?? 0) - nodes.length;
    const part = partCounts[unit] ?? 0;
    partCounts[unit] = part + 1;
    runs.push({ nodes, part });
  };
  for (;;) {
    const open = units.flatMap((_, unit) => ((ready[unit] ?? []).length > 0 ? [unit] : []));
    // A unit that waits for nothing outside is placed whole; otherwise the one that comes first is begun.
    const unit = open.find((candidate) => waitingOutside[candidate] === 0) ?? open[0];
    if (unit === undefined) return runs;
    place(unit);
  }
}

/** Puts the groups in order of depth, then of their first block, so that a group comes before those in it. */
function sortByDepth(
  view: GraphView,
  draft: GroupDraft,
  groups: readonly DraftGroup[],
  chains: readonly Chain[],
): void {
  const first = new Map<number, { depth: number; place: number }>();
  for (const isFolded of [0, 1]) {
    let before = NO_CHAIN;
    view.order.forEach((node, place) => {
      const chain = chains[node] ?? NO_CHAIN;
      if (chain === before || view.isFolded[node] !== isFolded) return;
      before = chain;
      chain.forEach((group, depth) => {
        if (!first.has(group)) first.set(group, { depth, place: place + isFolded * view.order.length });
      });
    });
  }
  const sorted = [...first].sort(([, one], [, other]) => one.depth - other.depth || one.place - other.place);
  const newIndex = new Map(sorted.map(([group], position) => [group, position]));
  draft.groups = sorted.flatMap(([group]) => {
    const found = groups[group];
    return found === undefined ? [] : [{ ...found, parent: newIndex.get(found.parent) ?? -1 }];
  });
  draft.groupOf = chains.map((chain) => newIndex.get(chain[chain.length - 1] ?? -1) ?? -1);
}
