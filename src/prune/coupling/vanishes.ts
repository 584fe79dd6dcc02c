import { intAttribute } from '../../onnx/attributes';
import type { GraphIndex } from '../../onnx/graphIndex';
import { isStandard } from '../../onnx/graphIndex';
import type { Model } from '../../onnx/model';
import type { NodeProto } from '../../onnx/onnx_pb';
import { elementCount, readFloats } from '../../onnx/tensor';

/** Operators that make a zero of a zero and look at nothing else. */
const KEEPS_ZERO = new Set(
  (
    'Relu LeakyRelu PRelu Elu Selu Celu Tanh Sin Asin Atan Sinh Tan Abs Neg Sqrt Sign Erf Gelu HardSwish Mish Softsign ' +
    'ThresholdedRelu Floor Ceil Round Identity Cast Dropout Transpose Reshape Flatten Squeeze Unsqueeze Slice Split ' +
    'Gather Expand Tile DepthToSpace SpaceToDepth MaxPool AveragePool GlobalAveragePool GlobalMaxPool Resize ' +
    'ReduceSum ReduceMean ReduceMax ReduceMin ReduceL1 ReduceL2 ReduceSumSquare Div'
  ).split(' '),
);
/** Operators whose output is zero where all their inputs are. */
const OF_ALL = new Set(['Add', 'Sub', 'Sum', 'Mean', 'Max', 'Min', 'Concat']);
/** Operators whose weights and biases make the units: these are zero, and so is what they make. */
const MADE_BY: Readonly<Record<string, readonly number[]>> = {
  Conv: [1, 2],
  ConvTranspose: [1, 2],
  Gemm: [1, 2],
  BatchNormalization: [1, 2],
  InstanceNormalization: [1, 2],
  LayerNormalization: [1, 2],
  // Gates of zero halve a state of zero and add nothing to it.
  LSTM: [1, 2, 3, 5, 6],
  GRU: [1, 2, 3, 5],
};

/**
 * A predicate on tensors: true when a tensor is zero on the axes of a unit whose weights are zero, whatever goes into
 * the model. It follows the graph backwards to the weights that make the tensor; false when it cannot tell.
 */
export function createVanishes(model: Model, index: GraphIndex): (tensor: string) => boolean {
  const known = new Map<string, boolean>();

  /** A weight that has an axis of units; one value for all of them stays what it is. */
  function isWeight(name: string | undefined): boolean {
    const tensor = name ? index.initializers.get(name) : undefined;
    return tensor !== undefined && elementCount(tensor) > 1;
  }

  function vanishes(name: string): boolean {
    const before = known.get(name);
    if (before !== undefined) return before;
    known.set(name, false); // what depends on itself cannot be told
    const node = index.producers.get(name);
    const result = node ? isStandard(node) && isMadeZero(node) : isWeight(name);
    known.set(name, result);
    return result;
  }

  function isMadeZero(node: NodeProto): boolean {
    const inputs = node.input.filter((input) => input !== '');
    const [first = '', second = ''] = node.input;
    if (KEEPS_ZERO.has(node.opType)) return vanishes(first);
    if (OF_ALL.has(node.opType)) return inputs.every(vanishes);
    const makers = MADE_BY[node.opType];
    if (makers) {
      const weights = makers.flatMap((i) => node.input[i] || []);
      return weights.length > 0 && weights.every(isWeight) && intAttribute(node, 'training_mode', 0) === 0;
    }
    switch (node.opType) {
      case 'MatMul':
        return isWeight(second);
      case 'Mul':
        return inputs.some(vanishes);
      case 'Where':
        return [second, node.input[2] ?? ''].every(vanishes);
      case 'Clip':
        return vanishes(first) && clipsToZero(node);
      case 'Pad':
        return vanishes(first) && !node.input[2];
      default:
        return false;
    }
  }

  function clipsToZero(node: NodeProto): boolean {
    const [low, high] = [node.input[1], node.input[2]].map((name) => {
      const tensor = name ? index.constants.get(name) : undefined;
      return tensor?.dataType === 1 ? readFloats(model, tensor)[0] : undefined;
    });
    return (!node.input[1] || (low !== undefined && low <= 0)) && (!node.input[2] || (high !== undefined && high >= 0));
  }

  return vanishes;
}
