import { create } from '@bufbuild/protobuf';
import { dataTypeBytes } from '../../onnx/dataType';
import { isConstant } from '../../onnx/graphIndex';
import type { Model } from '../../onnx/model';
import {
  AttributeProto_AttributeType as Kind,
  TensorProto_DataType as Type,
  TensorProtoSchema,
  type AttributeProto,
  type NodeProto,
  type SparseTensorProto,
  type TensorProto,
} from '../../onnx/onnx_pb';
import type { GraphWeight } from '../../protocol';
import { countOrZero } from '../modelFacts';

/** Where the values of a tensor of the graph are kept in the model. */
export interface StoredWeight {
  readonly kind: GraphWeight['kind'];
  /** Dimensions of the whole; of a sparse weight, not those of its values. */
  readonly dims: readonly number[];
  /** The values; of a sparse weight, those that are not zero. */
  readonly values: TensorProto;
  /** Of a sparse weight: linear indices, or coordinates row by row. */
  readonly indices?: TensorProto;
}

/** A dense initializer, or the value of a Constant. */
export function denseWeight(values: TensorProto, kind: 'initializer' | 'constant'): StoredWeight {
  return { kind, dims: values.dims.map(Number), values };
}

/** A sparse initializer or value; undefined for one that lacks a part. */
export function sparseWeight({ dims, values, indices }: SparseTensorProto): StoredWeight | undefined {
  return values && indices ? { kind: 'sparse', dims: dims.map(Number), values, indices } : undefined;
}

/** What a Constant node holds, whichever of its attributes says so; undefined for other nodes. */
export function constantWeight(node: NodeProto): StoredWeight | undefined {
  if (!isConstant(node)) return undefined;
  for (const attribute of node.attribute) {
    if (attribute.refAttrName !== '') continue;
    const weight = attributeWeight(attribute);
    if (weight) return weight;
  }
  return undefined;
}

/** The stored size in bytes; of a sparse weight, of values and indices. */
export function storedBytes(model: Model, { values, indices }: StoredWeight): number {
  return tensorSize(model, values) + (indices ? tensorSize(model, indices) : 0);
}

/** True when the values are in another file. */
export function isExternal(model: Model, { values }: StoredWeight): boolean {
  return model.weights.get(values)?.external === true;
}

function tensorSize(model: Model, tensor: TensorProto): number {
  if (tensor.dataType === Type.STRING) return tensor.stringData.reduce((sum, text) => sum + text.length, 0);
  return model.weights.get(tensor)?.byteLength ?? dataTypeBytes(tensor.dataType, countOrZero(tensor));
}

function attributeWeight(attribute: AttributeProto): StoredWeight | undefined {
  switch (attribute.type) {
    case Kind.TENSOR:
      return attribute.t && denseWeight(attribute.t, 'constant');
    case Kind.SPARSE_TENSOR:
      return attribute.sparseTensor && sparseWeight(attribute.sparseTensor);
    case Kind.FLOAT:
      return made(Type.FLOAT, [], { floatData: [attribute.f] });
    case Kind.FLOATS:
      return made(Type.FLOAT, [attribute.floats.length], { floatData: attribute.floats });
    case Kind.INT:
      return made(Type.INT64, [], { int64Data: [attribute.i] });
    case Kind.INTS:
      return made(Type.INT64, [attribute.ints.length], { int64Data: attribute.ints });
    case Kind.STRING:
      return made(Type.STRING, [], { stringData: [attribute.s] });
    case Kind.STRINGS:
      return made(Type.STRING, [attribute.strings.length], { stringData: attribute.strings });
    default:
      return undefined;
  }
}

function made(
  dataType: Type,
  dims: readonly number[],
  data: Partial<Pick<TensorProto, 'floatData' | 'int64Data' | 'stringData'>>,
): StoredWeight {
  return denseWeight(create(TensorProtoSchema, { dataType, dims: dims.map(BigInt), ...data }), 'constant');
}
