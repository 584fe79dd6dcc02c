import type { Model, Weight } from '../onnx/model';
import type { TensorProto, TensorProto_DataType as Type } from '../onnx/onnx_pb';
import { addLazyTensor, addTensor, readFloats } from '../onnx/tensor';

/** Payloads beyond it are computed each time they are written, so that a large model never lies in memory as a whole. */
const EAGER_BYTES = 4 << 20;

/** The payload of a tensor that {@link addComputedTensor} makes; `compute` must give the same bytes every time. */
export interface ComputedPayload {
  readonly byteLength: number;
  compute(): Uint8Array;
}

/** Creates a tensor whose payload is computed now when it is small, else whenever it is read. */
export function addComputedTensor(
  model: Model,
  name: string,
  type: Type,
  dims: readonly number[],
  payload: ComputedPayload,
): TensorProto {
  return payload.byteLength <= EAGER_BYTES
    ? addTensor(model, name, type, dims, payload.compute())
    : addLazyTensor(model, name, type, dims, computedWeight(payload));
}

/** A function that reads the floats of a tensor, even after the tensor has left the model. */
export function floatReader(model: Model, tensor: TensorProto): () => Float32Array {
  const weight = model.weights.get(tensor);
  const source: Model = { proto: model.proto, weights: new Map(weight ? [[tensor, weight]] : []) };
  return () => readFloats(source, tensor);
}

/** A weight that is computed at the first read and let go after the last byte was read. */
function computedWeight(payload: ComputedPayload): Weight {
  let bytes: Uint8Array | undefined;
  return {
    byteLength: payload.byteLength,
    read(offset, length) {
      bytes ??= payload.compute();
      const part = bytes.subarray(offset, offset + length);
      if (offset + length >= payload.byteLength) bytes = undefined;
      return part;
    },
  };
}
