import { operatorCategory } from './operatorCategory';
import { operatorHashes } from './groupPatterns';
import type { GroupDraft } from './groupDrafts';
import type { GraphView } from './graphView';
import { hashText, mix } from './hash';

/** The nodes that lie directly in one group (or at the top), in topological order, as repeated blocks are sought in it. */
export interface BlockSequence {
  readonly nodes: readonly number[];
  /** Equal for nodes that compute the same way; unique where a group interrupts the sequence. */
  readonly symbols: Int32Array;
  /** Number of earlier nodes whose results are still read from a place on; one more entry than nodes. */
  readonly widths: Int32Array;
  /** How many nodes read the result of the node before a place. */
  readonly fanOuts: Int32Array;
  /** 1 at the places of nodes that blocks like to begin with: those with most of the weights. */
  readonly isHeavy: Uint8Array;
}

/** Stands for a group in a sequence. */
const GROUP = -1;

/** The sequence of the nodes directly in a group, -1 for the top. Nodes of stored values and folded ones are left out. */
export function sequenceOf(view: GraphView, draft: GroupDraft, group: number): BlockSequence {
  const nodes: number[] = [];
  const placeOf = new Int32Array(view.body.nodes.length).fill(-1);
  for (const node of view.order) {
    if (view.isFolded[node] === 1 || view.isStored[node] === 1) continue;
    const innermost = draft.groupOf[node] ?? -1;
    if (innermost === group) {
      placeOf[node] = nodes.length;
      nodes.push(node);
    } else if (nodes[nodes.length - 1] !== GROUP && isInside(draft, innermost, group)) {
      nodes.push(GROUP);
    }
  }
  const operators = operatorHashes(view);
  const symbols = Int32Array.from(nodes, (node, place) =>
    node === GROUP ? mix(place, GROUP) : mix(operators[node] ?? 0, kernelHash(view, node)),
  );
  const widths = new Int32Array(nodes.length + 1);
  const fanOuts = new Int32Array(nodes.length + 1);
  nodes.forEach((node, place) => {
    if (node === GROUP) return;
    let last = place;
    for (const reader of readersOf(view, node)) {
      last = Math.max(last, placeOf[reader] ?? -1);
      fanOuts[place + 1] = (fanOuts[place + 1] ?? 0) + 1;
    }
    widths[place + 1] = (widths[place + 1] ?? 0) + 1;
    if (last < nodes.length) widths[last + 1] = (widths[last + 1] ?? 0) - 1;
  });
  for (let place = 1; place < widths.length; place++) widths[place] = (widths[place] ?? 0) + (widths[place - 1] ?? 0);
  const isHeavy = Uint8Array.from(nodes, (node) => {
    const described = view.body.nodes[node];
    const category = described === undefined ? 'other' : operatorCategory(described.operator, described.domain);
    return category === 'convolution' || category === 'matrix' || category === 'recurrent' ? 1 : 0;
  });
  return { nodes, symbols, widths, fanOuts, isHeavy };
}

function isInside(draft: GroupDraft, innermost: number, group: number): boolean {
  if (group < 0) return true;
  for (let current = innermost; current >= 0; current = draft.groups[current]?.parent ?? -1) {
    if (current === group) return true;
  }
  return false;
}

/** Kernels of different size make different blocks; strides and channels do not. */
function kernelHash(view: GraphView, node: number): number {
  const kernel = view.body.nodes[node]?.attributes.find(({ name }) => name === 'kernel_shape');
  return kernel === undefined ? 0 : hashText(kernel.text);
}

/** Blocks that read a node's results, also through folded nodes. */
function readersOf(view: GraphView, node: number): readonly number[] {
  const found: number[] = [];
  const pending = [...(view.targets[node] ?? [])];
  for (let reader = pending.pop(); reader !== undefined; reader = pending.pop()) {
    if (view.isFolded[reader] === 1) pending.push(...(view.targets[reader] ?? []));
    else found.push(reader);
  }
  return found;
}
