import { intAttribute } from '../onnx/attributes';
import { isStandard } from '../onnx/graphIndex';
import type { NodeProto } from '../onnx/onnx_pb';
import type { TensorInfo } from '../onnx/tensorValue';

/**
 * The multiply-accumulates of a Conv, ConvTranspose, Gemm or MatMul in one run; 0 for other operators and unknown shapes.
 * Dimensions that are not known count as 1, so that a dynamic batch counts one sample.
 */
export function countMacs(node: NodeProto, types: ReadonlyMap<string, TensorInfo>): number {
  if (!isStandard(node)) return 0;
  const dims = (name: string | undefined): readonly number[] | undefined =>
    types.get(name ?? '')?.dims.map((dim) => (typeof dim === 'number' ? dim : 1));
  const [input, second] = [dims(node.input[0]), dims(node.input[1])];
  const output = dims(node.output[0]);
  if (!input || !second || !output) return 0;
  switch (node.opType) {
    case 'Conv':
      return product(output) * product(second.slice(1));
    case 'ConvTranspose':
      return product(input) * product(second.slice(1));
    case 'Gemm':
      return product(output) * (input[intAttribute(node, 'transA', 0) === 1 ? 0 : 1] ?? 0);
    case 'MatMul':
      return product(output) * (input.at(-1) ?? 0);
    default:
      return 0;
  }
}

function product(dims: readonly number[]): number {
  return dims.reduce((total, dim) => total * dim, 1);
}
