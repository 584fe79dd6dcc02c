import { floatAttribute, intAttribute } from '../../onnx/attributes';
import { createNamer, indexGraph } from '../../onnx/graphIndex';
import { meanShift } from '../../onnx/meanShift';
import { mainGraph, type Model } from '../../onnx/model';
import type { NodeProto, TensorProto } from '../../onnx/onnx_pb';
import { floatConstant } from '../../onnx/rewrites/affine';
import { isOperator } from '../../onnx/rewrites/editGraph';
import type { FoldContext } from '../../onnx/rewrites/linearNode';
import { dimsOf, readFloats } from '../../onnx/tensor';
import type { TensorInfo } from '../../onnx/tensorValue';
import { addToBias } from './addToBias';

/** What recalibration goes by. */
export interface RecalibrationInput {
  /** Before weights were set to zero. */
  readonly original: Model;
  /** With the same nodes and shapes; its biases are changed. */
  readonly masked: Model;
  readonly types: ReadonlyMap<string, TensorInfo>;
  /** Mean of each channel of the inputs of layers, in the original; of an input that is missing nothing is corrected. */
  readonly means: ReadonlyMap<string, Float64Array>;
}

/**
 * Corrects the biases of Conv, Gemm and MatMul layers (a MatMul's in the Add behind it) for the mean of what their changed
 * weights no longer add up. Returns the names of the layers that were corrected.
 */
export function recalibrateBiases({ original, masked, types, means }: RecalibrationInput): string[] {
  const before = indexGraph(original);
  const index = indexGraph(masked);
  const context: FoldContext = {
    model: masked,
    index,
    name: createNamer(masked),
    rank: (tensor) => types.get(tensor ?? '')?.dims.length,
  };
  const corrected: string[] = [];
  for (const node of mainGraph(masked).node) {
    if (!isOperator(node, 'Conv', 'Gemm', 'MatMul')) continue;
    const [input = '', name = ''] = node.input;
    const [old, now, inputMeans] = [before.initializers.get(name), floatConstant(index, name), means.get(input)];
    if (!old || !now || !inputMeans || dimsOf(old).join() !== dimsOf(now).join()) continue;
    const shift = shiftOf(node, { original, masked, old, now, inputMeans, types });
    if (shift?.some((value) => value !== 0) && addToBias(context, node, shift)) corrected.push(node.name);
  }
  return corrected;
}

function shiftOf(
  node: NodeProto,
  details: Pick<RecalibrationInput, 'original' | 'masked' | 'types'> & {
    readonly old: TensorProto;
    readonly now: TensorProto;
    readonly inputMeans: Float64Array;
  },
): Float64Array | undefined {
  const { original, masked, old, now, inputMeans, types } = details;
  const dims = dimsOf(old);
  const isConv = node.opType === 'Conv';
  const transposed = node.opType === 'Gemm' && intAttribute(node, 'transB', 0) === 1;
  if (!isConv && (dims.length !== 2 || intAttribute(node, 'transA', 0) === 1)) return undefined;
  const axis = isConv || transposed ? 0 : 1;
  const depth = isConv ? (dims[1] ?? 0) * intAttribute(node, 'group', 1) : dims[1 - axis];
  if (inputMeans.length !== depth) return undefined;
  const [a, b] = [readFloats(original, old), readFloats(masked, now)];
  const alpha = node.opType === 'Gemm' ? floatAttribute(node, 'alpha', 1) : 1;
  return meanShift({
    node,
    dims,
    axis,
    error: (at) => alpha * ((a[at] ?? 0) - (b[at] ?? 0)),
    inputMeans,
    inputInfo: types.get(node.input[0] ?? ''),
    outputInfo: types.get(node.output[0] ?? ''),
  });
}
