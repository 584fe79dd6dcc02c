import { intAttribute, makeNode, setAttribute, stringAttribute } from '../onnx/attributes';
import type { GraphIndex } from '../onnx/graphIndex';
import { TensorProto_DataType as Type, type NodeProto, type TensorProto } from '../onnx/onnx_pb';
import { dimsOf } from '../onnx/tensor';
import { addQuantizedWeight, quantizeColumns, type DynamicState, type QuantizedWeight } from './dynamicLinear';
import { CONTRIB_DOMAIN, fixedInitializer, importDomain } from './modelEdits';

const ATTRIBUTES: readonly string[] = [
  'activation_alpha',
  'activation_beta',
  'activations',
  'clip',
  'direction',
  'hidden_size',
  'input_forget',
];
/** Inputs of LSTM (X, W, R, B, sequence_lens, initial_h, initial_c, P), which the quantized parameters follow. */
const LSTM_INPUTS = 8;

/** The gate matrices of a recurrent node: constant, float32, [directions, gates * hidden, inputs]. Or why there are none. */
function recurrentWeights(index: GraphIndex, node: NodeProto): readonly TensorProto[] | string {
  const weights = [node.input[1], node.input[2]].map((name) => fixedInitializer(index, name));
  if (weights.some((weight) => weight === undefined)) return 'Its weights are computed at run time.';
  const constant = weights as TensorProto[]; // none is undefined
  if (constant.some((weight) => weight.dataType !== Type.FLOAT)) return 'Its weights are not float32.';
  if (constant.some((weight) => weight.dims.length !== 3)) return 'Its weights do not have three dimensions.';
  return constant;
}

/** An LSTM as com.microsoft's DynamicQuantizeLSTM, whose weights are [directions, inputs, 4 * hidden] int8. */
export function dynamicLstm(state: DynamicState, index: GraphIndex, node: NodeProto): NodeProto[] | string {
  const weights = recurrentWeights(index, node);
  if (typeof weights === 'string') return weights;
  if (intAttribute(node, 'layout', 0) !== 0)
    return 'It has the batch-first layout, which the quantized kernel has not.';
  const directions = stringAttribute(node, 'direction', 'forward') === 'bidirectional' ? 2 : 1;
  if (weights.some((weight) => Number(weight.dims[0]) !== directions)) return 'Its weights do not fit its direction.';
  const inputs = [...node.input];
  while (inputs.length < LSTM_INPUTS) inputs.push('');
  weights.forEach((weight, i) => {
    const made = quantizedGates(state, weight);
    inputs[1 + i] = made.data;
    inputs.push(made.scale, made.zeroPoint);
  });
  const quantized = makeNode(
    'DynamicQuantizeLSTM',
    state.newName(`${node.name}_DynamicQuantizeLSTM`),
    inputs,
    node.output,
    {},
    CONTRIB_DOMAIN,
  );
  quantized.attribute = node.attribute.filter((attribute) => ATTRIBUTES.includes(attribute.name));
  if (!quantized.attribute.some((attribute) => attribute.name === 'hidden_size')) {
    setAttribute(quantized, 'hidden_size', Number(weights[1]?.dims[2] ?? 0)); // R is [directions, 4 * hidden, hidden]
  }
  importDomain(state.model, CONTRIB_DOMAIN);
  return [quantized];
}

function quantizedGates(state: DynamicState, weight: TensorProto): QuantizedWeight {
  const known = state.weights.get(weight.name);
  if (known) return known;
  const [directions = 1, gates = 0, inputs = 0] = dimsOf(weight);
  // Per gate row even when per-tensor is asked for: the kernel's coarse form is per direction, and not faster.
  const form = quantizeColumns({ ...state, perChannel: true }, weight, [directions * gates, inputs], 0, directions);
  const made = addQuantizedWeight(state, weight.name, [directions, inputs, gates], {
    ...form,
    dims: [directions, gates],
  });
  state.weights.set(weight.name, made);
  return made;
}
