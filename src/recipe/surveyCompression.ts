import { findAttribute } from '../onnx/attributes';
import { indexGraph, isStandard, type GraphIndex } from '../onnx/graphIndex';
import { graphsOf, mainGraph, type Model } from '../onnx/model';
import { TensorProto_DataType as Type, type GraphProto, type NodeProto, type TensorProto } from '../onnx/onnx_pb';
import { dataTypeBytes } from '../onnx/dataType';
import { quantizedNodes } from '../onnx/quantizedOperators';
import { dimsOf } from '../onnx/tensor';
import type { InspectResult, QuantizeMode } from '../protocol';
import { SMALLEST_ELEMENTS as SMALLEST_DYNAMIC_ELEMENTS, TOO_SMALL } from '../quantize/dynamic';
import { CONTRIB_DOMAIN } from '../quantize/modelEdits';
import { floatReason } from '../quantize/operatorRoles';
import { SMALLEST_STORED_ELEMENTS } from '../quantize/storedWeights';
import { CONVOLUTIONS_ON_REQUEST } from '../quantize/weightOnly';

/** One compression method: how much it could act on, and in `note` on which operators and why not on others. */
export type Compressible = InspectResult['compressible'][number];

/** Where each operator keeps its weights. */
const WEIGHT_INPUTS: Readonly<Record<string, readonly number[]>> = {
  Conv: [1],
  ConvTranspose: [1],
  Gemm: [1],
  MatMul: [1],
  LSTM: [1, 2],
  GRU: [1, 2],
  RNN: [1, 2],
  Attention: [1],
  Gather: [0],
};
/** Smaller tables are shapes and lists of indices rather than embeddings. */
const SMALLEST_TABLE_ELEMENTS = 4096;
/** Smaller tensors are not worth a Cast node. */
const SMALLEST_HALF_ELEMENTS = 256;

/** Operators that exporters put between a weight and its reader, and that are computed once. */
const FOLDED = new Set(['Identity', 'Reshape', 'Transpose', 'Unsqueeze', 'Squeeze', 'Flatten']);
/** Exporters put one or two such nodes in a row; a cycle has no end. */
const LONGEST_FOLD = 8;

/** A node that has, or could have, weights to compress. */
interface Candidate {
  readonly node: NodeProto;
  /** Constant float32 weights. */
  readonly weights: readonly TensorProto[];
  /** Why there is nothing to compress whatever the method. */
  readonly reason?: string;
}

/**
 * Says for each quantization mode what it could act on. It is a forecast from the structure: quantization itself also
 * knows shapes and values, and may keep further nodes, with a reason each in its report.
 */
export function surveyCompression(model: Model): Compressible[] {
  const quantized = quantizedNodes(model);
  const candidates = candidatesOf(indexGraph(model));
  const inner = innerWeightedCount(model);
  const methods: readonly [QuantizeMode, (candidate: Candidate) => string | undefined][] = [
    ['static', ({ node }) => (node.opType === 'Gather' ? NOT_ASKED : floatReason(node))],
    ['dynamic', whyNotDynamic],
    ['weights', whyNotWeights],
  ];
  if (quantized.length > 0) {
    const note = `The model is quantized already (${quantized.length} quantized operators, such as ${quantized[0]?.opType}).`;
    return [...methods.map(([method]) => method), 'fp16'].map((method) => ({ method, nodes: 0, bytes: 0, note }));
  }
  return [...methods.map(([method, whyNot]) => survey(method, candidates, whyNot, inner)), surveyHalf(model)];
}

/** A reason that is not worth a word: nobody expects this method to act there. */
const NOT_ASKED = '';

function whyNotDynamic({ node, weights }: Candidate): string | undefined {
  const { opType } = node;
  if (opType === 'Conv' || opType === 'ConvTranspose') return `ONNX Runtime has no dynamic int8 kernel for ${opType}.`;
  const computesInInt8 = opType === 'MatMul' || opType === 'Gemm' || opType === 'LSTM';
  const elements = weights.reduce((sum, weight) => sum + countOf(weight), 0);
  return computesInInt8 && elements < SMALLEST_DYNAMIC_ELEMENTS ? TOO_SMALL : undefined;
}

function whyNotWeights({ node, weights }: Candidate): string | undefined {
  if (node.opType.startsWith('Conv')) return CONVOLUTIONS_ON_REQUEST;
  const isSmall = weights.every((weight) => countOf(weight) < SMALLEST_STORED_ELEMENTS);
  return isSmall ? 'The weights are too small to save space.' : undefined;
}

