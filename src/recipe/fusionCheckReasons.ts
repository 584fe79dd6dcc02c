import type { GraphIndex } from '../onnx/graphIndex';
import type { Model } from '../onnx/model';
import { TensorProto_DataType as Type, type NodeProto } from '../onnx/onnx_pb';
import { readFloats, readInts } from '../onnx/tensor';
import type { FusionNode } from '../protocol';
import { roleOf } from '../quantize/operatorRoles';

/** A node of the file and what lies around it. */
export interface ReasonContext {
  readonly index: GraphIndex;
  readonly model: Model;
}

type Reason = Pick<FusionNode, 'reason' | 'fix' | 'action'>;

/** Operators with an integer kernel that this program does not quantize itself, since float is faster. */
const ALSO_INTEGER = new Set(['Softmax', 'AveragePool', 'Where', 'ReduceMax', 'ReduceMin', 'GatherElements']);
const WIDE: ReadonlySet<Type> = new Set([Type.UINT16, Type.INT16]);

/** Why a node of a quantized model runs in float although others do not, and what to do about it where it costs time. */
export function whyFloat(node: NodeProto, context: ReasonContext): Reason {
  const { index } = context;
  const role = roleOf(node);
  const dequantizers = node.input.map((name) => dequantizerOf(name, index));
  const [data, weight] = dequantizers;
  const quantizers = readersOf(node, index).filter(({ opType }) => opType === 'QuantizeLinear');
  const isTouched = dequantizers.some(Boolean) || quantizers.length > 0;
  if ((role === 'float' || role === 'activation') && !ALSO_INTEGER.has(node.opType)) {
    const reason = `ONNX Runtime has no integer kernel for ${node.opType} on the CPU.`;
    return isTouched && role === 'float'
      ? {
          reason,
          fix: 'It is an island between integer kernels; where latency matters, keep the layers next to it in float.',
        }
      : { reason };
  }
  if (!isTouched) return { reason: 'Nothing around it is quantized.' };
  const exclude = (reason: string, fix: string): Reason => ({
    reason,
    fix,
    action: { kind: 'exclude', nodes: [node.name] },
  });
  const wide = [...dequantizers, ...quantizers].find((found) => found && isWide(found, context));
  if (wide) {
    return {
      reason: 'Its activations have 16 bits, for which ONNX Runtime has no integer kernel on the CPU.',
      fix: 'Quantize activations to uint8.',
      action: { kind: 'settings', settings: { activationType: 'uint8' } },
    };
  }
  if (!data) {
    return exclude(
      weight ? 'Only its weight is quantized, which is restored in every run.' : 'Its input is not quantized.',
      'Leave it out of quantization, so that nothing is converted around it.',
    );
  }
  if (role === 'core' && !weight) {
    return exclude(
      'Its second operand is not quantized.',
      'Leave it out of quantization, so that nothing is converted around it.',
    );
  }
  const missing = dequantizers.findIndex((found, i) => !found && i < dataInputs(node) && node.input[i] !== '');
  if (missing >= 0) {
    return {
      reason: `Its input ${missing + 1} is not quantized, and an integer kernel needs all of them.`,
      fix: 'Quantize what makes that input too; where that cannot be, float is right.',
    };
  }
  return whyNotBehind(node, context, exclude);
}

/** Everything before a node is quantized; what follows it keeps it in float. */
function whyNotBehind(
  node: NodeProto,
  context: ReasonContext,
  exclude: (reason: string, fix: string) => Reason,
): Reason {
  const { index } = context;
  const readers = readersOf(node, index);
  const leave = 'Leave it out of quantization, or quantize its own output.';
  const [only] = readers;
  if (node.output.some((name) => index.outputs.has(name)))
    return exclude('Its output is an output of the model and is not quantized.', leave);
  const float = readers.find(({ opType }) => opType !== 'QuantizeLinear');
  if (readers.length > 1 && float)
    return exclude(`Its output is read in float by ${float.name} besides.`, 'Let that one read the dequantized value.');
  if (only && only.opType !== 'QuantizeLinear') {
    const behind = readersOf(only, index).find(({ opType }) => opType === 'QuantizeLinear');
    if (!behind) return exclude(`Its output is not quantized before ${only.name} (${only.opType}) reads it.`, leave);
    if (roleOf(only) !== 'activation') {
      return exclude(
        `Between it and its QuantizeLinear lies ${only.name} (${only.opType}), which cannot become part of its kernel.`,
        leave,
      );
    }
    return exclude(
      `The range behind ${only.name} (${only.opType}) reaches beyond what it lets through, so that it cannot be left out.`,
      'Calibrate the range behind the activation.',
    );
  }
  if (roleOf(node) === 'pass' && only && !sharesParameters(node, only, context)) {
    return exclude(
      'It only moves values, but its input and its output have different scales or zero points.',
      'Give input and output the same scale and zero point.',
    );
  }
  return exclude(
    'ONNX Runtime has no integer kernel for this combination of types, shapes and attributes.',
    'Leave it out of quantization, so that nothing is converted around it.',
  );
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
