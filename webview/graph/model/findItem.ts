import type { GraphDocument, NodeRef } from '../../../src/protocol';
import type { DisplayGraph } from './display';
import { indexDocument, nodeNumber, nodeRefOf, outputNumbers } from './documentIndex';

/** What stands for a node in a display graph: an item, perhaps one of its rows, or an edge. */
export type FoundItem =
  | { readonly kind: 'item'; readonly item: number; readonly row?: number }
  | { readonly kind: 'edge'; readonly edge: number };

/**
 * Finds what stands for a node: its own block, the collapsed group that holds it, the edge or row that it is folded
 * into, or the block that reads its stored value. Undefined for a node of a graph that is not drawn.
 */
export function findItemOfNode(document: GraphDocument, display: DisplayGraph, ref: NodeRef): FoundItem | undefined {
  const block = display.items.findIndex(({ kind, members }) => kind === 'operator' && holds(members, ref));
  if (block >= 0) return { kind: 'item', item: block };
  const edge = display.edges.findIndex(
    ({ quantization }) => quantization !== undefined && holds(quantization.nodes, ref),
  );
  if (edge >= 0) return { kind: 'edge', edge };
  for (const [item, { rows }] of display.items.entries()) {
    const row = rows.findIndex(({ quantization }) => quantization !== undefined && holds(quantization.nodes, ref));
    if (row >= 0) return { kind: 'item', item, row };
  }
  const group = display.items.findIndex(({ expanded, members }) => !expanded && holds(members, ref));
  if (group >= 0) return { kind: 'item', item: group };
  return findReader(document, display, ref);
}

/** The block that reads what a Constant, or a node that copies stored values, makes. */
function findReader(document: GraphDocument, display: DisplayGraph, ref: NodeRef): FoundItem | undefined {
  const index = indexDocument(document);
  const pending = [nodeNumber(index, ref)];
  const seen = new Set(pending);
  for (let node = pending.shift(); node !== undefined; node = pending.shift()) {
    for (const tensor of outputNumbers(index, node)) {
      for (const reader of index.readers[tensor] ?? []) {
        const readerRef = nodeRefOf(index, reader);
        const item = display.items.findIndex(({ expanded, members }) => !expanded && holds(members, readerRef));
        const own = display.items[item]?.rows.findIndex(
          (row) =>
            row.tensor?.graph === ref.graph &&
            outputNumbers(index, nodeNumber(index, ref)).includes(
              (index.tensorStart[ref.graph] ?? 0) + row.tensor.tensor,
            ),
        );
        if (item >= 0) return { kind: 'item', item, ...(own === undefined || own < 0 ? {} : { row: own }) };
        if (!seen.has(reader)) {
          seen.add(reader);
          pending.push(reader);
        }
      }
    }
  }
  return undefined;
}

function holds(refs: readonly NodeRef[], { graph, node }: NodeRef): boolean {
  return refs.some((ref) => ref.node === node && ref.graph === graph);
}