function survey(
  method: QuantizeMode,
  candidates: readonly Candidate[],
  whyNot: (candidate: Candidate) => string | undefined,
  inner: number,
): Compressible {
  const acted: Candidate[] = [];
  const kept = new Map<string, NodeProto[]>();
  for (const candidate of candidates) {
    const reason = candidate.reason ?? whyNot(candidate);
    if (reason === undefined) acted.push(candidate);
    else if (reason !== NOT_ASKED) {
      const nodes = kept.get(reason);
      if (nodes) nodes.push(candidate.node);
      else kept.set(reason, [candidate.node]);
    }
  }
  const parts = [
    acted.length === 0 ? 'There is nothing to act on.' : `Acts on ${operatorCounts(acted.map(({ node }) => node))}.`,
    ...[...kept].map(([reason, nodes]) => `Not on ${operatorCounts(nodes)}: ${reason}`),
  ];
  if (inner > 0) parts.push(`Not on ${inner} nodes inside subgraphs and functions, which only fp16 reaches.`);
  return {
    method,
    nodes: acted.length,
    bytes: bytesOfUnique(acted.flatMap(({ weights }) => weights)),
    note: parts.join(' '),
  };
}

/** fp16 stores any large float32 constant, whoever reads it, in subgraphs too. */
function surveyHalf(model: Model): Compressible {
  const readers = new Set<NodeProto>();
  const stored: TensorProto[] = [];
  for (const graph of graphsOf(mainGraph(model))) {
    const names = new Set<string>();
    for (const [name, tensor] of constantsOf(graph)) {
      if (!isFloat(tensor) || countOf(tensor) < SMALLEST_HALF_ELEMENTS) continue;
      names.add(name);
      stored.push(tensor);
    }
    if (names.size === 0) continue;
    for (const inner of graphsOf(graph)) {
      for (const node of inner.node) if (node.input.some((name) => names.has(name))) readers.add(node);
    }
  }
  const note =
    stored.length === 0
      ? 'There is no float32 weight large enough to be worth it.'
      : `Acts on ${operatorCounts([...readers])}.`;
  return { method: 'fp16', nodes: readers.size, bytes: bytesOfUnique(stored), note };
}

/** Initializers and outputs of Constant by name. */
function constantsOf(graph: GraphProto): [string, TensorProto][] {
  const constants = graph.node.flatMap((node): [string, TensorProto][] => {
    const tensor = node.opType === 'Constant' ? findAttribute(node, 'value')?.t : undefined;
    return tensor ? [[node.output[0] ?? '', tensor]] : [];
  });
  return [...graph.initializer.map((tensor): [string, TensorProto] => [tensor.name, tensor]), ...constants];
}

function candidatesOf(index: GraphIndex): Candidate[] {
  return index.graph.node.flatMap((node) => {
    if (!hasWeightInputs(node)) return [];
    const positions = WEIGHT_INPUTS[node.opType] ?? [];
    const constants = positions.flatMap((position) => constantBehind(index, node.input[position] ?? '') ?? []);
    const weights = constants.filter(isFloat);
    if (node.opType === 'Gather') return weights.some(isTable) ? [{ node, weights }] : [];
    if (constants.length === 0) return [{ node, weights, reason: 'The weights are computed at run time.' }];
    if (weights.length === 0) return [{ node, weights, reason: 'The weights are not float32.' }];
    return [{ node, weights }];
  });
}

/** The constant that a name stands for, looked up through the nodes that normalisation folds away. */
function constantBehind(index: GraphIndex, name: string): TensorProto | undefined {
  for (let step = 0, at = name; step < LONGEST_FOLD; step++) {
    const constant = index.initializers.get(at) ?? index.constants.get(at);
    if (constant) return constant;
    const producer = index.producers.get(at);
    if (!producer || !FOLDED.has(producer.opType)) return undefined;
    at = producer.input[0] ?? '';
  }
  return undefined;
}

/** Nodes with weights of their own in subgraphs and functions. */
function innerWeightedCount(model: Model): number {
  const [, ...subgraphs] = graphsOf(mainGraph(model));
  const nodes = [...subgraphs.flatMap((graph) => graph.node), ...model.proto.functions.flatMap((fn) => fn.node)];
  return nodes.filter((node) => node.opType !== 'Gather' && hasWeightInputs(node)).length;
}

function hasWeightInputs(node: NodeProto): boolean {
  const isAtHome = node.opType === 'Attention' ? node.domain === CONTRIB_DOMAIN : isStandard(node);
  return isAtHome && Object.hasOwn(WEIGHT_INPUTS, node.opType);
}

function isFloat(tensor: TensorProto): boolean {
  return tensor.dataType === Type.FLOAT;
}

function isTable(tensor: TensorProto): boolean {
  return tensor.dims.length === 2 && countOf(tensor) >= SMALLEST_TABLE_ELEMENTS;
}

function countOf(tensor: TensorProto): number {
  return dimsOf(tensor).reduce((product, dim) => product * dim, 1);
}

function bytesOfUnique(tensors: readonly TensorProto[]): number {
  let bytes = 0;
  for (const tensor of new Set(tensors)) bytes += dataTypeBytes(tensor.dataType, countOf(tensor));
  return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : 0;
}

/** `20 Conv, 1 Gemm`. */
function operatorCounts(nodes: readonly NodeProto[]): string {
  const counts = new Map<string, number>();
  for (const { opType } of nodes) counts.set(opType, (counts.get(opType) ?? 0) + 1);
  return [...counts].map(([opType, count]) => `${count} ${opType}`).join(', ');
}
