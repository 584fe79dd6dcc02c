import { createNamer, indexGraph, type GraphIndex } from '../onnx/graphIndex';
import type { Model } from '../onnx/model';
import type { NodeProto } from '../onnx/onnx_pb';
import { elementCount } from '../onnx/tensor';
import type { TensorInfo } from '../onnx/tensorValue';
import type { QuantizeSettings } from '../protocol';
import { PressError } from '../util/pressError';
import { createEmbeddingQuantizer, type EmbeddingQuantizer } from './embedding';
import { isLinear, readLinearLayer } from './linearLayer';
import type { QuantizeOutcome } from './outcome';
import type { QuantizeContext } from './quantizeContext';
import { rewriteNodes, type NodeRewrite } from './rewriteNodes';
import {
  createWeightStore,
  isStorable,
  SMALLEST_STORED_ELEMENTS,
  storeWeights,
  whyNotStorable,
  type WeightStore,
} from './storedWeights';
import type { BlockFormat } from './weightOnlyBlocks';
import { createBlockQuantizer, SMALLEST_BLOCK, type BlockQuantizer } from './weightOnlyLinear';

/** Why convolutions stay as they are unless `includeConv` is set. */
export const CONVOLUTIONS_ON_REQUEST =
  'Weights of convolutions are stored as int8 only on request (--include-conv), since no kernel computes with them.';

/** Four bits need short blocks; eight lose nothing with longer ones and are faster. */
const DEFAULT_BLOCK: Readonly<Record<4 | 8, number>> = { 4: 32, 8: 128 };

/**
 * Quantizes weights only: MatMul and Gemm block-wise to int4 or int8 (MatMulNBits), embedding tables and the weights of
 * recurrent operators to int8, and with `includeConv` those of convolutions. Needs no data. The model is changed in
 * place; it must be normalised. Throws `bad-option` for a block size that no kernel knows.
 */
export function quantizeWeightOnly(
  model: Model,
  types: ReadonlyMap<string, TensorInfo>,
  settings: QuantizeSettings,
  context: QuantizeContext = {},
): QuantizeOutcome {
  const index = indexGraph(model);
  const newName = createNamer(model);
  const format = blockFormat(settings);
  const tools: Tools = {
    model,
    index,
    types,
    format,
    includeConv: settings.includeConv ?? false,
    blocks: createBlockQuantizer(model, newName, format),
    embeddings: createEmbeddingQuantizer(model, index, newName),
    store: createWeightStore(model, newName),
  };
  return rewriteNodes(
    model,
    {
      exclude: settings.exclude,
      expects: (node) => isLinear(node) || isStorable(node) || tools.embeddings.isLookup(node),
      rewrite: (node) => rewrite(tools, node),
    },
    context,
  );
}

interface Tools {
  readonly model: Model;
  readonly index: GraphIndex;
  readonly types: ReadonlyMap<string, TensorInfo>;
  readonly format: BlockFormat;
  readonly includeConv: boolean;
  readonly blocks: BlockQuantizer;
  readonly embeddings: EmbeddingQuantizer;
  readonly store: WeightStore;
}

function blockFormat(settings: QuantizeSettings): BlockFormat {
  const bits = settings.weightBits ?? 8;
  const blockSize = settings.blockSize ?? DEFAULT_BLOCK[bits];
  if (blockSize < SMALLEST_BLOCK || !Number.isInteger(Math.log2(blockSize))) {
    throw new PressError(
      'bad-option',
      `The block size ${blockSize} is none that ONNX Runtime has kernels for. Give a power of two, at least ${SMALLEST_BLOCK}.`,
      { blockSize },
    );
  }
  return { bits, blockSize, symmetric: false };
}

function rewrite(tools: Tools, node: NodeProto): NodeRewrite | string {
  if (node.opType.startsWith('Conv') && !tools.includeConv) {
    return whyNotStorable(tools.index, node) ?? CONVOLUTIONS_ON_REQUEST;
  }
  if (isStorable(node)) return storeWeights(tools.store, tools.index, node);
  if (node.opType === 'Gather') return tools.embeddings.rewrite(node);
  const layer = readLinearLayer(tools.model, tools.index, tools.types, node);
  if (typeof layer === 'string') return layer;
  if (elementCount(layer.weight) < SMALLEST_STORED_ELEMENTS) return 'Its weight is too small to save space.';
  const { bits, blockSize } = tools.format;
  return { nodes: tools.blocks.rewrite(layer), scheme: `int${bits} block ${blockSize}` };
}
