import type { NodeProto } from '../../onnx/onnx_pb';
import { floatConstant } from '../../onnx/rewrites/affine';
import { isOperator, soleConsumer } from '../../onnx/rewrites/editGraph';
import { linearNode, storeFloats, type FoldContext } from '../../onnx/rewrites/linearNode';
import { dimsOf, readFloats } from '../../onnx/tensor';

/**
 * Adds one value a channel to what a Conv, Gemm or MatMul gives: to its bias, of a MatMul to the Add behind it. False where
 * there is nothing to add it to.
 */
export function addToBias(context: FoldContext, node: NodeProto, shift: Float64Array): boolean {
  if (node.opType !== 'MatMul') {
    const linear = linearNode(context, node);
    linear?.absorb({ scale: new Float64Array(shift.length).fill(1), shift });
    return linear !== undefined;
  }
  const { model, index } = context;
  const [output = ''] = node.output;
  const add = soleConsumer(index, output);
  if (!isOperator(add, 'Add')) return false;
  const position = add.input[0] === output ? 1 : 0;
  const bias = floatConstant(index, add.input[position]);
  const dims = bias ? dimsOf(bias) : [];
  if (!bias || dims.at(-1) !== shift.length || dims.slice(0, -1).some((dim) => dim !== 1)) return false;
  const values = readFloats(model, bias).map((value, c) => value + (shift[c] ?? 0));
  storeFloats(context, add, position, bias, dims, values);
  return true;
}
