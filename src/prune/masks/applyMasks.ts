import { createExclusion } from '../../onnx/exclude';
import type { Model } from '../../onnx/model';
import { bytesOf, dimsOf, readFloats, setTensorBytes } from '../../onnx/tensor';
import type { LayerKept, PruneSettings, SparseTensor } from '../../protocol';
import type { ProgressCallback } from '../../util/progress';
import { throwIfCancelled } from '../../util/pressError';
import { blockMasks, blockObstacle } from './block';
import { magnitudeMasks } from './magnitude';
import type { Mask, MaskedLayer } from './mask';
import { nmMask, nmObstacle } from './nm';
import { weightMatrices, type WeightMatrix } from './weightMatrix';

/** What masks did to a model. */
export interface MaskOutcome {
  readonly tensors: readonly SparseTensor[];
  readonly kept: readonly LayerKept[];
}

/** What may differ from run to run. */
export interface MaskContext {
  readonly onProgress?: ProgressCallback;
  readonly signal?: AbortSignal;
}

/** The share that is removed when nothing is said. */
export const DEFAULT_MASK_AMOUNT = 0.5;

/**
 * Sets weights to zero in place, by the method of the settings: `magnitude`, `nm` or `block`. The zeros are the mask: what
 * is counted in the result is every zero of a masked tensor, those that were there before included.
 */
export function applyMasks(model: Model, settings: PruneSettings, context: MaskContext = {}): MaskOutcome {
  const exclusion = createExclusion(settings.protect);
  const { matrices, kept } = weightMatrices(model, exclusion);
  const refused: LayerKept[] = [];
  const fitting = matrices.filter((matrix) => {
    const reason = obstacle(matrix, settings);
    if (reason !== undefined) refused.push({ node: matrix.node.name, opType: matrix.node.opType, reason });
    return reason === undefined;
  });
  const layers = fitting.map((matrix): MaskedLayer => {
    const own = settings.layers?.[matrix.node.name];
    return { matrix, values: readFloats(model, matrix.tensor), ...(own === undefined ? {} : { amount: own }) };
  });
  const masks = masksOf(layers, settings);
  const tensors = layers.map(({ matrix, values }, i) => {
    throwIfCancelled(context.signal);
    const mask = masks[i] as Mask; // one a layer
    const masked = values.map((value, at) => (mask[at] === 1 ? value : 0));
    setTensorBytes(model, matrix.tensor, bytesOf(masked));
    context.onProgress?.({ stage: 'prune', done: i + 1, total: layers.length });
    return sparseTensor(matrix, masked);
  });
  return { tensors, kept: [...kept, ...refused] };
}

function obstacle(matrix: WeightMatrix, { method, nm, block }: PruneSettings): string | undefined {
  if (method === 'nm') return nmObstacle(matrix, nmPattern(nm));
  if (method === 'block') return blockObstacle(matrix, blockSize(block));
  return undefined;
}

function masksOf(layers: readonly MaskedLayer[], settings: PruneSettings): Mask[] {
  const { method, amount = DEFAULT_MASK_AMOUNT, scope = 'global' } = settings;
  if (method === 'nm') {
    const pattern = nmPattern(settings.nm);
    return layers.map(({ matrix, values }) => nmMask(matrix, values, pattern));
  }
  if (method === 'block') {
    const norm = settings.importance === 'l2' ? 'l2' : 'l1';
    return blockMasks(layers, blockSize(settings.block), norm, { amount, scope });
  }
  return magnitudeMasks(layers, { amount, scope });
}

function nmPattern([n, m]: readonly [number, number] = [2, 4]) {
  return { n, m };
}

function blockSize([rows, columns]: readonly [number, number] = [4, 1]) {
  return { rows, columns };
}

function sparseTensor({ node, tensor }: WeightMatrix, values: Float32Array): SparseTensor {
  let zeros = 0;
  for (const value of values) if (value === 0) zeros++;
  return { tensor: tensor.name, node: node.name, dims: dimsOf(tensor), elements: values.length, zeros };
}
