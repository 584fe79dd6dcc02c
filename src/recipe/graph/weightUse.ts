import type { GraphDocument, GraphNode, TensorRef } from '../../protocol';

/** A node that reads a tensor, and at which place. */
export interface TensorUse {
  readonly graph: number;
  readonly node: GraphNode;
  readonly input: number;
}

/** Operators that only change how a weight is stored; what reads their output decides what its axes mean. */
const PASSED_THROUGH = new Set(['DequantizeLinear', 'QuantizeLinear', 'Cast', 'Identity']);
/** Quantize, dequantize, cast: more in a row is not looked through. */
const MAX_STEPS = 4;

/** Where a tensor is read: in its own graph, and in subgraphs that capture it. */
export function usesOf(document: GraphDocument, ref: TensorRef): TensorUse[] {
  const uses: TensorUse[] = [];
  document.graphs.forEach((body, graph) => {
    const tensor =
      graph === ref.graph
        ? ref.tensor
        : body.tensors.findIndex(({ outer }) => outer?.graph === ref.graph && outer.tensor === ref.tensor);
    if (tensor < 0) return;
    for (const node of body.nodes) {
      const input = node.inputs.indexOf(tensor);
      if (input >= 0) uses.push({ graph, node, input });
    }
  });
  return uses;
}

/** The axis of a weight whose entries each make one output channel, by the operator that reads it; 0 where unknown. */
export function channelAxis(document: GraphDocument, ref: TensorRef, rank: number): number {
  let current = ref;
  for (let step = 0; step < MAX_STEPS; step++) {
    const uses = usesOf(document, current);
    for (const use of uses) {
      const axis = axisInOperator(use, rank);
      if (axis !== undefined) return axis;
    }
    const through = uses.find(({ node, input }) => input === 0 && PASSED_THROUGH.has(node.operator));
    const output = through?.node.outputs[0];
    if (!through || output === undefined || output < 0) break;
    current = { graph: through.graph, tensor: output };
  }
  return 0;
}

/** An attribute that is a whole number. */
export function intOf(node: GraphNode, name: string, fallback: number): number {
  const attribute = node.attributes.find((candidate) => candidate.name === name && candidate.type === 'int');
  const value = attribute ? Number(attribute.text) : fallback;
  return Number.isSafeInteger(value) ? value : fallback;
}

function axisInOperator({ node, input }: TensorUse, rank: number): number | undefined {
  const last = Math.max(0, rank - 1);
  switch (node.operator) {
    case 'Conv':
    case 'FusedConv':
    case 'ConvInteger':
      return input === 1 ? 0 : undefined;
    case 'QLinearConv':
      return input === 3 ? 0 : undefined;
    case 'ConvTranspose':
      return input === 1 ? Math.min(1, last) : undefined;
    case 'Gemm':
    case 'FusedGemm':
      return input === 1 ? (intOf(node, 'transB', 0) === 1 ? 0 : last) : undefined;
    case 'QGemm':
      return input === 3 ? (intOf(node, 'transB', 0) === 1 ? 0 : last) : undefined;
    case 'MatMul':
    case 'FusedMatMul':
    case 'MatMulInteger':
    case 'MatMulIntegerToFloat':
    case 'DynamicQuantizeMatMul':
      if (input === 0) return Math.max(0, rank - 2);
      return input === 1 ? last : undefined;
    case 'QLinearMatMul':
      return input === 3 ? last : undefined;
    case 'QAttention':
    case 'Attention':
      return input === 1 ? last : undefined;
    case 'LSTM':
    case 'GRU':
    case 'RNN':
      return input === 1 || input === 2 ? Math.min(1, last) : undefined;
    default:
      return undefined;
  }
}
