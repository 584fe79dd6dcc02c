import type { GraphStrings } from '../../../src/protocol/graphStrings';
import { fill } from '../../ui/format';
import { adoptHelpers } from './adoptHelpers';
import { sequenceOf, type BlockSequence } from './blockSequence';
import type { GroupDraft } from './groupDrafts';
import type { GraphView } from './graphView';

/** More blocks side by side than this are not read as a first view. */
const MOST_UNITS = 100;
/** A run of equal groups is put into about this many, each of at least this size. */
const STACKS = 12;
const LEAST_STACK = 8;
const LEAST_RUN = 2 * LEAST_STACK;
/** A part of what repeats nowhere has between so many units; it ends where the fewest tensors pass. */
const LEAST_PART = 16;
const MOST_PART = 32;

/** Places in a sequence, the end excluded, that become a group. */
interface Stretch {
  readonly low: number;
  readonly high: number;
  readonly title: string;
}

/**
 * Adds groups where too much lies side by side: a run of equal groups becomes stacks of them (the 120 layers of a
 * transformer), and what is still too long is cut into parts. Both follow the order of the data, so that no cycle appears.
 */
export function divideLongLevels(view: GraphView, draft: GroupDraft, strings: GraphStrings): void {
  const placed = Int32Array.from(draft.groupOf);
  for (const [level, members] of longLevels(view, draft)) {
    const sequence = sequenceOf(view, draft, level, members);
    if (sequence.units.length <= MOST_UNITS) continue;
    const stacks = stacksIn(sequence, strings);
    const left = sequence.units.length - stacks.reduce((sum, { low, high }) => sum + high - low - 1, 0);
    addGroups(draft, sequence, stacks, level, placed, view.graph);
    if (left <= MOST_UNITS) continue;
    draft.groupOf = [...placed];
    const rest = sequenceOf(view, draft, level, members);
    addGroups(draft, rest, partsOf(rest, strings), level, placed, view.graph);
    adoptHelpers(view, draft, level, placed);
    draft.groupOf = [...placed];
  }
  draft.groupOf = [...placed];
}

/** Levels (a group, or -1 for the top) that may hold too much, with all nodes in them in topological order. */
function longLevels(view: GraphView, draft: GroupDraft): ReadonlyMap<number, readonly number[]> {
  const counts = new Map<number, number>();
  const add = (level: number): void => void counts.set(level, (counts.get(level) ?? 0) + 1);
  const blocks = view.order.filter((node) => view.isFolded[node] === 0 && view.isStored[node] === 0);
  for (const node of blocks) add(draft.groupOf[node] ?? -1);
  for (const { parent } of draft.groups) add(parent);
  const members = new Map<number, number[]>();
  for (const [level, count] of counts) if (count > MOST_UNITS) members.set(level, []);
  if (members.size === 0) return members;
  for (const node of blocks) {
    for (let group = draft.groupOf[node] ?? -1; group >= 0; group = draft.groups[group]?.parent ?? -1) {
      members.get(group)?.push(node);
    }
    members.get(-1)?.push(node);
  }
  return members;
}

function stacksIn({ units, symbols }: BlockSequence, strings: GraphStrings): readonly Stretch[] {
  const stacks: Stretch[] = [];
  for (let low = 0; low < units.length;) {
    let high = low + 1;
    while (high < units.length && (units[high] ?? 0) < 0 && symbols[high] === symbols[low]) high++;
    const count = high - low;
    if ((units[low] ?? 0) < 0 && count >= LEAST_RUN) {
      const size = Math.max(LEAST_STACK, Math.ceil(count / STACKS));
      for (let start = 0; start < count; start += size) {
        const end = Math.min(count, start + size);
        const title = fill(strings.blocks, String(start + 1), String(end), String(count));
        if (end - start > 1) stacks.push({ low: low + start, high: low + end, title });
      }
    }
    low = high;
  }
  return stacks;
}

function partsOf({ units, widths }: BlockSequence, strings: GraphStrings): readonly Stretch[] {
  const ends: number[] = [];
  for (let start = 0; start < units.length; start = ends.at(-1) ?? units.length) {
    let end = units.length;
    if (units.length - start > MOST_PART) {
      end = start + LEAST_PART;
      const last = Math.min(start + MOST_PART, units.length - LEAST_PART);
      for (let place = end + 1; place <= last; place++) if ((widths[place] ?? 0) <= (widths[end] ?? 0)) end = place;
    }
    ends.push(end);
  }
  return ends.map((high, part) => ({
    low: ends[part - 1] ?? 0,
    high,
    title: fill(strings.part, String(part + 1), String(ends.length)),
  }));
}

function addGroups(
  draft: GroupDraft,
  { units }: BlockSequence,
  stretches: readonly Stretch[],
  level: number,
  placed: Int32Array,
  graph: number,
): void {
  const outer = draft.groups[level];
  for (const { low, high, title } of stretches) {
    const group = draft.groups.length;
    draft.groups.push({
      key: `${outer?.key ?? `g:${String(graph)}/`}#${String(low)}-${String(high)}`,
      title,
      name: outer === undefined ? title : `${outer.name}/${title}`,
      parent: level,
    });
    for (let place = low; place < high; place++) {
      const unit = units[place] ?? 0;
      const inner = draft.groups[-1 - unit];
      if (unit >= 0) placed[unit] = group;
      else if (inner !== undefined) draft.groups[-1 - unit] = { ...inner, parent: group };
    }
  }
}
