import { floatAttribute, intAttribute } from '../onnx/attributes';
import { isStandard, type GraphIndex } from '../onnx/graphIndex';
import type { Model } from '../onnx/model';
import { TensorProto_DataType as Type, type NodeProto, type TensorProto } from '../onnx/onnx_pb';
import { dimsOf, elementCount, readFloats } from '../onnx/tensor';
import type { TensorInfo } from '../onnx/tensorValue';
import { fixedInitializer } from './modelEdits';

/** How a matrix lies in memory: row-major [K, N], or [N, K] when `transposed`. */
export interface WeightLayout {
  readonly k: number;
  readonly n: number;
  readonly transposed: boolean;
}

/** A MatMul or Gemm with a constant right operand: `output = alpha * input x weight + bias`. */
export interface LinearLayer {
  readonly node: NodeProto;
  readonly input: string;
  readonly output: string;
  readonly weight: TensorProto;
  readonly layout: WeightLayout;
  readonly alpha: number;
  /** One value per column, Gemm's beta included. */
  readonly bias: Float32Array | undefined;
}

/** True for the operators that {@link readLinearLayer} understands. */
export function isLinear(node: NodeProto): boolean {
  return isStandard(node) && (node.opType === 'MatMul' || node.opType === 'Gemm');
}

/** Reads a MatMul or Gemm as a linear layer, or says in one sentence why it is none that can be quantized. */
export function readLinearLayer(
  model: Model,
  index: GraphIndex,
  types: ReadonlyMap<string, TensorInfo>,
  node: NodeProto,
): LinearLayer | string {
  const [input = '', weightName = ''] = node.input;
  const weight = fixedInitializer(index, weightName);
  if (!weight) return whyNoWeight(index, input, weightName);
  if (weight.dataType !== Type.FLOAT) return 'Its weight is not float32.';
  if (weight.dims.length !== 2) return `Its weight has ${weight.dims.length} dimensions; only matrices are quantized.`;
  if (elementCount(weight) === 0) return 'Its weight is empty.';
  const info = types.get(input);
  if (info && info.type !== 'float32') return `Its input is ${info.type}, not float32.`;
  if (info?.dims.length === 1) return 'Its input is a vector; the quantized kernels take matrices.';
  const [rows = 0, columns = 0] = dimsOf(weight);
  const base = { node, input, output: node.output[0] ?? '', weight };
  if (node.opType === 'MatMul') {
    return { ...base, layout: { k: rows, n: columns, transposed: false }, alpha: 1, bias: undefined };
  }
  if (intAttribute(node, 'transA', 0) !== 0) return 'It transposes its input, which the quantized kernels do not.';
  const transposed = intAttribute(node, 'transB', 0) !== 0;
  const layout = transposed ? { k: columns, n: rows, transposed } : { k: rows, n: columns, transposed };
  const bias = readBias(model, index, node, layout.n);
  if (typeof bias === 'string') return bias;
  return { ...base, layout, alpha: floatAttribute(node, 'alpha', 1), bias };
}

function whyNoWeight(index: GraphIndex, input: string, weight: string): string {
  if (index.inputs.has(weight) && index.initializers.has(weight)) {
    return 'Its weight is also a graph input, so that a caller may replace it.';
  }
  if (index.constants.has(input)) return 'Its constant is the left operand; the quantized kernels take the right one.';
  return 'Both of its operands are computed at run time; it has no weight.';
}

function readBias(model: Model, index: GraphIndex, node: NodeProto, n: number): Float32Array | undefined | string {
  const name = node.input[2] ?? '';
  const beta = floatAttribute(node, 'beta', 1);
  if (name === '' || beta === 0) return undefined;
  const tensor = fixedInitializer(index, name);
  if (!tensor) return 'Its bias is computed at run time.';
  const dims = dimsOf(tensor);
  const count = elementCount(tensor);
  if (tensor.dataType !== Type.FLOAT || (count !== 1 && (count !== n || dims.at(-1) !== n))) {
    return 'Its bias is not one float32 value per output column.';
  }
  const values = readFloats(model, tensor);
  return Float32Array.from({ length: n }, (_, i) => beta * (values[count === 1 ? 0 : i] as number)); // n or 1 values
}
