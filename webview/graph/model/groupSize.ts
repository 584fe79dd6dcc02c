import { inputNumbers, outputNumbers, type DocumentIndex } from './documentIndex';
import type { GroupTree, NodeGroup } from './groups';

/** Numbers of the weights that a node reads or, as a Constant, holds. */
export function weightsOfNode(index: DocumentIndex, node: number): readonly number[] {
  return [...inputNumbers(index, node), ...outputNumbers(index, node)].filter(
    (tensor) => index.tensors[tensor]?.weight !== undefined,
  );
}

/** Stored bytes of the weights of a group; what several of its nodes share counts once. */
export function groupWeightBytes(index: DocumentIndex, tree: GroupTree, group: NodeGroup): number {
  const start = index.nodeStart[tree.graph] ?? 0;
  const seen = new Set<number>();
  let bytes = 0;
  for (const member of group.members) {
    for (const tensor of weightsOfNode(index, start + member)) {
      if (seen.has(tensor)) continue;
      seen.add(tensor);
      bytes += index.tensors[tensor]?.weight?.bytes ?? 0;
    }
  }
  return bytes;
}
