/** Which fields of which messages can hold tensors: the paths along which large weights are found. */
export type MessageKind = 'model' | 'graph' | 'node' | 'attribute' | 'tensor' | 'sparse' | 'training' | 'function';

/** Child messages by field number, from the ONNX IR specification. A tensor is a leaf. */
export const CHILD_MESSAGES: Readonly<Record<MessageKind, Readonly<Record<number, MessageKind>>>> = {
  model: { 7: 'graph', 20: 'training', 25: 'function' },
  graph: { 1: 'node', 5: 'tensor', 15: 'sparse' },
  node: { 5: 'attribute' },
  attribute: { 5: 'tensor', 6: 'graph', 10: 'tensor', 11: 'graph', 22: 'sparse', 23: 'sparse' },
  sparse: { 1: 'tensor', 2: 'tensor' },
  training: { 1: 'graph', 2: 'graph' },
  function: { 7: 'node', 11: 'attribute' },
  tensor: {},
};

/** Fields of TensorProto whose payload is plain little-endian data: float_data, raw_data, double_data. */
export const PAYLOAD_FIELDS = [4, 9, 10] as const;
export type PayloadField = (typeof PAYLOAD_FIELDS)[number];

/** raw_data of TensorProto. */
export const RAW_DATA_FIELD = 9;

/** How deep messages may nest; real models stay below 50 (an `If` in an `If` costs three). ONNX Runtime's limit too. */
export const MAX_DEPTH = 100;
