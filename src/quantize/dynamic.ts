import { createNamer, indexGraph, isStandard, type GraphIndex } from '../onnx/graphIndex';
import type { Model } from '../onnx/model';
import type { NodeProto } from '../onnx/onnx_pb';
import type { TensorInfo } from '../onnx/tensorValue';
import type { QuantizeSettings } from '../protocol';
import { dynamicAttention } from './dynamicAttention';
import { dynamicLinear, tooLong, type DynamicState } from './dynamicLinear';
import { dynamicLstm } from './dynamicLstm';
import { createEmbeddingQuantizer, type EmbeddingQuantizer } from './embedding';
import { isLinear, readLinearLayer } from './linearLayer';
import { CONTRIB_DOMAIN } from './modelEdits';
import type { QuantizeOutcome } from './outcome';
import type { QuantizeContext } from './quantizeContext';
import { rewriteNodes, type NodeRewrite } from './rewriteNodes';
import { createWeightStore, storeWeights, type WeightStore } from './storedWeights';

const CONVOLUTIONS: readonly string[] = ['Conv', 'ConvTranspose'];
/** Operators without a quantized kernel: their weights are stored as int8 and restored when the model is loaded. */
const STORED: readonly string[] = ['GRU', 'RNN'];

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
  if (node.opType === 'LSTM') return asRewrite(state, dynamicLstm(state, index, node));
  if (node.opType === 'Attention') return asRewrite(state, dynamicAttention(state, index, types, node));
  const layer = readLinearLayer(state.model, index, types, node);
  if (typeof layer === 'string') return layer;
  return tooLong(layer.layout.k) ?? asRewrite(state, dynamicLinear(state, layer));
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
