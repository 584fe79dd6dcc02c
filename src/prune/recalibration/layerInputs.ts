import { indexGraph, isStandard } from '../../onnx/graphIndex';
import { mainGraph, type Model } from '../../onnx/model';

const OPERATORS = ['Conv', 'Gemm', 'MatMul'];

/** The tensors that layers with weights read, and the axis of each that is summed over: 1 of a Conv, else the last. */
export function layerInputs(model: Model): Map<string, 1 | -1> {
  const { initializers } = indexGraph(model);
  const inputs = new Map<string, 1 | -1>();
  for (const node of mainGraph(model).node) {
    const [input = '', weight = ''] = node.input;
    if (!isStandard(node) || !OPERATORS.includes(node.opType) || !initializers.has(weight)) continue;
    if (!initializers.has(input)) inputs.set(input, node.opType === 'Conv' ? 1 : -1);
  }
  return inputs;
}
