import { intAttribute, stringAttribute } from '../onnx/attributes';
import { isStandard } from '../onnx/graphIndex';
import type { NodeProto } from '../onnx/onnx_pb';

/**
 * What ONNX Runtime's CPU kernels can do with an operator between QuantizeLinear and DequantizeLinear:
 * - `core`: has weights and an int8 kernel; the reason to quantize at all.
 * - `own`: has an int8 kernel whose output has parameters of its own (QLinearAdd, QLinearConcat...).
 * - `pass`: moves values without changing them; input and output share their parameters.
 * - `activation`: vanishes into the range of the QuantizeLinear that follows it (Relu, Clip).
 * - `float`: no int8 kernel, or one that is slower than float.
 */
export type OperatorRole = 'core' | 'own' | 'pass' | 'activation' | 'float';

const CORE = new Set(['Conv', 'Gemm', 'MatMul']);
const OWN = new Set(['Add', 'Mul', 'Concat', 'Sigmoid', 'LeakyRelu', 'GlobalAveragePool']);
const PASS = new Set([
  'MaxPool',
  'Reshape',
  'Flatten',
  'Transpose',
  'Squeeze',
  'Unsqueeze',
  'Slice',
  'Split',
  'Gather',
  'Expand',
  'Tile',
  'DepthToSpace',
]);
const ACTIVATION = new Set(['Relu', 'Clip']);

/** Why operators that people expect to be quantized stay float on the CPU. */
const FLOAT_REASONS: Readonly<Record<string, string>> = {
  ConvTranspose: 'ONNX Runtime has no int8 kernel for ConvTranspose on the CPU.',
  LSTM: 'Static int8 has no LSTM kernel; dynamic mode quantizes its weights.',
  GRU: 'ONNX Runtime has no int8 kernel for GRU on the CPU.',
  RNN: 'ONNX Runtime has no int8 kernel for RNN on the CPU.',
  Attention: 'Static int8 has no fused attention kernel; dynamic mode quantizes its weights.',
};

/** The role of an operator. */
export function roleOf(node: NodeProto): OperatorRole {
  if (!isStandard(node)) return 'float';
  if (CORE.has(node.opType)) return 'core';
  if (OWN.has(node.opType)) return 'own';
  if (ACTIVATION.has(node.opType)) return 'activation';
  if (node.opType === 'MaxPool') return node.output.length === 1 ? 'pass' : 'float';
  if (PASS.has(node.opType)) return 'pass';
  if (node.opType === 'Resize') return isNearest(node) ? 'pass' : 'float';
  return 'float';
}

/** Why a node with weights has no static int8 form at all; undefined when it has one or is not expected to. */
export function floatReason(node: NodeProto): string | undefined {
  return FLOAT_REASONS[node.opType];
}

function isNearest(node: NodeProto): boolean {
  const cropped = stringAttribute(node, 'coordinate_transformation_mode', 'half_pixel') === 'tf_crop_and_resize';
  return stringAttribute(node, 'mode', 'nearest') === 'nearest' && !cropped && intAttribute(node, 'antialias', 0) === 0;
}
