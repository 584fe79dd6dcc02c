import { operatorCategory } from './operatorCategory';
import type { GroupDraft } from './groupDrafts';
import type { GraphView } from './graphView';
import { hashText, mix } from './hash';

/** What lies directly in one group (or at the top), in topological order, as repeated blocks are sought in it. */
export interface BlockSequence {
  /** Nodes; groups are written as -1 - group. */
  readonly units: readonly number[];
  /** Equal for units that compute the same way. */
  readonly symbols: Int32Array;
  /** Number of earlier nodes whose results are still read from a place on; one more entry than units. */
  readonly widths: Int32Array;
  /** How often the results of the unit before a place are read later on. */
  readonly fanOuts: Int32Array;
  /** 1 at the places of units that blocks like to begin with: those with most of the weights. */
  readonly isHeavy: Uint8Array;
}

/**
 * The sequence of a group, -1 for the top. `members` are the nodes in it at any depth, in topological order, without
 * folded nodes and those of stored values.
 */
export function sequenceOf(
  view: GraphView,
  draft: GroupDraft,
  group: number,
  members: readonly number[],
): BlockSequence {
  const units: number[] = [];
  const symbols: number[] = [];
  const isHeavy: number[] = [];
  const placeOf = new Map<number, number>();
  const placeOfGroup = new Map<number, number>();
  for (const node of members) {
    const unit = unitOf(draft, node, group);
    const symbol = mix(view.operators[node] ?? 0, kernelHash(view, node));
    let place = unit >= 0 ? undefined : placeOfGroup.get(unit);
    if (place === undefined) {
      place = units.length;
      units.push(unit);
      symbols.push(unit >= 0 ? symbol : mix(symbol, 1));
      isHeavy.push(hasWeights(view, node) ? 1 : 0);
      if (unit < 0) placeOfGroup.set(unit, place);
    } else {
      symbols[place] = mix(symbols[place] ?? 0, symbol);
    }
    placeOf.set(node, place);
  }
  return {
    units,
    symbols: Int32Array.from(symbols),
    isHeavy: Uint8Array.from(isHeavy),
    ...cuts(view, placeOf, units.length),
  };
}

/** The node itself where it lies directly in the group, otherwise the group directly in it that holds the node. */
function unitOf(draft: GroupDraft, node: number, group: number): number {
  let current = draft.groupOf[node] ?? -1;
  if (current === group) return node;
  for (;;) {
    const parent = draft.groups[current]?.parent ?? -1;
    if (parent === group || parent < 0) return -1 - current;
    current = parent;
  }
}

function cuts(
  view: GraphView,
  placeOf: ReadonlyMap<number, number>,
  count: number,
): Pick<BlockSequence, 'widths' | 'fanOuts'> {
  const widths = new Int32Array(count + 1);
  const fanOuts = new Int32Array(count + 1);
  for (const [node, place] of placeOf) {
    let last = place;
    for (const reader of readersOf(view, node)) {
      const there = placeOf.get(reader) ?? -1;
      last = Math.max(last, there);
      if (there > place) fanOuts[place + 1] = (fanOuts[place + 1] ?? 0) + 1;
    }
    if (last === place) continue;
    widths[place + 1] = (widths[place + 1] ?? 0) + 1;
    if (last < count) widths[last + 1] = (widths[last + 1] ?? 0) - 1;
  }
  for (let place = 1; place < widths.length; place++) widths[place] = (widths[place] ?? 0) + (widths[place - 1] ?? 0);
  return { widths, fanOuts };
}

function hasWeights(view: GraphView, node: number): boolean {
  const described = view.body.nodes[node];
  const category = described === undefined ? 'other' : operatorCategory(described.operator, described.domain);
  return category === 'convolution' || category === 'matrix' || category === 'recurrent';
}

/** Kernels of different size make different blocks; strides and channels do not. */
function kernelHash(view: GraphView, node: number): number {
  const kernel = view.body.nodes[node]?.attributes.find(({ name }) => name === 'kernel_shape');
  return kernel === undefined ? 0 : hashText(kernel.text);
}

/** Blocks that read a node's results, also through folded nodes. */
function readersOf(view: GraphView, node: number): readonly number[] {
  const targets = view.targets[node] ?? [];
  if (targets.every((target) => view.isFolded[target] === 0)) return targets;
  const found: number[] = [];
  const pending = [...targets];
  const passed = new Set<number>();
  for (let reader = pending.pop(); reader !== undefined; reader = pending.pop()) {
    if (view.isFolded[reader] === 0) {
      found.push(reader);
    } else if (!passed.has(reader)) {
      passed.add(reader);
      pending.push(...(view.targets[reader] ?? []));
    }
  }
  return found;
}
