import type { Model } from '../../onnx/model';
import type { GraphDocument, QuantizationGrid, TensorRef } from '../../protocol';
import type { LoadedGraph } from './describeModel';
import { readElements } from './readElements';
import { intOf, usesOf, type TensorUse } from './weightUse';

/** How the integers of a weight stand for real values. */
export interface WeightQuantization {
  readonly dataType: string;
  readonly scales: Float64Array;
  /** As many as scales, or one. */
  readonly zeroPoints: Float64Array;
  /** Where scales belong to channels or blocks. */
  readonly axis?: number;
  /** Elements along the axis that share a scale. */
  readonly blockSize?: number;
  /** False for a float weight that is quantized when the model runs. */
  readonly isStored: boolean;
  /** Of MatMulNBits: the matrix that the packed bytes are. */
  readonly packed?: { readonly bits: number; readonly rows: number; readonly columns: number };
}

/** Where an operator has the scale and the zero point of one of its inputs. */
interface Places {
  readonly scale: number;
  readonly zeroPoint: number;
  readonly axis: (rank: number) => number;
}

/** Scales of a grid that travel to the panel; of finer ones every n-th does. */
const MAX_SCALES = 4096;

const last = (rank: number): number => Math.max(0, rank - 1);

/** How a weight is quantized, as the operators that read it say; undefined for a weight that is not. */
export function quantizationOf(
  model: Model,
  { document, weights }: LoadedGraph,
  ref: TensorRef,
): WeightQuantization | undefined {
  const tensor = document.graphs[ref.graph]?.tensors[ref.tensor];
  const dataType = tensor?.type;
  if (dataType === undefined) return undefined;
  const rank = tensor?.dims?.length ?? 0;
  const constant = (use: TensorUse, input: number): Float64Array | undefined => {
    const number = use.node.inputs[input] ?? -1;
    const own = document.graphs[use.graph]?.tensors[number];
    const at = own?.outer ?? { graph: use.graph, tensor: number };
    const stored = weights[at.graph]?.get(at.tensor);
    if (!stored || stored.kind === 'sparse') return undefined;
    const reader = readElements(model, stored.values);
    return reader.read(0, reader.count);
  };
  for (const use of usesOf(document, ref)) {
    if (use.node.operator === 'MatMulNBits' && use.input === 1) return packedBits(use, constant);
    const places = placesOf(use);
    const scales = places && constant(use, places.scale);
    if (!places || !scales || scales.length === 0 || !scales.every(Number.isFinite)) continue;
    const zeroPoints = constant(use, places.zeroPoint);
    // A zero point that is computed when the model runs cannot be known here.
    if (!zeroPoints && (use.node.inputs[places.zeroPoint] ?? -1) >= 0) continue;
    const blockSize = intOf(use.node, 'block_size', 0);
    const axis = places.axis(rank);
    const isQuantizer = use.node.operator === 'QuantizeLinear';
    return {
      dataType: isQuantizer ? outputType(document, use) : dataType,
      scales,
      zeroPoints: zeroPoints ?? new Float64Array(1),
      ...(scales.length > 1 ? { axis } : {}),
      ...(blockSize > 0 ? { axis, blockSize } : {}),
      isStored: !isQuantizer,
    };
  }
  return undefined;
}

/** The grid as the panel draws it; undefined for types that are no integers. */
export function gridOf(quantization: WeightQuantization | undefined): QuantizationGrid | undefined {
  if (!quantization) return undefined;
  const { dataType, scales, zeroPoints, axis, blockSize, packed } = quantization;
  const integerRange = packed ? ([0, 2 ** packed.bits - 1] as const) : integerRangeOf(dataType);
  if (!integerRange) return undefined;
  const step = Math.ceil(scales.length / MAX_SCALES);
  const isShown = (_: number, i: number): boolean => i % step === 0;
  return {
    dataType: packed ? `uint${packed.bits}` : dataType,
    scales: Array.from(scales.filter(isShown)),
    zeroPoints: Array.from(zeroPoints.filter(isShown)),
    ...(axis === undefined ? {} : { axis }),
    ...(blockSize === undefined ? {} : { blockSize }),
    integerRange,
  };
}

