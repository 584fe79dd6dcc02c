import { bytes, float, integer, message, text } from './wire.mjs';

/** @typedef {import('./wire.mjs').Part} Part */

const FLOAT = 1;
const INT64 = 7;
const EXTERNAL = 1;
const ATTRIBUTE_FLOAT = 1;
const ATTRIBUTE_INT = 2;
const ATTRIBUTE_TENSOR = 4;
const ATTRIBUTE_INTS = 7;
const IR_VERSION = 8;
const OPSET = 17;

/**
 * A model (ModelProto) of IR version 8 and opset 17 with one graph.
 *
 * @param {string} name
 * @param {{ nodes: Part[][]; initializers: Part[][]; inputs: Part[][]; outputs: Part[][] }} graph
 * @returns {Part[]}
 */
export function model(name, graph) {
  const graphParts = [
    ...graph.nodes.flatMap((node) => message(1, node)),
    ...text(2, name),
    ...graph.initializers.flatMap((tensor) => message(5, tensor)),
    ...graph.inputs.flatMap((value) => message(11, value)),
    ...graph.outputs.flatMap((value) => message(12, value)),
  ];
  const opset = [...text(1, ''), ...integer(2, OPSET)];
  return [...integer(1, IR_VERSION), ...text(2, 'onnx-press-bench'), ...message(7, graphParts), ...message(8, opset)];
}

/**
 * A node (NodeProto). An attribute is a list of integers, an integer, `{ float }`, or `{ tensor }` (a TensorProto).
 *
 * @param {string} op
 * @param {string} name
 * @param {readonly string[]} inputs
 * @param {readonly string[]} outputs
 * @param {Readonly<Record<string, number | readonly number[] | { float: number } | { tensor: Part[] }>>} attributes
 * @returns {Part[]}
 */
export function node(op, name, inputs, outputs, attributes = {}) {
  return [
    ...inputs.flatMap((input) => text(1, input)),
    ...outputs.flatMap((output) => text(2, output)),
    ...text(3, name),
    ...text(4, op),
    ...Object.entries(attributes).flatMap(([key, value]) => message(5, attribute(key, value))),
  ];
}

function attribute(name, value) {
  if (Array.isArray(value)) {
    return [...text(1, name), ...value.flatMap((item) => integer(8, item)), ...integer(20, ATTRIBUTE_INTS)];
  }
  if (value.tensor) return [...text(1, name), ...message(5, value.tensor), ...integer(20, ATTRIBUTE_TENSOR)];
  if (typeof value === 'object') return [...text(1, name), ...float(2, value.float), ...integer(20, ATTRIBUTE_FLOAT)];
  return [...text(1, name), ...integer(3, value), ...integer(20, ATTRIBUTE_INT)];
}

/**
 * A float32 initializer (TensorProto) whose values lie in the model file.
 *
 * @param {string} name
 * @param {readonly number[]} dims
 * @param {Part} payload little-endian float32, 4 bytes a value
 * @returns {Part[]}
 */
export function tensor(name, dims, payload) {
  return [...tensorHead(name, dims), ...bytes(9, payload)];
}

/**
 * An int64 tensor: shapes, axes and indices.
 *
 * @param {string} name
 * @param {readonly number[]} dims
 * @param {readonly number[]} values
 * @returns {Part[]}
 */
export function integerTensor(name, dims, values) {
  const payload = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
  return [...tensorHead(name, dims, INT64), ...bytes(9, payload)];
}

/**
 * A float32 initializer whose values lie in another file beside the model.
 *
 * @param {string} name
 * @param {readonly number[]} dims
 * @param {{ location: string; offset: number; length: number }} place file name, and bytes
 * @returns {Part[]}
 */
export function externalTensor(name, dims, place) {
  const entries = Object.entries(place).flatMap(([key, value]) =>
    message(13, [...text(1, key), ...text(2, String(value))]),
  );
  return [...tensorHead(name, dims), ...entries, ...integer(14, EXTERNAL)];
}

function tensorHead(name, dims, type = FLOAT) {
  return [...dims.flatMap((dim) => integer(1, dim)), ...integer(2, type), ...text(8, name)];
}

/**
 * A float32 graph input or output (ValueInfoProto); a dimension that is a string is dynamic.
 *
 * @param {string} name
 * @param {readonly (number | string)[]} dims
 * @returns {Part[]}
 */
export function value(name, dims) {
  const shape = dims.flatMap((dim) => message(1, typeof dim === 'string' ? text(2, dim) : integer(1, dim)));
  const tensorType = [...integer(1, FLOAT), ...message(2, shape)];
  return [...text(1, name), ...message(2, message(1, tensorType))];
}
