import { dataTypeBits, dataTypeBytes } from './dataType';
import { malformedModel } from './errors';
import type { Model } from './model';
import { TensorProto_DataType as Type, type TensorProto } from './onnx_pb';
import { elementCount } from './tensor';

/**
 * Checks that a tensor's payload has the length that its type and dimensions need, without reading it; an external
 * data file is opened to see that it is there and long enough. Types this version does not know are left alone.
 * Throws `malformed-model` or `external-data`.
 */
export function validateTensor(model: Model, tensor: TensorProto): void {
  const count = elementCount(tensor);
  const weight = model.weights.get(tensor);
  if (weight?.external) weight.read(0, 0);
  if (tensor.dataType === Type.STRING) {
    if (tensor.stringData.length !== count) throw wrongLength(tensor, `${tensor.stringData.length} strings`, count);
    return;
  }
  if (dataTypeBits(tensor.dataType) === undefined) return;
  const expected = dataTypeBytes(tensor.dataType, count);
  const actual = weight?.byteLength ?? inlineLength(tensor);
  if (actual !== expected) throw wrongLength(tensor, `${actual} bytes`, expected);
}

function wrongLength(tensor: TensorProto, found: string, expected: number): Error {
  const dims = tensor.dims.join(', ');
  return malformedModel(`tensor "${tensor.name}" has ${found} of data where its dimensions [${dims}] need ${expected}`);
}

/** Bytes of the payload once it is packed; raw_data wins over the typed fields, as in ONNX Runtime. */
function inlineLength(tensor: TensorProto): number {
  if (tensor.rawData.length > 0) return tensor.rawData.length;
  if (tensor.floatData.length > 0) return tensor.floatData.length * 4;
  if (tensor.doubleData.length > 0) return tensor.doubleData.length * 8;
  if (tensor.int64Data.length > 0) return tensor.int64Data.length * 8;
  if (tensor.uint64Data.length > 0) return tensor.uint64Data.length * (tensor.dataType === Type.UINT32 ? 4 : 8);
  // int32_data holds one element of up to 32 bits in each entry, or one byte of packed 2- and 4-bit elements.
  return tensor.int32Data.length * Math.max(1, (dataTypeBits(tensor.dataType) ?? 8) / 8);
}
