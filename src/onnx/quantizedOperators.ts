import { graphsOf, mainGraph, type Model } from './model';
import type { NodeProto } from './onnx_pb';

/** Operators that only a quantized model has, besides those whose names start with QLinear. */
const QUANTIZED = new Set([
  'QuantizeLinear',
  'DequantizeLinear',
  'DynamicQuantizeLinear',
  'ConvInteger',
  'MatMulInteger',
  'MatMulIntegerToFloat',
  'DynamicQuantizeMatMul',
  'DynamicQuantizeLSTM',
  'MatMulNBits',
  'GatherBlockQuantized',
  'QGemm',
  'QAttention',
  'QMoE',
]);

/** True for operators that quantization brings into a model. */
export function isQuantizedOperator(node: NodeProto): boolean {
  return QUANTIZED.has(node.opType) || node.opType.startsWith('QLinear');
}

/** The nodes of a model that are quantized already, subgraphs and functions included. */
export function quantizedNodes(model: Model): NodeProto[] {
  const graphs = [...graphsOf(mainGraph(model))].flatMap((graph) => graph.node);
  return [...graphs, ...model.proto.functions.flatMap((fn) => fn.node)].filter(isQuantizedOperator);
}
