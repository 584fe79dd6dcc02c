import { intAttribute } from '../onnx/attributes';
import type { NodeProto } from '../onnx/onnx_pb';
import type { TensorInfo } from '../onnx/tensorValue';

/** Operators that compute much and are not counted. */
const UNCOUNTED = new Set([
  ...['Einsum', 'Attention', 'QAttention', 'MultiHeadAttention', 'GroupQueryAttention', 'DeformConv'],
  ...['DFT', 'STFT', 'If', 'Loop', 'Scan', 'SequenceMap'],
]);

/** True for an operator that computes much and that {@link countMacs} takes for nothing. */
export function isUncounted({ opType }: Pick<NodeProto, 'opType'>): boolean {
  return UNCOUNTED.has(opType);
}

/**
 * The multiply-accumulates of a node in one run: of Conv, ConvTranspose, Gemm, MatMul, LSTM, GRU, RNN and their quantized
 * kinds; 0 for other operators and unknown shapes. Dimensions that are not known count as 1, so that a dynamic batch
 * counts one sample.
 */
export function countMacs(node: NodeProto, types: ReadonlyMap<string, TensorInfo>): number {
  const dims = (name: string | undefined): readonly number[] | undefined =>
    types.get(name ?? '')?.dims.map((dim) => (typeof dim === 'number' ? dim : 1));
  const input = dims(node.input[0]);
  const output = dims(node.output[0]);
  if (!input) return 0;
  const outputs = output ? product(output) : 0;
  /** Weights [M, C/group, kernel...]: those that make one element of the output. */
  const weights = (at: number): number => {
    const sizes = dims(node.input[at]);
    return sizes ? product(sizes.slice(1)) : 0;
  };
  switch (node.opType) {
    case 'Conv':
    case 'ConvInteger':
      return outputs * weights(1);
    case 'QLinearConv':
      return outputs * weights(3);
    case 'ConvTranspose':
      return product(input) * weights(1);
    case 'Gemm':
      return outputs * (input[intAttribute(node, 'transA', 0) === 1 ? 0 : 1] ?? 0);
    case 'MatMul':
    case 'MatMulInteger':
    case 'MatMulIntegerToFloat':
    case 'DynamicQuantizeMatMul':
    case 'QLinearMatMul':
    case 'QGemm':
      return outputs * (input.at(-1) ?? 0);
    case 'MatMulNBits':
      return outputs * intAttribute(node, 'K', 0);
    case 'LSTM':
    case 'GRU':
    case 'RNN':
    case 'DynamicQuantizeLSTM': {
      // Every step of every sequence [steps, batch, size] multiplies with all weights of both kinds once.
      const all = [1, 2].map((at) => dims(node.input[at])).map((sizes) => (sizes ? product(sizes) : 0));
      return (input[0] ?? 0) * (input[1] ?? 0) * ((all[0] ?? 0) + (all[1] ?? 0));
    }
    default:
      return 0;
  }
}

function product(dims: readonly number[]): number {
  return dims.reduce((total, dim) => total * dim, 1);
}
