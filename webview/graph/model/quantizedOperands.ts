import type { GraphNode } from '../../../src/protocol';
import { inputNumbers, outputNumbers } from './documentIndex';
import type { QuantizationLabel } from './display';
import { intAttribute, type GridSource } from './quantizationGrid';
import { labelOf, type LabelContext } from './quantizationLabel';

/** Input slots of one quantized operand; -1 where the operator has none. */
interface Operand {
  readonly label: string;
  /** Slot of the value; -1 for the output. */
  readonly value: number;
  readonly scale: number;
  readonly zeroPoint: number;
}

/** Parameters that a quantized operator carries itself. */
export interface OperandLabel {
  readonly label: string;
  /** Number of the tensor it speaks of. */
  readonly tensor: number;
  readonly isOutput: boolean;
  /** Input slot of the value; -1 for the output. */
  readonly slot: number;
  /** Numbers of the tensors of its scale and zero point, as far as it has them. */
  readonly parameters: readonly number[];
  readonly quantization: QuantizationLabel;
}

/** `X 0 1 2` is the operand X with its value, scale and zero point in these input slots (`-` for none, `=` for the output). */
const TABLE: Readonly<Record<string, string>> = {
  QLinearConv: 'X 0 1 2, W 3 4 5, Y = 6 7',
  QLinearConvTranspose: 'X 0 1 2, W 3 4 5, Y = 6 7',
  QLinearMatMul: 'A 0 1 2, B 3 4 5, Y = 6 7',
  QLinearAdd: 'A 0 1 2, B 3 4 5, C = 6 7',
  QLinearMul: 'A 0 1 2, B 3 4 5, C = 6 7',
  QLinearSigmoid: 'X 0 1 2, Y = 3 4',
  QLinearLeakyRelu: 'X 0 1 2, Y = 3 4',
  QLinearSoftmax: 'X 0 1 2, Y = 3 4',
  QLinearAveragePool: 'X 0 1 2, Y = 3 4',
  QLinearGlobalAveragePool: 'X 0 1 2, Y = 3 4',
  QLinearReduceMean: 'data 0 1 2, reduced = 3 4',
  QLinearWhere: 'X 1 2 3, Y 4 5 6, Z = 7 8',
  QGemm: 'A 0 1 2, B 3 4 5, Y = 7 8',
  ConvInteger: 'X 0 - 2, W 1 - 3',
  MatMulInteger: 'A 0 - 2, B 1 - 3',
  MatMulInteger16: 'A 0 - -, B 1 - -',
  MatMulIntegerToFloat: 'A 0 2 4, B 1 3 5',
  DynamicQuantizeMatMul: 'B 1 2 3',
  DynamicQuantizeLSTM: 'W 1 8 9, R 2 10 11',
  QAttention: 'input 0 3 6, weights 1 4 7',
  GatherBlockQuantized: 'data 0 2 3',
  MatMulNBits: 'B 1 2 3',
  QuantizeLinear: 'y = 1 2',
  DequantizeLinear: 'x 0 1 2',
};

const OPERANDS = new Map(Object.entries(TABLE).map(([operator, text]) => [operator, text.split(', ').map(parse)]));
const NO_OPERANDS: readonly Operand[] = [];
const NO_LABELS: readonly OperandLabel[] = [];
const STANDARD = new Set([
  'QLinearConv',
  'QLinearMatMul',
  'ConvInteger',
  'MatMulInteger',
  'QuantizeLinear',
  'DequantizeLinear',
]);

/** The quantized operands of a node, outputs last; empty for operators without parameters of their own. */
export function quantizedOperands(context: LabelContext, number: number): readonly OperandLabel[] {
  const node = context.index.nodes[number];
  const operands = operandsOf(node);
  if (operands.length === 0) return NO_LABELS;
  const inputs = inputNumbers(context.index, number);
  const at = (slot: number): number => (slot < 0 ? -1 : (inputs[slot] ?? -1));
  return operands.flatMap((operand): OperandLabel[] => {
    const isOutput = operand.value < 0;
    const tensor = isOutput ? (outputNumbers(context.index, number)[0] ?? -1) : at(operand.value);
    const source: GridSource = {
      scale: at(operand.scale),
      zeroPoint: at(operand.zeroPoint),
      value: tensor,
      ...extras(node),
    };
    if (source.scale < 0 && source.zeroPoint < 0) return [];
    return [
      {
        label: operand.label,
        tensor,
        isOutput,
        slot: operand.value,
        parameters: [source.scale, source.zeroPoint].filter((parameter) => parameter >= 0),
        quantization: labelOf(context, source, []),
      },
    ];
  });
}

/** True for the input slots of scales and zero points, which are told by the labels of the operands. */
export function isParameterSlot(node: GraphNode, slot: number): boolean {
  return operandsOf(node).some((operand) => operand.scale === slot || operand.zeroPoint === slot);
}

function operandsOf(node: GraphNode | undefined): readonly Operand[] {
  if (node === undefined) return NO_OPERANDS;
  const isKnown = node.domain === 'com.microsoft' || (node.domain === '' && STANDARD.has(node.operator));
  if (!isKnown) return NO_OPERANDS;
  return node.operator === 'QLinearConcat' ? concatOperands(node) : (OPERANDS.get(node.operator) ?? NO_OPERANDS);
}

/** QLinearConcat: scale and zero point of the output, then value, scale and zero point of every input. */
function concatOperands(node: GraphNode): readonly Operand[] {
  const inputs: Operand[] = [];
  for (let slot = 2; slot + 2 < node.inputs.length; slot += 3) {
    inputs.push({ label: `X${String(inputs.length + 1)}`, value: slot, scale: slot + 1, zeroPoint: slot + 2 });
  }
  return [...inputs, { label: 'Y', value: -1, scale: 0, zeroPoint: 1 }];
}

function extras(node: GraphNode | undefined): Pick<GridSource, 'axis' | 'blockSize' | 'fallbackType' | 'packed'> {
  switch (node?.operator) {
    case 'MatMulNBits':
    case 'GatherBlockQuantized': {
      const bits = intAttribute(node, 'bits', 4);
      return { blockSize: intAttribute(node, 'block_size', 128), fallbackType: `uint${String(bits)}`, packed: true };
    }
    case 'QuantizeLinear':
    case 'DequantizeLinear':
      return { axis: intAttribute(node, 'axis', 1), blockSize: intAttribute(node, 'block_size', 0) };
    case 'QLinearMatMul':
    case 'MatMulInteger':
    case 'MatMulIntegerToFloat':
    case 'DynamicQuantizeMatMul':
    case 'QGemm':
      return { axis: 1 };
    default:
      return { axis: 0 };
  }
}

function parse(text: string): Operand {
  const [label = '', value = '-', scale = '-', zeroPoint = '-'] = text.split(' ');
  const slot = (part: string): number => (part === '-' || part === '=' ? -1 : Number(part));
  return { label, value: value === '=' ? -1 : slot(value), scale: slot(scale), zeroPoint: slot(zeroPoint) };
}
