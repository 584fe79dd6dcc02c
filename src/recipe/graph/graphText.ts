import { decodeText } from '../../onnx/losslessText';
import {
  AttributeProto_AttributeType as Kind,
  type AttributeProto,
  type TypeProto,
  type ValueInfoProto,
} from '../../onnx/onnx_pb';
import type { Dimension, GraphAttribute } from '../../protocol';
import { dimensionsOf, elementName } from '../modelFacts';

/** Longest text of an attribute's value: what fits into an inspector line; a list shows its first entries. */
const MAX_ATTRIBUTE_TEXT = 200;
/** Sequences of sequences deeper than this are not told apart. */
const MAX_TYPE_DEPTH = 8;

/** A text of at most `length` characters, with an ellipsis where it was cut. */
export function cutText(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

/** An attribute as the graph panel shows it. */
export function describeAttribute(attribute: AttributeProto): GraphAttribute {
  const type = Kind[attribute.type]?.toLowerCase() ?? 'undefined';
  const name = cutText(attribute.name, MAX_ATTRIBUTE_TEXT);
  if (attribute.refAttrName !== '')
    return { name, type, text: cutText(`@${attribute.refAttrName}`, MAX_ATTRIBUTE_TEXT) };
  return { name, type, text: cutText(valueText(attribute), MAX_ATTRIBUTE_TEXT) };
}

/** The type of a value: `float32`, `sequence(float32)`, `map(int64, float32)`; undefined where it is not given. */
export function typeText(type: TypeProto | undefined, depth = 0): string | undefined {
  const value = type?.value;
  if (depth > MAX_TYPE_DEPTH) return '…';
  const inner = (of: TypeProto | undefined): string => typeText(of, depth + 1) ?? '?';
  switch (value?.case) {
    case 'tensorType':
      return value.value.elemType === 0 ? undefined : elementName(value.value.elemType);
    case 'sparseTensorType':
      return `sparse(${elementName(value.value.elemType)})`;
    case 'sequenceType':
      return `sequence(${inner(value.value.elemType)})`;
    case 'optionalType':
      return `optional(${inner(value.value.elemType)})`;
    case 'mapType':
      return `map(${elementName(value.value.keyType)}, ${inner(value.value.valueType)})`;
    case 'opaqueType':
      return cutText(`opaque(${value.value.domain}.${value.value.name})`, MAX_ATTRIBUTE_TEXT);
    default:
      return undefined;
  }
}

/** The dimensions that a value declares; undefined where it declares no shape. */
export function declaredDims({ type }: ValueInfoProto): Dimension[] | undefined {
  const value = type?.value;
  if (value?.case !== 'tensorType' && value?.case !== 'sparseTensorType') return undefined;
  return value.value.shape ? dimensionsOf(value.value.shape) : undefined;
}

function valueText(attribute: AttributeProto): string {
  switch (attribute.type) {
    case Kind.INT:
      return String(attribute.i);
    case Kind.FLOAT:
      return floatText(attribute.f);
    case Kind.STRING:
      return bytesText(attribute.s);
    case Kind.INTS:
      return listText(attribute.ints, String);
    case Kind.FLOATS:
      return listText(attribute.floats, floatText);
    case Kind.STRINGS:
      return listText(attribute.strings, bytesText);
    case Kind.TENSOR:
      return attribute.t ? tensorText(attribute.t.dataType, attribute.t.dims) : '';
    case Kind.TENSORS:
      return listText(attribute.tensors, (tensor) => tensorText(tensor.dataType, tensor.dims));
    case Kind.SPARSE_TENSOR:
      return attribute.sparseTensor
        ? tensorText(attribute.sparseTensor.values?.dataType ?? 0, attribute.sparseTensor.dims)
        : '';
    case Kind.SPARSE_TENSORS:
      return listText(attribute.sparseTensors, (tensor) => tensorText(tensor.values?.dataType ?? 0, tensor.dims));
    case Kind.GRAPH:
      return attribute.g?.name ?? '';
    case Kind.GRAPHS:
      return listText(attribute.graphs, (graph) => graph.name);
    case Kind.TYPE_PROTO:
      return typeText(attribute.tp) ?? '';
    case Kind.TYPE_PROTOS:
      return listText(attribute.typeProtos, (type) => typeText(type) ?? '?');
    default:
      return '';
  }
}

/** Only as many entries as can be shown are turned into text. */
function listText<T>(values: readonly T[], text: (value: T) => string): string {
  const shown = values.slice(0, MAX_ATTRIBUTE_TEXT).map(text).join(', ');
  return shown.length > MAX_ATTRIBUTE_TEXT || values.length <= MAX_ATTRIBUTE_TEXT ? shown : `${shown}, …`;
}

function bytesText(bytes: Uint8Array): string {
  // A character takes up to four bytes.
  return decodeText(bytes.subarray(0, MAX_ATTRIBUTE_TEXT * 4));
}

function floatText(value: number): string {
  return String(Number(value.toPrecision(7)));
}

function tensorText(type: number, dims: readonly bigint[]): string {
  return `${elementName(type)}[${dims.slice(0, MAX_ATTRIBUTE_TEXT).join(', ')}]`;
}
