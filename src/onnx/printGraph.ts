import { dataTypeName } from './dataType';
import { mainGraph, subgraphsOf, type Model } from './model';
import {
  AttributeProto_AttributeType as Kind,
  TensorProto_DataType as Type,
  type AttributeProto,
  type FunctionProto,
  type GraphProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from './onnx_pb';
import { elementCount, readFloats, readInts } from './tensor';

/** Constants of at most so many elements are printed with their values. */
const MAX_PRINTED_VALUES = 8;
/** Digits of printed floats: enough to see a change, few enough that rounding does not show. */
const FLOAT_DIGITS = 5;

/**
 * A model as text, one line a node: `%out = Conv[kernel_shape=3,3](%x, %w)  # name`. For people and for tests that hold
 * a rewrite against a recorded text; subgraphs are indented, functions follow the graph.
 */
export function printGraph(model: Model): string {
  const opsets = model.proto.opsetImport.map(({ domain, version }) => `${domain || 'ai.onnx'} ${version}`);
  const lines = [`ir ${model.proto.irVersion}, ${opsets.join(', ')}`, ...graphLines(model, mainGraph(model), '')];
  for (const fn of model.proto.functions) lines.push(...functionLines(model, fn));
  return lines.join('\n');
}

function graphLines(model: Model, graph: GraphProto, indent: string): string[] {
  const values = (infos: readonly ValueInfoProto[]): string =>
    infos.map((value) => `%${value.name}${valueType(value)}`).join(', ');
  return [
    `${indent}in ${values(graph.input)}`.trimEnd(),
    ...graph.initializer.map((tensor) => `${indent}%${tensor.name} = ${printTensor(model, tensor)}`),
    ...graph.node.flatMap((node) => nodeLines(model, node, indent)),
    `${indent}out ${values(graph.output)}`,
  ];
}

function functionLines(model: Model, fn: FunctionProto): string[] {
  const names = (list: readonly string[]): string => list.map((name) => `%${name}`).join(', ');
  const opsets = fn.opsetImport.map(({ domain, version }) => `${domain || 'ai.onnx'} ${version}`);
  return [
    `function ${fn.domain}.${fn.name}[${fn.attribute.join(', ')}](${names(fn.input)}) -> ${names(fn.output)}`,
    `  ${opsets.join(', ')}`,
    ...fn.node.flatMap((node) => nodeLines(model, node, '  ')),
  ];
}

function nodeLines(model: Model, node: NodeProto, indent: string): string[] {
  const name = (value: string): string => (value === '' ? '-' : `%${value}`);
  const attributes = node.attribute
    .filter((attribute) => !attribute.g && attribute.graphs.length === 0)
    .map((attribute) => `${attribute.name}=${printAttribute(model, attribute)}`);
  const operator = node.domain === '' ? node.opType : `${node.domain}.${node.opType}`;
  const list = attributes.length > 0 ? `[${attributes.join(' ')}]` : '';
  const label = node.name === '' ? '' : `  # ${node.name}`;
  const call = `${operator}${list}(${node.input.map(name).join(', ')})${label}`;
  return [
    `${indent}${node.output.map(name).join(', ')} = ${call}`,
    ...subgraphsOf(node).flatMap((graph) => [
      `${indent}  ${graph.name} {`,
      ...graphLines(model, graph, `${indent}    `),
      `${indent}  }`,
    ]),
  ];
}

function printAttribute(model: Model, attribute: AttributeProto): string {
  if (attribute.refAttrName) return `@${attribute.refAttrName}`;
  switch (attribute.type) {
    case Kind.INT:
      return String(attribute.i);
    case Kind.INTS:
      return attribute.ints.join(',');
    case Kind.FLOAT:
      return printFloat(attribute.f);
    case Kind.FLOATS:
      return attribute.floats.map(printFloat).join(',');
    case Kind.STRING:
      return new TextDecoder().decode(attribute.s);
    case Kind.TENSOR:
      return attribute.t ? printTensor(model, attribute.t) : '';
    default:
      return Kind[attribute.type]?.toLowerCase() ?? '?';
  }
}

function printTensor(model: Model, tensor: TensorProto): string {
  const type = `${dataTypeName(tensor.dataType)}[${tensor.dims.join(',')}]`;
  if (elementCount(tensor) > MAX_PRINTED_VALUES) return type;
  switch (tensor.dataType) {
    case Type.FLOAT:
    case Type.DOUBLE:
    case Type.FLOAT16:
    case Type.BFLOAT16:
      return `${type} {${[...readFloats(model, tensor)].map(printFloat).join(', ')}}`;
    case Type.INT64:
    case Type.INT32:
    case Type.INT8:
    case Type.UINT8:
    case Type.BOOL:
      return `${type} {${readInts(model, tensor).join(', ')}}`;
    default:
      return type;
  }
}

function printFloat(value: number): string {
  return String(Number(value.toPrecision(FLOAT_DIGITS)));
}

function valueType(value: ValueInfoProto): string {
  const kind = value.type?.value;
  if (kind?.case !== 'tensorType') return '';
  const dims = kind.value.shape?.dim.map((dim) => String(dim.value.value ?? '?')) ?? ['...'];
  return `: ${dataTypeName(kind.value.elemType ?? 0)}[${dims.join(',')}]`;
}
