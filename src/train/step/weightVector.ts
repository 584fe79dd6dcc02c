import { mainGraph, type Model } from '../../onnx/model';
import { TensorProto_DataType as Type } from '../../onnx/onnx_pb';
import { addFloatTensor, bytesOf, readFloats, setTensorBytes } from '../../onnx/tensor';
import type { TensorValue } from '../../onnx/tensorValue';
import { tensorValueInfo } from '../../runtime/tensorTypes';

/** A tensor's place in a vector that holds many. */
export interface VectorPart {
  readonly name: string;
  readonly dims: readonly number[];
  readonly offset: number;
  readonly length: number;
}

/** Lays tensors out one after the other. */
export function layOut(tensors: readonly { readonly name: string; readonly dims: readonly number[] }[]): VectorPart[] {
  let offset = 0;
  return tensors.map(({ name, dims }) => {
    const length = dims.reduce((product, dim) => product * dim, 1);
    const part = { name, dims, offset, length };
    offset += length;
    return part;
  });
}

/** How many elements the vector of these parts has. */
export function vectorLength(parts: readonly VectorPart[]): number {
  const last = parts.at(-1);
  return last ? last.offset + last.length : 0;
}

/** The values of a model's initializers as a vector. */
export function readVector(model: Model, parts: readonly VectorPart[]): Float32Array {
  const tensors = new Map(mainGraph(model).initializer.map((tensor) => [tensor.name, tensor]));
  const vector = new Float32Array(vectorLength(parts));
  for (const { name, offset } of parts) {
    const tensor = tensors.get(name);
    if (tensor) vector.set(readFloats(model, tensor), offset);
  }
  return vector;
}

/** Gives a model's initializers the values of a vector; parts that the model does not have are left out. */
export function writeVector(model: Model, parts: readonly VectorPart[], vector: Float32Array): void {
  const tensors = new Map(mainGraph(model).initializer.map((tensor) => [tensor.name, tensor]));
  for (const { name, offset, length } of parts) {
    const tensor = tensors.get(name);
    if (tensor) setTensorBytes(model, tensor, bytesOf(vector.slice(offset, offset + length)));
  }
}

/** Makes graph inputs of initializers, so that every run can feed other values. */
export function initializersToInputs(model: Model, parts: readonly VectorPart[]): void {
  const graph = mainGraph(model);
  const names = new Set(parts.map(({ name }) => name));
  for (const tensor of graph.initializer) if (names.has(tensor.name)) model.weights.delete(tensor);
  graph.initializer = graph.initializer.filter(({ name }) => !names.has(name));
  const present = new Set(graph.input.map(({ name }) => name));
  for (const { name, dims } of parts) {
    if (!present.has(name)) graph.input.push(tensorValueInfo(name, Type.FLOAT, dims));
  }
}

/** Adds a float32 initializer for a part that a graph is to have. */
export function addPart(model: Model, { name, dims }: { name: string; dims: readonly number[] }, values: Float32Array) {
  mainGraph(model).initializer.push(addFloatTensor(model, name, dims, values));
}

/** The parts of a vector as feeds; they share its memory. */
export function vectorFeeds(parts: readonly VectorPart[], vector: Float32Array): Record<string, TensorValue> {
  return Object.fromEntries(
    parts.map(({ name, dims, offset, length }) => [
      name,
      { type: 'float32' as const, dims, data: vector.subarray(offset, offset + length) },
    ]),
  );
}
