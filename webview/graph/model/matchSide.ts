import type { GraphDocument } from '../../../src/protocol';
import {
  graphAt,
  indexDocument,
  inputNumbers,
  isConstantNode,
  outputNumbers,
  type DocumentIndex,
} from './documentIndex';
import { planFolding, resolveFolded, type FoldPlan } from './folding';

/** One graph of a document as matching sees it. Nodes are counted in the graph. */
export interface MatchSide {
  readonly index: DocumentIndex;
  readonly plan: FoldPlan;
  readonly graph: number;
  readonly start: number;
  /** Kind of every node: what it computes, quantized or not; empty for Constants. */
  readonly kinds: readonly string[];
  /** Per node and input slot, what makes it: a node, or -1. What only changes types is passed. */
  readonly makers: readonly (readonly number[])[];
  /** Per node, what reads its results, in the file's order. */
  readonly readers: readonly (readonly number[])[];
  /** Makers of the outputs and readers of the inputs of the graph. */
  readonly outputMakers: readonly number[];
  readonly inputReaders: readonly (readonly number[])[];
}

/** Operators that compute the same as another one in different types. */
const SAME_KIND: Readonly<Record<string, string>> = {
  QGemm: 'Gemm',
  FusedGemm: 'Gemm',
  FusedConv: 'Conv',
  NhwcFusedConv: 'Conv',
  FusedMatMul: 'MatMul',
  MatMulNBits: 'MatMul',
  MatMulInteger: 'MatMul',
  MatMulIntegerToFloat: 'MatMul',
  DynamicQuantizeMatMul: 'MatMul',
  ConvInteger: 'Conv',
  DynamicQuantizeLSTM: 'LSTM',
  GatherBlockQuantized: 'Gather',
  QAttention: 'Attention',
};

/** Nodes that quantizing and converting put between others. */
const BETWEEN: ReadonlySet<string> = new Set([
  'Cast',
  'Identity',
  'QuantizeLinear',
  'DequantizeLinear',
  'DynamicQuantizeLinear',
]);

/** Prepares one graph for matching. */
export function createMatchSide(document: GraphDocument, graph: number): MatchSide {
  const index = indexDocument(document);
  const plan = planFolding(document);
  const body = graphAt(document, graph);
  const start = index.nodeStart[graph] ?? 0;
  const count = body.nodes.length;
  const kinds = body.nodes.map((node) => (isConstantNode(node) ? '' : kindOf(node.operator)));
  const makerOf = (tensor: number): number => {
    let current = tensor;
    for (let step = 0; step <= count && current >= 0; step++) {
      current = resolveFolded(index, plan, current).tensor;
      const producer = index.producer[current] ?? -1;
      const node = index.nodes[producer];
      if (node === undefined || index.graphOfNode[producer] !== graph || plan.folded.has(producer)) return -1;
      if (!BETWEEN.has(node.operator)) return producer - start;
      current = inputNumbers(index, producer)[0] ?? -1;
    }
    return -1;
  };
  const makers = body.nodes.map((_, node) => inputNumbers(index, start + node).map(makerOf));
  const readers: number[][] = body.nodes.map(() => []);
  makers.forEach((list, node) => {
    if (BETWEEN.has(body.nodes[node]?.operator ?? '')) return;
    for (const maker of new Set(list)) readers[maker]?.push(node);
  });
  const tensorStart = index.tensorStart[graph] ?? 0;
  return {
    index,
    plan,
    graph,
    start,
    kinds,
    makers,
    readers,
    outputMakers: body.outputs.map((output) => makerOf(index.canonical[tensorStart + output] ?? -1)),
    inputReaders: body.inputs.map((input) => directReaders(index, plan, graph, tensorStart + input)),
  };
}

/** What a node computes, whatever the types: `Conv` for QLinearConv. */
export function kindOf(operator: string): string {
  return SAME_KIND[operator] ?? (operator.startsWith('QLinear') ? operator.slice('QLinear'.length) : operator);
}

/** True for a node that only changes types. */
export function isBetween(operator: string): boolean {
  return BETWEEN.has(operator);
}

function directReaders(index: DocumentIndex, plan: FoldPlan, graph: number, tensor: number): readonly number[] {
  const start = index.nodeStart[graph] ?? 0;
  const found = new Set<number>();
  const pending = [...(index.readers[tensor] ?? [])];
  const seen = new Set(pending);
  for (let reader = pending.shift(); reader !== undefined; reader = pending.shift()) {
    if (index.graphOfNode[reader] !== graph) continue;
    if (!plan.folded.has(reader) && !BETWEEN.has(index.nodes[reader]?.operator ?? '')) {
      found.add(reader - start);
      continue;
    }
    for (const output of outputNumbers(index, reader)) {
      for (const next of index.readers[output] ?? []) {
        if (seen.has(next)) continue;
        seen.add(next);
        pending.push(next);
      }
    }
  }
  return [...found].sort((one, other) => one - other);
}
