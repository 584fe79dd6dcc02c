import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { mainGraph, type Model } from '../onnx/model';
import { TensorProto_DataType as Type } from '../onnx/onnx_pb';
import { readFloats } from '../onnx/tensor';
import { weightBytes } from '../onnx/writeModel';
import type { SparseTensor, SparsityReport } from '../protocol';
import { withSparseInitializers } from '../prune/masks/sparseModel';
import { modelBytes, modelSizeBytes } from '../runtime/modelFile';

/** Compressing more than this at once takes minutes and the memory of the model several times. */
const MAX_GZIP_BYTES = 1 << 30;
const NOTE =
  'Dense kernels, those of ONNX Runtime among them, do not skip zeros: the model is smaller when it is compressed or stored sparse, but no faster.';

/** Counts the zeros of a masked model, and what it takes on disk in three forms. */
export async function sparsityReport(
  before: Model,
  after: Model,
  tensors: readonly SparseTensor[],
): Promise<SparsityReport> {
  const [elements, zeros] = [sum(tensors, 'elements'), sum(tensors, 'zeros')];
  return {
    tensors,
    sparsity: elements > 0 ? zeros / elements : 0,
    modelSparsity: modelSparsity(after),
    denseBytes: modelSizeBytes(after),
    gzipBytes: { before: await gzipBytes(before), after: await gzipBytes(after) },
    sparseInitializerBytes: modelSizeBytes(withSparseInitializers(after, new Set(tensors.map(({ tensor }) => tensor)))),
    note: NOTE,
  };
}

function sum(tensors: readonly SparseTensor[], key: 'elements' | 'zeros'): number {
  return tensors.reduce((total, tensor) => total + tensor[key], 0);
}

function modelSparsity(model: Model): number {
  let [elements, zeros] = [0, 0];
  for (const tensor of mainGraph(model).initializer) {
    if (tensor.dataType !== Type.FLOAT) continue;
    const values = readFloats(model, tensor);
    elements += values.length;
    for (const value of values) if (value === 0) zeros++;
  }
  return elements > 0 ? zeros / elements : 0;
}

/** The bytes of a model compressed as a whole; 0 for one that is too large to compress here. */
async function gzipBytes(model: Model): Promise<number> {
  if (weightBytes(model).total > MAX_GZIP_BYTES) return 0;
  return (await promisify(gzip)(modelBytes(model))).length;
}
