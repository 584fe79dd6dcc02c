import { findAttribute, makeNode } from '../onnx/attributes';
import type { GraphIndex } from '../onnx/graphIndex';
import { TensorProto_DataType as Type, type NodeProto } from '../onnx/onnx_pb';
import { dimsOf } from '../onnx/tensor';
import type { TensorInfo } from '../onnx/tensorValue';
import { addQuantizedWeight, quantizeColumns, quantizedActivation, type DynamicState } from './dynamicLinear';
import { CONTRIB_DOMAIN, fixedInitializer } from './modelEdits';
import { tooLong } from './saturation';

const ATTRIBUTES: readonly string[] = ['num_heads', 'unidirectional', 'do_rotary', 'mask_filter_value', 'scale'];

/** The fused self-attention of com.microsoft (input, weights [K, 3N], bias, mask, past) as QAttention. */
export function dynamicAttention(
  state: DynamicState,
  index: GraphIndex,
  types: ReadonlyMap<string, TensorInfo>,
  node: NodeProto,
): NodeProto[] | string {
  const [input = '', weightName = '', bias = '', mask = '', past = '', ...rest] = node.input;
  const weight = fixedInitializer(index, weightName);
  if (weight?.dataType !== Type.FLOAT || weight.dims.length !== 2)
    return 'Its weight is not a constant float32 matrix.';
  const type = types.get(input)?.type;
  if (type !== undefined && type !== 'float32') return `Its input is ${type}, not float32.`;
  if (bias === '') return 'It has no bias, which the quantized kernel requires.';
  if (rest.some((name) => name !== '')) return 'The quantized kernel takes no attention bias and no shared past.';
  if (findAttribute(node, 'qkv_hidden_sizes')) return 'Its query, key and value sizes differ.';
  const [k = 0, n = 0] = dimsOf(weight);
  const long = tooLong(k);
  if (long) return long;
  const nodes: NodeProto[] = [];
  const activation = quantizedActivation(state, input, nodes);
  const made = addQuantizedWeight(state, weightName, [k, n], {
    ...quantizeColumns(state, weight, [k, n], 1),
    dims: state.perChannel ? [n] : [],
  });
  const quantized = makeNode(
    'QAttention',
    state.newName(`${node.name}_QAttention`),
    [activation.data, made.data, bias, activation.scale, made.scale, mask, activation.zeroPoint, made.zeroPoint, past],
    node.output,
    {},
    CONTRIB_DOMAIN,
  );
  quantized.attribute = node.attribute.filter((attribute) => ATTRIBUTES.includes(attribute.name));
  return [...nodes, quantized];
}
