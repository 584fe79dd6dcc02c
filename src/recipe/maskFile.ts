import { deflateSync } from 'node:zlib';
import { mainGraph, type Model } from '../onnx/model';
import { readFloats } from '../onnx/tensor';
import type { PrunedGroup, PruneMethod, SparseTensor } from '../protocol';

/** The name of the file in a run folder. */
export const MASK_FILE = 'masks.json';

/** What `masks.json` holds: the masks of weights, and which channels of which groups went. */
export interface MaskRecord {
  readonly format: 'onnx-press-masks';
  readonly version: 1;
  readonly method: PruneMethod;
  readonly tensors: readonly {
    readonly tensor: string;
    readonly dims: readonly number[];
    readonly zeros: number;
    /** One bit an element, 1 to keep, the first element in the lowest bit; deflated, in base64. */
    readonly mask: string;
  }[];
  readonly groups: readonly PrunedGroup[];
}

/** The masks of a model as they are kept beside its recipe: the zeros of its masked tensors. */
export function maskRecord(
  model: Model,
  method: PruneMethod,
  tensors: readonly SparseTensor[],
  groups: readonly PrunedGroup[],
): MaskRecord {
  const initializers = new Map(mainGraph(model).initializer.map((tensor) => [tensor.name, tensor]));
  return {
    format: 'onnx-press-masks',
    version: 1,
    method,
    tensors: tensors.flatMap(({ tensor: name, dims, zeros }) => {
      const tensor = initializers.get(name);
      return tensor ? [{ tensor: name, dims, zeros, mask: packed(readFloats(model, tensor)) }] : [];
    }),
    groups,
  };
}

function packed(values: Float32Array): string {
  const bits = new Uint8Array(Math.ceil(values.length / 8));
  values.forEach((value, i) => {
    if (value !== 0) bits[i >> 3] = (bits[i >> 3] ?? 0) | (1 << (i & 7));
  });
  return deflateSync(bits).toString('base64');
}
