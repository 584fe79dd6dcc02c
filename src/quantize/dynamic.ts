import { createNamer, indexGraph, isStandard, type GraphIndex } from '../onnx/graphIndex';
import type { Model } from '../onnx/model';
import type { NodeProto } from '../onnx/onnx_pb';
import { elementCount } from '../onnx/tensor';
import type { TensorInfo } from '../onnx/tensorValue';
import type { QuantizeSettings } from '../protocol';
import { dynamicAttention } from './dynamicAttention';
import { dynamicLinear, type DynamicState } from './dynamicLinear';
import { dynamicLstm } from './dynamicLstm';
import { createEmbeddingQuantizer, type EmbeddingQuantizer } from './embedding';
import { isLinear, readLinearLayer } from './linearLayer';
import { CONTRIB_DOMAIN, fixedInitializer } from './modelEdits';
import type { QuantizeOutcome } from './outcome';
import type { QuantizeContext } from './quantizeContext';
import { rewriteNodes, type NodeRewrite } from './rewriteNodes';
import { tooLong } from './saturation';
import { createWeightStore, storeWeights, type WeightStore } from './storedWeights';

const CONVOLUTIONS: readonly string[] = ['Conv', 'ConvTranspose'];
/** Operators without a quantized kernel: their weights are stored as int8 and restored when the model is loaded. */
const STORED: readonly string[] = ['GRU', 'RNN'];

/**
 * Below it, quantizing the input costs more than int8 saves: measured on AVX2, 64 x 64 is 0.8 times as fast as float32,
 * 96 x 96 is even, 256 x 256 is 1.7 times as fast.
 */
export const SMALLEST_ELEMENTS = 96 * 96;
/** Why a node with smaller weights stays. */
export const TOO_SMALL = 'Its weight is so small that int8 would be slower.';

/**
 * Quantizes weights to int8 ahead and activations to uint8 at run time, with a range taken from each input: MatMul,
 * Gemm, com.microsoft Attention and LSTM compute in int8; embedding tables, GRU and RNN weights are stored as int8.
 * Needs no data.
 * The model is changed in place; it must be normalised.
 */
export function quantizeDynamic(
  model: Model,
  types: ReadonlyMap<string, TensorInfo>,
  settings: QuantizeSettings,
  context: QuantizeContext = {},
): QuantizeOutcome {
  const index = indexGraph(model);
  const newName = createNamer(model);
  const state: DynamicState = {
    model,
    newName,
    perChannel: settings.perChannel ?? true,
    reduceRange: settings.reduceRange ?? false,
    activations: new Map(),
    weights: new Map(),
  };
  const tools: Tools = {
    state,
    index,
    types,
    store: createWeightStore(model, newName),
    embeddings: createEmbeddingQuantizer(model, index, newName),
  };
  putBiasSecond(index);
  return rewriteNodes(
    model,
    {
      exclude: settings.exclude,
      expects: (node) => hasWeights(node) || tools.embeddings.isLookup(node),
      rewrite: (node) => rewrite(tools, node),
    },
    context,
  );
}

interface Tools {
  readonly state: DynamicState;
  readonly index: GraphIndex;
  readonly types: ReadonlyMap<string, TensorInfo>;
  readonly store: WeightStore;
  readonly embeddings: EmbeddingQuantizer;
}

function hasWeights(node: NodeProto): boolean {
  if (node.domain === CONTRIB_DOMAIN) return node.opType === 'Attention';
  return isLinear(node) || (isStandard(node) && [...CONVOLUTIONS, ...STORED, 'LSTM'].includes(node.opType));
}

function rewrite(tools: Tools, node: NodeProto): NodeRewrite | string {
  const { state, index, types } = tools;
  if (CONVOLUTIONS.includes(node.opType)) return `ONNX Runtime has no dynamic int8 kernel for ${node.opType}.`;
  if (STORED.includes(node.opType)) return storeWeights(tools.store, index, node);
  if (node.opType === 'Gather') return tools.embeddings.rewrite(node);
  if (node.opType === 'LSTM') {
    return isSmall(index, node.input[1], node.input[2]) ? TOO_SMALL : asRewrite(state, dynamicLstm(state, index, node));
  }
  if (node.opType === 'Attention') return asRewrite(state, dynamicAttention(state, index, types, node));
  const layer = readLinearLayer(state.model, index, types, node);
  if (typeof layer === 'string') return layer;
  if (isSmall(index, layer.weight.name)) return TOO_SMALL;
  return tooLong(layer.layout.k) ?? asRewrite(state, dynamicLinear(state, layer));
}

function isSmall(index: GraphIndex, ...names: readonly (string | undefined)[]): boolean {
  const weights = names.map((name) => fixedInitializer(index, name));
  if (weights.some((weight) => weight === undefined)) return false; // the rewrite says what is wrong with it
  return weights.reduce((sum, weight) => sum + (weight ? elementCount(weight) : 0), 0) < SMALLEST_ELEMENTS;
}

function asRewrite(state: DynamicState, nodes: NodeProto[] | string): NodeRewrite | string {
  if (typeof nodes === 'string') return nodes;
  const bits = state.reduceRange ? 'int8 (7-bit)' : 'int8';
  return { nodes, scheme: `dynamic ${bits} ${state.perChannel ? 'per-channel' : 'per-tensor'}, exact on every x86` };
}

/** ONNX Runtime fuses `Add(product, bias)` into the quantized MatMul, but not `Add(bias, product)`. */
function putBiasSecond(index: GraphIndex): void {
  for (const node of index.graph.node) {
    const [first = '', second = ''] = node.input;
    if (node.opType !== 'Add' || !isStandard(node) || !index.constants.has(first)) continue;
    if (index.producers.get(second)?.opType === 'MatMul') node.input = [second, first];
  }
}
