import type { GraphIndex } from '../onnx/graphIndex';
import type { Model } from '../onnx/model';
import { TensorProto_DataType as Type, type NodeProto } from '../onnx/onnx_pb';
import { readFloats, readInts } from '../onnx/tensor';
import type { FusionFix, FusionNode, FusionReason } from '../protocol';
import { roleOf } from '../quantize/operatorRoles';
import { fusionFix, fusionReason } from './fusionSentences';

/** A node of the file and what lies around it. */
export interface ReasonContext {
  readonly index: GraphIndex;
  readonly model: Model;
}

type Explanation = Pick<FusionNode, 'reason' | 'fix' | 'action'>;
/** Says that a node is better left out of quantization, for a reason, or what else can be done. */
type Exclude = (reason: FusionReason, fix: FusionFix['code']) => Explanation;

/** Operators with an integer kernel that this program does not quantize itself, since float is faster. */
const ALSO_INTEGER = new Set(['Softmax', 'AveragePool', 'Where', 'ReduceMax', 'ReduceMin', 'GatherElements']);
const WIDE: ReadonlySet<Type> = new Set([Type.UINT16, Type.INT16]);

/** Why a node of a quantized model runs in float although others do not, and what to do about it where it costs time. */
export function whyFloat(node: NodeProto, context: ReasonContext): Explanation {
  const { index } = context;
  const role = roleOf(node);
  const dequantizers = node.input.map((name) => dequantizerOf(name, index));
  const [data, weight] = dequantizers;
  const quantizers = readersOf(node, index).filter(({ opType }) => opType === 'QuantizeLinear');
  const isTouched = dequantizers.some(Boolean) || quantizers.length > 0;
  if ((role === 'float' || role === 'activation') && !ALSO_INTEGER.has(node.opType)) {
    const reason = fusionReason('no-kernel', { operator: node.opType });
    return isTouched && role === 'float' ? { reason, fix: fusionFix('island') } : { reason };
  }
  if (!isTouched) return { reason: fusionReason('not-quantized') };
  const exclude: Exclude = (reason, fix) => ({
    reason,
    fix: fusionFix(fix),
    action: { kind: 'exclude', nodes: [node.name] },
  });
  const wide = [...dequantizers, ...quantizers].find((found) => found && isWide(found, context));
  if (wide) {
    return {
      reason: fusionReason('wide-activations'),
      fix: fusionFix('uint8-activations'),
      action: { kind: 'settings', settings: { activationType: 'uint8' } },
    };
  }
  if (!data) return exclude(fusionReason(weight ? 'only-weight' : 'input-float'), 'exclude');
  if (role === 'core' && !weight) return exclude(fusionReason('operand-float'), 'exclude');
  const missing = dequantizers.findIndex((found, i) => !found && i < dataInputs(node) && node.input[i] !== '');
  if (missing >= 0)
    return { reason: fusionReason('one-input-float', { input: missing + 1 }), fix: fusionFix('quantize-input') };
  return whyNotBehind(node, context, exclude);
}

/** Everything before a node is quantized; what follows it keeps it in float. */
function whyNotBehind(node: NodeProto, context: ReasonContext, exclude: Exclude): Explanation {
  const { index } = context;
  const readers = readersOf(node, index);
  const [only] = readers;
  if (node.output.some((name) => index.outputs.has(name)))
    return exclude(fusionReason('model-output'), 'exclude-or-quantize-output');
  const float = readers.find(({ opType }) => opType !== 'QuantizeLinear');
  if (readers.length > 1 && float) return exclude(fusionReason('also-read', { node: float.name }), 'read-dequantized');
  if (only && only.opType !== 'QuantizeLinear') {
    const values = { node: only.name, operator: only.opType };
    const behind = readersOf(only, index).find(({ opType }) => opType === 'QuantizeLinear');
    if (!behind) return exclude(fusionReason('read-in-float', values), 'exclude-or-quantize-output');
    if (roleOf(only) !== 'activation')
      return exclude(fusionReason('node-between', values), 'exclude-or-quantize-output');
    return exclude(fusionReason('range-behind', values), 'calibrate-behind');
  }
  if (roleOf(node) === 'pass' && only && !sharesParameters(node, only, context))
    return exclude(fusionReason('different-parameters'), 'same-parameters');
  return exclude(fusionReason('unsupported-combination'), 'exclude');
}

/** How many of its inputs an integer kernel takes quantized. */
function dataInputs(node: NodeProto): number {
  const role = roleOf(node);
  if (role === 'pass' || node.opType === 'Sigmoid' || node.opType === 'LeakyRelu') return 1;
  return role === 'core' ? 2 : node.input.length;
}

function dequantizerOf(name: string, { producers }: GraphIndex): NodeProto | undefined {
  const producer = producers.get(name);
  return producer?.opType === 'DequantizeLinear' ? producer : undefined;
}

function readersOf(node: NodeProto, { consumers }: GraphIndex): NodeProto[] {
  return node.output.flatMap((name) => (name === '' ? [] : [...(consumers.get(name) ?? [])]));
}

function isWide(converter: NodeProto, { index }: ReasonContext): boolean {
  const zeroPoint = index.constants.get(converter.input[2] ?? '');
  return zeroPoint !== undefined && WIDE.has(zeroPoint.dataType);
}

function sharesParameters(node: NodeProto, quantizer: NodeProto, { index, model }: ReasonContext): boolean {
  const before = dequantizerOf(node.input[0] ?? '', index);
  const numbers = (name: string | undefined, read: typeof readFloats | typeof readInts): string => {
    const tensor = index.constants.get(name ?? '');
    return tensor ? [...read(model, tensor)].join() : '0';
  };
  return (
    before !== undefined &&
    numbers(before.input[1], readFloats) === numbers(quantizer.input[1], readFloats) &&
    numbers(before.input[2], readInts) === numbers(quantizer.input[2], readInts)
  );
}
