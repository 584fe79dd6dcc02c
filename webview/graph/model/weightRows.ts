import type { GraphNode } from '../../../src/protocol';
import type { DisplayRow } from './display';
import { inputNumbers, tensorRefOf } from './documentIndex';
import { resolveFolded, type FoldPlan } from './folding';
import { shortNumber } from './numberText';
import { labelOfSteps, type LabelContext } from './quantizationLabel';
import { isParameterSlot, quantizedOperands } from './quantizedOperands';
import { dimsText } from './tensorFacts';

/** Names of the inputs of operators that have weights, as the ONNX operator reference gives them. */
const INPUT_NAMES = new Map(
  Object.entries({
    Conv: 'X W B',
    ConvTranspose: 'X W B',
    FusedConv: 'X W B Z',
    ConvInteger: 'X W',
    QLinearConv: 'X . . W . . . . B',
    DeformConv: 'X W offset B mask',
    Gemm: 'A B C',
    QGemm: 'A . . B . . C',
    BatchNormalization: 'X scale B mean var',
    InstanceNormalization: 'X scale B',
    LayerNormalization: 'X scale B',
    GroupNormalization: 'X scale B',
    RMSNormalization: 'X scale',
    SimplifiedLayerNormalization: 'X scale',
    SkipLayerNormalization: 'X skip gamma beta bias',
    SkipSimplifiedLayerNormalization: 'X skip gamma bias',
    LSTM: 'X W R B lengths h0 c0 P',
    GRU: 'X W R B lengths h0',
    RNN: 'X W R B lengths h0',
    DynamicQuantizeLSTM: 'X W R B lengths h0 c0 P',
    PRelu: 'X slope',
    Gather: 'data indices',
    GatherND: 'data indices',
    GatherElements: 'data indices',
    Reshape: 'data shape',
    Expand: 'data shape',
    ConstantOfShape: 'shape',
    Tile: 'data repeats',
    Slice: 'data starts ends axes steps',
    Pad: 'data pads value axes',
    Squeeze: 'data axes',
    Unsqueeze: 'data axes',
    Split: 'data split',
    Clip: 'X min max',
    Resize: 'X roi scales sizes',
    Upsample: 'X scales',
    TopK: 'X k',
    OneHot: 'indices depth values',
    Where: 'condition X Y',
    Range: 'start limit delta',
    Pow: 'X exponent',
    MatMulNBits: 'A B scales zeros . bias',
    Attention: 'X W B mask',
    QAttention: 'X W B',
    MultiHeadAttention: 'query key value bias',
    EmbedLayerNormalization: 'ids segments words positions segmentation gamma beta',
  }).map(([operator, names]) => [operator, names.split(' ')]),
);
/** Reductions from opset 13 or 18 on. */
const REDUCTION = /^Reduce/;
/** More values than this are told by their shape. */
const MOST_VALUES = 8;

/** The rows of a node's weights and small constants, with the parameters of quantized ones, and of a quantized operator. */
export function weightRows(context: LabelContext, plan: FoldPlan, number: number): readonly DisplayRow[] {
  const { index } = context;
  const node = index.nodes[number];
  if (node === undefined) return [];
  const rows: DisplayRow[] = [];
  const operands = quantizedOperands(context, number);
  inputNumbers(index, number).forEach((input, slot) => {
    if (input < 0) return;
    const { tensor, steps } = resolveFolded(index, plan, input);
    const weight = context.facts.weight(tensor);
    if (weight !== undefined && !isParameterSlot(node, slot)) {
      const label = inputName(node, slot);
      rows.push({
        kind: 'weight',
        label,
        value: weightText(context, tensor, steps.length === 0),
        tensor: tensorRefOf(index, tensor),
      });
      const quantization = labelOfSteps(context, steps);
      if (quantization !== undefined) {
        rows.push({
          kind: 'quantization',
          label,
          value: quantization.text,
          tensor: tensorRefOf(index, tensor),
          quantization,
        });
      }
    }
    const filled = weight === undefined ? filledShape(context, plan, tensor) : undefined;
    if (filled !== undefined) {
      rows.push({ kind: 'weight', label: inputName(node, slot), value: filled, tensor: tensorRefOf(index, tensor) });
    }
    const own = operands.find((operand) => operand.slot === slot);
    if (own !== undefined) rows.push(operandRow(context, own));
  });
  const outputs = operands.filter((operand) => operand.isOutput).map((operand) => operandRow(context, operand));
  return [...rows, ...outputs];
}

/** Short name of an input slot. */
function inputName(node: GraphNode, slot: number): string {
  const named = INPUT_NAMES.get(node.operator)?.[slot];
  if (named !== undefined && named !== '.') return named;
  if (REDUCTION.test(node.operator)) return slot === 0 ? 'data' : 'axes';
  return node.inputs.length <= 26 ? String.fromCharCode(65 + slot) : String(slot);
}

/** `64×3×7×7`; small constants by value: `2`, `[0, 3, 1, 2]`. Types other than float32 are named with the shape, unless the row below does. */
export function weightText(context: LabelContext, tensor: number, isTypeTold = true): string {
  const weight = context.facts.weight(tensor);
  const dims = context.facts.dims(tensor) ?? [];
  const type = context.facts.type(tensor) ?? '';
  const { values } = weight ?? {};
  if (values?.length === weight?.elements && values !== undefined && values.length <= MOST_VALUES) {
    const list = values.map(shortNumber).join(', ');
    return dims.length === 0 ? list : `[${list}]`;
  }
  const shape = dims.length === 0 ? '1' : dimsText(dims);
  return !isTypeTold || type === 'float32' || type === '' ? shape : `${type} ${shape}`;
}

/** What stands for a weight that a folded ConstantOfShape makes: the operator and the shape. */
function filledShape(context: LabelContext, plan: FoldPlan, tensor: number): string | undefined {
  const producer = context.index.producer[tensor] ?? -1;
  if (producer < 0 || !plan.folded.has(producer)) return undefined;
  const shape = context.facts.weight(inputNumbers(context.index, producer)[0] ?? -1)?.values;
  const operator = context.index.nodes[producer]?.operator ?? '';
  return shape === undefined ? operator : `${operator} ${dimsText(shape)}`;
}

function operandRow(context: LabelContext, operand: ReturnType<typeof quantizedOperands>[number]): DisplayRow {
  return {
    kind: 'quantization',
    label: operand.label,
    value: operand.quantization.text,
    quantization: operand.quantization,
    ...(operand.tensor < 0 ? {} : { tensor: tensorRefOf(context.index, operand.tensor) }),
  };
}
