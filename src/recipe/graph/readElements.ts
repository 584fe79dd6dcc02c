import { dataTypeBits, dataTypeBytes, dataTypeName } from '../../onnx/dataType';
import { malformedModel, unsupportedModel } from '../../onnx/errors';
import type { Model } from '../../onnx/model';
import type { TensorProto } from '../../onnx/onnx_pb';
import { elementCount, tensorBytes } from '../../onnx/tensor';
import { decoderOf } from './decodeElements';

/** Numbers of a tensor, read a part at a time. */
export interface ElementReader {
  readonly count: number;
  /** `length` elements from element `offset` on. */
  read(offset: number, length: number): Float64Array;
  /** The stored bytes that hold these elements, and where in them the first one is. */
  bytes(offset: number, length: number): { readonly bytes: Uint8Array; readonly from: number };
}

/**
 * A reader of the elements of a tensor, whatever type they have and wherever they are kept; nothing is read before it is
 * asked for. Throws `unsupported-model` for types that are no numbers, `malformed-model` for a payload of wrong length.
 */
export function readElements(model: Model, tensor: TensorProto): ElementReader {
  const decode = decoderOf(tensor.dataType);
  const bits = dataTypeBits(tensor.dataType);
  if (!decode || bits === undefined) {
    throw unsupportedModel(
      `Tensor "${tensor.name}" is of type ${dataTypeName(tensor.dataType)}`,
      'whose values are not shown.',
    );
  }
  const count = elementCount(tensor);
  const payload = payloadOf(model, tensor, dataTypeBytes(tensor.dataType, count));
  const bytesAt: ElementReader['bytes'] = (offset, length) => {
    if (offset < 0 || length < 0 || offset + length > count) throw new RangeError('Elements outside the tensor.');
    const start = Math.floor((offset * bits) / 8);
    const end = Math.ceil(((offset + length) * bits) / 8);
    return { bytes: payload(start, end - start), from: Math.floor(offset - (start * 8) / bits) };
  };
  return {
    count,
    bytes: bytesAt,
    read(offset, length) {
      const out = new Float64Array(length);
      const part = bytesAt(offset, length);
      if (length > 0) decode(part.bytes, out, part.from);
      return out;
    },
  };
}

function payloadOf(model: Model, tensor: TensorProto, expected: number): (start: number, length: number) => Uint8Array {
  const weight = model.weights.get(tensor);
  if (!weight) {
    const bytes = tensorBytes(model, tensor);
    return (start, length) => bytes.subarray(start, start + length);
  }
  // External data is checked when it is first read.
  if (weight.external) weight.read(0, 0);
  if (weight.byteLength !== expected) {
    throw malformedModel(
      `tensor "${tensor.name}" has ${weight.byteLength} bytes of data where its dimensions need ${expected}`,
    );
  }
  return (start, length) => weight.read(start, length);
}
