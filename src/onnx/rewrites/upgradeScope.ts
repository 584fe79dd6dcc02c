import { clone, create } from '@bufbuild/protobuf';
import { findAttribute, makeNode, removeAttribute, type AttributeValue } from '../attributes';
import {
  AttributeProto_AttributeType as Kind,
  AttributeProtoSchema,
  TensorProto_DataType as Type,
  type NodeProto,
} from '../onnx_pb';
import { setInput } from './editGraph';

/**
 * Where a node is upgraded: the nodes put before and after it, and what is known about its surroundings. New constants
 * are `Constant` nodes, since a function has no initializers.
 */
export interface UpgradeScope {
  readonly before: NodeProto[];
  readonly after: NodeProto[];
  /** Makes a name that is free. */
  name(wanted: string): string;
  /** Dimensions of a tensor; undefined when its rank is unknown. */
  dims(tensor: string | undefined): readonly (number | string | null)[] | undefined;
  /** ONNX data type of a tensor; undefined when unknown. */
  dataType(tensor: string | undefined): number | undefined;
  /** True when some node, subgraph or graph output reads the tensor. */
  isRead(tensor: string): boolean;
}

/** Changes a node from the definition before a version to that of the version; returns why it cannot. */
export type Upgrader = (node: NodeProto, scope: UpgradeScope) => string | undefined;

/** Moves an attribute to an input, keeping a reference to a function's attribute. Absent attributes stay absent. */
export function attributeToInput(node: NodeProto, scope: UpgradeScope, name: string, position: number): void {
  const attribute = findAttribute(node, name);
  if (!attribute) return;
  removeAttribute(node, name);
  const value = clone(AttributeProtoSchema, attribute);
  value.name = VALUE_ATTRIBUTES[attribute.type] ?? 'value';
  setInput(node, position, addConstantNode(node, scope, name, [value]));
}

/** Like {@link attributeToInput} for a float that must have the element type of the first input. */
export function floatToTypedInput(node: NodeProto, scope: UpgradeScope, name: string, position: number): void {
  if (!findAttribute(node, name)) return;
  attributeToInput(node, scope, name, position);
  const type = scope.dataType(node.input[0]);
  if (type === undefined || type === Type.FLOAT) return;
  const cast = scope.name(`${label(node)}_${name}_cast`);
  scope.before.push(makeNode('Cast', cast, [node.input[position] as string], [cast], { to: type }));
  setInput(node, position, cast);
}

/** Puts a constant list of integers on an input. */
export function intsToInput(
  node: NodeProto,
  scope: UpgradeScope,
  name: string,
  position: number,
  ints: number[],
): void {
  const value = create(AttributeProtoSchema, { name: 'value_ints', type: Kind.INTS, ints: ints.map(BigInt) });
  setInput(node, position, addConstantNode(node, scope, name, [value]));
}

/** Adds a node before the upgraded one and returns its output. */
export function addBefore(
  node: NodeProto,
  scope: UpgradeScope,
  opType: string,
  input: readonly string[],
  attributes: Readonly<Record<string, AttributeValue>> = {},
): string {
  const name = scope.name(`${label(node)}_${opType.toLowerCase()}`);
  scope.before.push(makeNode(opType, name, input, [name], attributes));
  return name;
}

/** True when an attribute of the node is set by the caller of a function, so that its value is not known. */
export function isReference(node: NodeProto, name: string): boolean {
  return Boolean(findAttribute(node, name)?.refAttrName);
}

const VALUE_ATTRIBUTES: Readonly<Record<number, string>> = {
  [Kind.INT]: 'value_int',
  [Kind.INTS]: 'value_ints',
  [Kind.FLOAT]: 'value_float',
  [Kind.FLOATS]: 'value_floats',
};

function addConstantNode(
  node: NodeProto,
  scope: UpgradeScope,
  name: string,
  attribute: NodeProto['attribute'],
): string {
  const output = scope.name(`${label(node)}_${name}`);
  const constant = makeNode('Constant', output, [], [output]);
  constant.attribute = attribute;
  scope.before.push(constant);
  return output;
}

function label(node: NodeProto): string {
  return node.name === '' ? (node.output[0] ?? node.opType) : node.name;
}
