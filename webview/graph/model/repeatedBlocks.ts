import type { GraphStrings } from '../../../src/protocol/graphStrings';
import { fill } from '../../ui/format';
import { adoptHelpers } from './adoptHelpers';
import { sequenceOf, type BlockSequence } from './blockSequence';
import type { GroupDraft } from './groupDrafts';
import type { GraphView } from './graphView';
import { bestRun, type CutCost } from './tandemRuns';

/** Groups with fewer nodes directly in them are read without more frames. */
const LEAST_NODES = 24;
/** Blocks in blocks, and blocks in those. */
const DEEPEST = 3;
/** Inside a block, repetition must make up this share of it to be worth frames. */
const LEAST_SHARE_INSIDE = 0.5;
/** What lies between two blocks becomes a block, unless it is this many times as long as the longer of them. */
const LONGEST_GAP = 2;
const SHORTEST_GAP = 3;

/** Places in a sequence, the end excluded. */
type Interval = readonly [low: number, high: number];

/**
 * Adds groups for repeated blocks among the nodes that lie directly in a group, or in none: ResNet blocks, transformer
 * layers. Where scopes group finely enough already, there is nothing to add.
 */
export function addRepeatedBlocks(view: GraphView, draft: GroupDraft, strings: GraphStrings): void {
  const placed = Int32Array.from(draft.groupOf);
  for (const [group, members] of largeGroups(view, draft)) {
    const sequence = sequenceOf(view, draft, group, members);
    const before = draft.groups.length;
    addLevel(draft, sequence, [0, sequence.units.length], group, 0, placed, view.graph, strings);
    if (draft.groups.length > before) adoptHelpers(view, draft, group, placed);
  }
  draft.groupOf = [...placed];
}

/** Groups with many nodes directly in them, -1 for the top, with all their nodes in topological order. */
function largeGroups(view: GraphView, draft: GroupDraft): ReadonlyMap<number, readonly number[]> {
  const counts = new Map<number, number>();
  const blocks = view.order.filter((node) => view.isFolded[node] === 0 && view.isStored[node] === 0);
  for (const node of blocks) {
    const group = draft.groupOf[node] ?? -1;
    counts.set(group, (counts.get(group) ?? 0) + 1);
  }
  const members = new Map<number, number[]>();
  for (const [group, count] of counts) if (count >= LEAST_NODES) members.set(group, []);
  for (const node of blocks) {
    for (let group = draft.groupOf[node] ?? -1; group >= 0; group = draft.groups[group]?.parent ?? -1) {
      members.get(group)?.push(node);
    }
    members.get(-1)?.push(node);
  }
  return members;
}

function addLevel(
  draft: GroupDraft,
  sequence: BlockSequence,
  [low, high]: Interval,
  parent: number,
  depth: number,
  placed: Int32Array,
  graph: number,
  strings: GraphStrings,
): void {
  const blocks = blocksIn(sequence, low, high, depth === 0 ? 0 : (high - low) * LEAST_SHARE_INSIDE);
  const outer = draft.groups[parent];
  blocks.forEach(([start, end], place) => {
    const title = fill(strings.block, String(place + 1), String(blocks.length));
    const group = draft.groups.length;
    draft.groups.push({
      key: `${outer?.key ?? `g:${String(graph)}/`}#${String(place + 1)}`,
      title,
      name: outer === undefined ? title : `${outer.name}/${title}`,
      parent,
    });
    for (let position = start; position < end; position++) {
      const unit = sequence.units[position] ?? 0;
      const inner = draft.groups[-1 - unit];
      if (unit >= 0) placed[unit] = group;
      else if (inner !== undefined) draft.groups[-1 - unit] = { ...inner, parent: group };
    }
    if (depth + 1 < DEEPEST && end - start >= LEAST_NODES) {
      addLevel(draft, sequence, [start, end], group, depth + 1, placed, graph, strings);
    }
  });
}

/** Disjoint blocks in the order of the sequence. */
function blocksIn(sequence: BlockSequence, low: number, high: number, leastCovered: number): readonly Interval[] {
  const { symbols, widths, fanOuts, isHeavy } = sequence;
  const costAt: CutCost = (place) => [widths[place] ?? 0, -(fanOuts[place] ?? 0), 1 - (isHeavy[place] ?? 0)];
  const blocks: Interval[] = [];
  const pending: Interval[] = [[low, high]];
  for (let part = pending.pop(); part !== undefined; part = pending.pop()) {
    const run = bestRun(symbols, part[0], part[1], costAt, blocks.length === 0 ? leastCovered : 0);
    if (run === undefined) continue;
    const end = run.start + run.count * run.period;
    for (let start = run.start; start < end; start += run.period) blocks.push([start, start + run.period]);
    pending.push([end, part[1]], [part[0], run.start]);
  }
  blocks.sort(([first], [second]) => first - second);
  return withGaps(sequence, blocks, low, high);
}

/** Makes blocks of what lies between blocks, and of the same at both ends: the first block of a stage differs from its others. */
function withGaps(
  sequence: BlockSequence,
  blocks: readonly Interval[],
  low: number,
  high: number,
): readonly Interval[] {
  const all: Interval[] = [];
  const gaps: Interval[] = [];
  blocks.forEach((block, place) => {
    const before = blocks[place - 1];
    if (before !== undefined) {
      const size = block[0] - before[1];
      const longest = LONGEST_GAP * Math.max(block[1] - block[0], before[1] - before[0]);
      const gap: Interval = [before[1], block[0]];
      if (size >= SHORTEST_GAP && size <= longest) {
        all.push(gap);
        gaps.push(gap);
      }
    }
    all.push(block);
  });
  const first = all[0]?.[0] ?? high;
  const last = all[all.length - 1]?.[1] ?? low;
  const ahead = gaps.map(([start, end]): Interval => [first - (end - start), first]);
  const behind = gaps.map(([start, end]): Interval => [last, last + end - start]);
  const isCopy = (interval: Interval, place: number): boolean =>
    interval[0] >= low && interval[1] <= high && isEqual(sequence.symbols, interval, gaps[place]);
  return [...ahead.filter(isCopy).slice(0, 1), ...all, ...behind.filter(isCopy).slice(0, 1)];
}

function isEqual(symbols: Int32Array, [low, high]: Interval, other: Interval | undefined): boolean {
  if (other === undefined) return false;
  for (let place = low; place < high; place++) {
    if (symbols[place] !== symbols[other[0] + place - low]) return false;
  }
  return true;
}