/** Smallest and largest value of an integer type: `int8`, `uint4`. */
function integerRangeOf(dataType: string): readonly [number, number] | undefined {
  const match = /^(u?)int(2|4|8|16|32)$/.exec(dataType);
  if (!match) return undefined;
  const levels = 2 ** Number(match[2]);
  return match[1] === 'u' ? [0, levels - 1] : [-levels / 2, levels / 2 - 1];
}

/** Inputs as the operator sets of ONNX and of ONNX Runtime list them (com.microsoft, 2024). */
function placesOf({ node, input }: TensorUse): Places | undefined {
  const declared = (rank: number): number => {
    const axis = intOf(node, 'axis', 1);
    return Math.min(last(rank), axis < 0 ? Math.max(0, axis + rank) : axis);
  };
  switch (node.operator) {
    case 'DequantizeLinear':
    case 'QuantizeLinear':
      return input === 0 ? { scale: 1, zeroPoint: 2, axis: declared } : undefined;
    case 'QLinearConv':
      return input === 3 ? { scale: 4, zeroPoint: 5, axis: () => 0 } : undefined;
    case 'QGemm':
      return input === 3
        ? { scale: 4, zeroPoint: 5, axis: intOf(node, 'transB', 0) === 1 ? () => 0 : last }
        : undefined;
    case 'MatMulIntegerToFloat':
      return input === 1 ? { scale: 3, zeroPoint: 5, axis: last } : undefined;
    case 'DynamicQuantizeMatMul':
      return input === 1 ? { scale: 2, zeroPoint: 3, axis: last } : undefined;
    case 'QAttention':
      return input === 1 ? { scale: 4, zeroPoint: 7, axis: last } : undefined;
    case 'QLinearConcat':
      return input >= 2 && input % 3 === 2 ? { scale: input + 1, zeroPoint: input + 2, axis: last } : undefined;
    default:
      if (!node.operator.startsWith('QLinear')) return undefined;
      return input === 0 || input === 3 ? { scale: input + 1, zeroPoint: input + 2, axis: last } : undefined;
  }
}

function outputType(document: GraphDocument, { graph, node }: TensorUse): string {
  const body = document.graphs[graph];
  const zeroPoint = body?.tensors[node.inputs[2] ?? -1];
  return zeroPoint?.type ?? body?.tensors[node.outputs[0] ?? -1]?.type ?? 'uint8';
}

function packedBits(
  use: TensorUse,
  constant: (use: TensorUse, input: number) => Float64Array | undefined,
): WeightQuantization | undefined {
  const { node } = use;
  const [bits, rows, columns] = [intOf(node, 'bits', 4), intOf(node, 'N', 0), intOf(node, 'K', 0)];
  const blockSize = intOf(node, 'block_size', 0);
  const scales = constant(use, 2);
  const isKnown = [2, 4, 8].includes(bits) && rows > 0 && columns > 0 && blockSize > 0;
  if (!isKnown || !scales) return undefined;
  const blocks = Math.ceil(columns / blockSize);
  if (scales.length !== rows * blocks || !scales.every(Number.isFinite)) return undefined;
  const given = constant(use, 3);
  if (!given && (node.inputs[3] ?? -1) >= 0) return undefined;
  return {
    dataType: 'uint8',
    scales,
    zeroPoints: given ? unpackRows(given, rows, blocks, bits) : Float64Array.of(2 ** (bits - 1)),
    axis: 1,
    blockSize,
    isStored: true,
    packed: { bits, rows, columns },
  };
}

/** Zero points are packed like the weight, each row filled up to whole bytes; floats, one a block, are not. */
function unpackRows(given: Float64Array, rows: number, blocks: number, bits: number): Float64Array {
  if (given.length === rows * blocks && blocks > 1) return given;
  const stride = Math.ceil((blocks * bits) / 8);
  const perByte = 8 / bits;
  return Float64Array.from({ length: rows * blocks }, (_, i) => {
    const block = i % blocks;
    const byte = given[Math.floor(i / blocks) * stride + Math.floor(block / perByte)] ?? 0;
    return (byte >> ((block % perByte) * bits)) & (2 ** bits - 1);
  });
}
