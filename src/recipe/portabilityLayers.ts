import { intAttribute, intsAttribute, stringAttribute } from '../onnx/attributes';
import type { GraphIndex } from '../onnx/graphIndex';
import type { Model } from '../onnx/model';
import { TensorProto_DataType as Type, type NodeProto } from '../onnx/onnx_pb';
import { dimsOf, readInts } from '../onnx/tensor';

/** A layer that sums products of 8-bit activations and int8 weights. */
export interface IntegerLayer {
  readonly node: NodeProto;
  /** The tensor of 8-bit activations. */
  readonly input: string;
  readonly weights: readonly number[];
  readonly dims: readonly number[];
  /** Value of the activations that stands for zero, as padding has it. */
  readonly zeroPoint: number;
  /** Absent for matrices. */
  readonly window?: ConvolutionWindow;
  /** Of a matrix: true for [N, K], false for [K, N]. */
  readonly transposed: boolean;
}

/** How a convolution moves over its input. */
export interface ConvolutionWindow {
  readonly groups: number;
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly pads: readonly number[];
  readonly autoPad: string;
}

/** Where integer operators have activations, their zero point, and weights. */
const POSITIONS: Readonly<Record<string, readonly [input: number, zeroPoint: number, weight: number]>> = {
  QLinearConv: [0, 2, 3],
  QLinearMatMul: [0, 2, 3],
  QGemm: [0, 2, 3],
  ConvInteger: [0, 2, 1],
  MatMulInteger: [0, 2, 1],
  MatMulIntegerToFloat: [0, 4, 1],
};
const QDQ_LAYERS = new Set(['Conv', 'Gemm', 'MatMul']);

/** The layers of a quantized model with constant int8 weights, in either form: between converters, or integer operators. */
export function integerLayers(model: Model, index: GraphIndex): IntegerLayer[] {
  return index.graph.node.flatMap((node) => {
    const parts = partsOf(node, index);
    const weight = parts && index.constants.get(parts.weight);
    if (!parts || weight?.dataType !== Type.INT8) return [];
    const dims = dimsOf(weight);
    const isConvolution = node.opType.includes('Conv');
    if (!isConvolution && dims.length !== 2) return [];
    const zero = index.constants.get(parts.zeroPoint);
    const spatial = dims.length - 2;
    return [
      {
        node,
        input: parts.input,
        weights: readInts(model, weight),
        dims,
        zeroPoint: zero ? (readInts(model, zero)[0] ?? 0) : 0,
        transposed: node.opType.endsWith('Gemm') && intAttribute(node, 'transB', 0) === 1,
        ...(isConvolution
          ? {
              window: {
                groups: intAttribute(node, 'group', 1),
                strides: intsAttribute(node, 'strides') ?? new Array<number>(spatial).fill(1),
                dilations: intsAttribute(node, 'dilations') ?? new Array<number>(spatial).fill(1),
                pads: intsAttribute(node, 'pads') ?? new Array<number>(2 * spatial).fill(0),
                autoPad: stringAttribute(node, 'auto_pad', 'NOTSET'),
              },
            }
          : {}),
      },
    ];
  });
}

function partsOf(
  node: NodeProto,
  { producers }: GraphIndex,
): { input: string; zeroPoint: string; weight: string } | undefined {
  const positions = POSITIONS[node.opType];
  if (positions) {
    const [input = '', zeroPoint = '', weight = ''] = positions.map((position) => node.input[position]);
    return { input, zeroPoint, weight };
  }
  if (!QDQ_LAYERS.has(node.opType)) return undefined;
  const [data, weight] = node.input.map((name) => producers.get(name));
  if (data?.opType !== 'DequantizeLinear' || weight?.opType !== 'DequantizeLinear') return undefined;
  return { input: data.input[0] ?? '', zeroPoint: data.input[2] ?? '', weight: weight.input[0] ?? '' };
}
