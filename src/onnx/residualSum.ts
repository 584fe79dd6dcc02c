import type { GraphIndex } from './graphIndex';
import type { NodeProto } from './onnx_pb';
import { isOperator, soleConsumer } from './rewrites/editGraph';
import type { TensorInfo } from './tensorValue';

/**
 * The Add that is the only reader of a layer's output and joins it with a tensor of the same shape that is computed, too,
 * as at the end of a residual block.
 */
export function residualSum(
  index: GraphIndex,
  types: ReadonlyMap<string, TensorInfo>,
  output: string,
): NodeProto | undefined {
  const add = soleConsumer(index, output);
  if (!isOperator(add, 'Add')) return undefined;
  const other = (add.input[0] === output ? add.input[1] : add.input[0]) ?? '';
  const [dims, otherDims] = [types.get(output)?.dims, types.get(other)?.dims];
  const isSame = dims !== undefined && dims.join() === otherDims?.join();
  return isSame && !index.initializers.has(other) && !index.constants.has(other) ? add : undefined;
}
