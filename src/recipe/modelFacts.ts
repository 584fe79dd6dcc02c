import { dataTypeBytes, dataTypeName, elementTypeOf } from '../onnx/dataType';
import { tensorsOf, type Model } from '../onnx/model';
import type { TensorProto, TensorShapeProto } from '../onnx/onnx_pb';
import { elementCount } from '../onnx/tensor';
import { validateModel } from '../onnx/validateModel';
import { PressError } from '../util/pressError';

/** Why a model cannot be loaded as it is, one English sentence, or undefined. */
export function problemOf(model: Model): string | undefined {
  try {
    validateModel(model);
    return undefined;
  } catch (error) {
    if (error instanceof PressError) return error.message;
    throw error;
  }
}

/** Elements and bytes of all tensors that a model computes with: initializers, constants, subgraphs, functions. */
export function countWeights({ proto, weights }: Model): { parameterCount: number; weightBytes: number } {
  let parameterCount = 0;
  let bytes = 0;
  for (const tensor of tensorsOf({ ...proto, trainingInfo: [] })) {
    const count = countOrZero(tensor);
    parameterCount += count;
    bytes += weights.get(tensor)?.byteLength ?? dataTypeBytes(tensor.dataType, count);
  }
  return { parameterCount, weightBytes: bytes };
}

/** The elements of a tensor; one of absurd dimensions counts as nothing, {@link problemOf} says what is wrong with it. */
export function countOrZero(tensor: TensorProto): number {
  try {
    return elementCount(tensor);
  } catch {
    return 0;
  }
}

/** The dimensions of a declared shape: sizes, names of dynamic ones, null where unknown. */
export function dimensionsOf(shape: TensorShapeProto | undefined): (number | string | null)[] {
  return (shape?.dim ?? []).map((dim) => {
    if (dim.value.case === 'dimValue') return Number(dim.value.value);
    return dim.value.case === 'dimParam' && dim.value.value !== '' ? dim.value.value : null;
  });
}

/** The name of an element type as the run-time interface has it (`float32`), else the specification's (`bfloat16`). */
export function elementName(type: number): string {
  return elementTypeOf(type) ?? dataTypeName(type);
}
