import type { GraphNode } from '../../../src/protocol';
import { inputNumbers, outputNumbers } from './documentIndex';
import { resolveFolded, type FoldPlan } from './folding';
import { intAttribute } from './quantizationGrid';
import type { LabelContext } from './quantizationLabel';
import { elementsOf } from './tensorFacts';

/** Input slots of the weight of convolutions and of both factors of matrix products. */
const CONVOLUTIONS: Readonly<Record<string, number>> = { Conv: 1, FusedConv: 1, ConvInteger: 1, QLinearConv: 3 };
const TRANSPOSED: Readonly<Record<string, number>> = { ConvTranspose: 1 };
const PRODUCTS: ReadonlySet<string> = new Set([
  'MatMul',
  'Gemm',
  'FusedMatMul',
  'FusedGemm',
  'MatMulInteger',
  'MatMulIntegerToFloat',
  'DynamicQuantizeMatMul',
  'QLinearMatMul',
  'QGemm',
]);

/**
 * Multiply-accumulate operations of one run of a convolution or matrix product, from the shapes; undefined for other
 * operators and where a size is not known.
 */
export function estimateMacs(context: LabelContext, plan: FoldPlan, number: number): number | undefined {
  const { index, facts } = context;
  const node = index.nodes[number];
  if (node === undefined) return undefined;
  const dimsAt = (slot: number): ReturnType<typeof facts.dims> => {
    const input = inputNumbers(index, number)[slot] ?? -1;
    if (input < 0) return undefined;
    return facts.dims(resolveFolded(index, plan, input).tensor) ?? facts.dims(input);
  };
  const convolution = CONVOLUTIONS[node.operator];
  // Every element of the output is a sum over the channels of its group and the kernel: the weight without its first axis.
  if (convolution !== undefined) {
    return product(
      elementsOf(facts.dims(outputNumbers(index, number)[0] ?? -1)),
      elementsOf(dimsAt(convolution)?.slice(1)),
    );
  }
  const transposed = TRANSPOSED[node.operator];
  if (transposed !== undefined) return product(elementsOf(dimsAt(0)), elementsOf(dimsAt(transposed)?.slice(1)));
  if (node.operator === 'MatMulNBits') {
    const dims = dimsAt(0);
    return product(elementsOf(dims), intAttribute(node, 'N', 0));
  }
  if (!PRODUCTS.has(node.operator)) return undefined;
  return product(elementsOf(facts.dims(outputNumbers(index, number)[0] ?? -1)), sharedSize(node, dimsAt(0)));
}

/** Size of the axis that a matrix product sums over: the last one of A, or the first where A is transposed. */
function sharedSize(node: GraphNode, dims: readonly (number | string | null)[] | undefined): number | undefined {
  const isTransposed = intAttribute(node, 'transA', 0) === 1;
  const size = isTransposed ? dims?.at(-2) : dims?.at(-1);
  return typeof size === 'number' ? size : undefined;
}

function product(first: number | undefined, second: number | undefined): number | undefined {
  return first === undefined || second === undefined ? undefined : first * second;
}
