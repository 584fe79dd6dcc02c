import { create } from '@bufbuild/protobuf';
import { cloneModel, mainGraph, type Model } from '../onnx/model';
import { elementTypeOf } from '../onnx/dataType';
import { unsupportedModel } from '../onnx/errors';
import {
  TypeProto_TensorSchema,
  TypeProtoSchema,
  TensorShapeProtoSchema,
  ValueInfoProtoSchema,
  type ValueInfoProto,
} from '../onnx/onnx_pb';
import type { TensorInfo } from '../onnx/tensorValue';
import { dimsOf } from '../onnx/tensor';
import { createSession } from './session';

/** No tensor of a model that runs on a CPU comes near; as float32 it would take 8 GB. */
const MAX_ELEMENTS = 2 ** 31;
/** Weights of at least so many bytes are not needed to infer shapes and become inputs of the light copy. */
const LIGHT_BYTES = 4096;

/**
 * Types and shapes of every tensor of the main graph, inferred by ONNX Runtime: all tensors become outputs of a copy
 * without its large weights, which is loaded without optimisation and never run. Throws `model-does-not-run`, or
 * `unsupported-model` for a tensor that no memory could hold.
 */
export async function inferTensorTypes(model: Model): Promise<Map<string, TensorInfo>> {
  const light = lightCopy(model);
  const graph = mainGraph(light);
  const known = new Set(graph.output.map((value) => value.name));
  const names = new Set(graph.node.flatMap((node) => node.output).filter((name) => name !== '' && !known.has(name)));
  for (const name of names) graph.output.push(create(ValueInfoProtoSchema, { name }));
  const session = await createSession(light, { optimization: 'disabled', threads: 1 });
  const infos = new Map([...session.inputs, ...session.outputs].map((info) => [info.name, info]));
  await session.release();
  for (const info of infos.values()) refuseHuge(info);
  for (const tensor of mainGraph(model).initializer) {
    const type = elementTypeOf(tensor.dataType);
    infos.set(tensor.name, { name: tensor.name, type: type ?? 'unknown', dims: dimsOf(tensor) });
  }
  return infos;
}

/** A value info of a tensor type with fixed dimensions. */
export function tensorValueInfo(name: string, elemType: number, dims: readonly number[]): ValueInfoProto {
  const shape = create(TensorShapeProtoSchema, {
    dim: dims.map((dim) => ({ value: { case: 'dimValue' as const, value: BigInt(dim) } })),
  });
  const tensorType = create(TypeProto_TensorSchema, { elemType, shape });
  return create(ValueInfoProtoSchema, {
    name,
    type: create(TypeProtoSchema, { value: { case: 'tensorType', value: tensorType } }),
  });
}

/** Gives the inputs of a model the shapes that they are fed with, in place; inputs that are not named stay. */
export function fixInputShapes(model: Model, fed: readonly TensorInfo[]): void {
  const graph = mainGraph(model);
  graph.input = graph.input.map((value) => {
    const dims = fed.find(({ name }) => name === value.name)?.dims.filter((dim) => typeof dim === 'number');
    const type = value.type?.value;
    return dims && type?.case === 'tensorType' ? tensorValueInfo(value.name, type.value.elemType, dims) : value;
  });
}

function refuseHuge({ name, dims }: TensorInfo): void {
  const elements = dims.reduce<number>((product, dim) => product * (typeof dim === 'number' ? dim : 1), 1);
  if (elements <= MAX_ELEMENTS) return;
  throw unsupportedModel(`Tensor "${name}" would have ${elements} elements,`, 'which is more than fits into memory.');
}

function lightCopy(model: Model): Model {
  const light = cloneModel(model);
  const graph = mainGraph(light);
  const overridable = new Set(graph.input.map((value) => value.name));
  graph.initializer = graph.initializer.filter((tensor) => {
    const weight = light.weights.get(tensor);
    if (!weight || weight.byteLength < LIGHT_BYTES) return true;
    light.weights.delete(tensor);
    if (!overridable.has(tensor.name)) graph.input.push(tensorValueInfo(tensor.name, tensor.dataType, dimsOf(tensor)));
    return false;
  });
  return light;
}
