import type { GraphWeight, NodeRef } from '../../../src/protocol';
import { inputNumbers, outputNumbers, type DocumentIndex } from './documentIndex';
import type { GroupTree, NodeGroup } from './groups';
import { resolveFolded, type FoldPlan, type FoldStep } from './folding';

/** A weight that a node reads, folded nodes passed. */
export interface ReadWeight {
  readonly tensor: number;
  readonly weight: GraphWeight;
  readonly steps: readonly FoldStep[];
}

/** The weights of a node: what it reads, and what a Constant that is drawn holds. Scales and zero points included. */
export function weightsOfNode(index: DocumentIndex, plan: FoldPlan, node: number): readonly ReadWeight[] {
  const found: ReadWeight[] = [];
  for (const input of inputNumbers(index, node)) {
    if (input < 0) continue;
    const { tensor, steps } = resolveFolded(index, plan, input);
    const weight = index.tensors[tensor]?.weight;
    if (weight !== undefined) found.push({ tensor, weight, steps });
  }
  for (const tensor of outputNumbers(index, node)) {
    const weight = index.tensors[tensor]?.weight;
    if (weight !== undefined) found.push({ tensor, weight, steps: [] });
  }
  return found;
}

/** Weights of several nodes, what they share once. Their numbers of nodes are those of the index. */
export function weightsOfNodes(
  index: DocumentIndex,
  plan: FoldPlan,
  nodes: readonly number[],
): ReadonlyMap<number, ReadWeight> {
  const found = new Map<number, ReadWeight>();
  for (const node of nodes) {
    for (const weight of weightsOfNode(index, plan, node)) found.set(weight.tensor, weight);
  }
  return found;
}

/** QuantizeLinear and DequantizeLinear in a row between a stored weight and who reads it: two pairs at most. */
const MOST_STEPS = 4;

/** The stored weight that a tensor is, or whose real values it has; undefined for an activation. */
export function weightBehind(
  index: DocumentIndex,
  tensor: number,
): { readonly tensor: number; readonly weight: GraphWeight } | undefined {
  let number = tensor;
  for (let step = 0; step <= MOST_STEPS; step++) {
    const weight = index.tensors[number]?.weight;
    if (weight !== undefined) return { tensor: number, weight };
    const producer = index.producer[number] ?? -1;
    if (!/^(Dequantize|Quantize)Linear$/.test(index.nodes[producer]?.operator ?? '')) return undefined;
    number = inputNumbers(index, producer)[0] ?? -1;
  }
  return undefined;
}

/** Stored bytes of all weights of a group. */
export function groupWeightBytes(index: DocumentIndex, plan: FoldPlan, tree: GroupTree, group: NodeGroup): number {
  const start = index.nodeStart[tree.graph] ?? 0;
  const counted = new Set<number>();
  let bytes = 0;
  const count = (tensor: number): void => {
    const weight = index.tensors[tensor]?.weight;
    if (weight === undefined || counted.has(tensor)) return;
    counted.add(tensor);
    bytes += weight.bytes;
  };
  for (const member of group.members) {
    for (const input of inputNumbers(index, start + member)) {
      if (input >= 0) count(resolveFolded(index, plan, input).tensor);
    }
    outputNumbers(index, start + member).forEach(count);
  }
  return bytes;
}

/** Numbers of nodes with those inside them: bodies of If, Loop and Scan, not of functions. */
export function withBodies(index: DocumentIndex, members: readonly NodeRef[]): readonly number[] {
  const numbers: number[] = [];
  const pending = members.map(({ graph, node }) => (index.nodeStart[graph] ?? 0) + node);
  for (let number = pending.pop(); number !== undefined; number = pending.pop()) {
    numbers.push(number);
    for (const graph of index.nodes[number]?.subgraphs ?? []) {
      const start = index.nodeStart[graph] ?? 0;
      const count = index.document.graphs[graph]?.nodes.length ?? 0;
      for (let node = 0; node < count; node++) pending.push(start + node);
    }
  }
  return numbers;
}
