import type { RowLayer } from '../../evaluate/sampleRows';
import { activationBounds, type Bounds } from '../../onnx/activationBounds';
import { indexGraph, type GraphIndex } from '../../onnx/graphIndex';
import { layerShape } from '../../onnx/layerRows';
import { mainGraph, type Model } from '../../onnx/model';
import { TensorProto_DataType as Type, type NodeProto, type TensorProto } from '../../onnx/onnx_pb';
import { residualSum } from '../../onnx/residualSum';
import { isOperator, soleConsumer } from '../../onnx/rewrites/editGraph';
import { dimsOf } from '../../onnx/tensor';
import type { TensorInfo } from '../../onnx/tensorValue';

/** Positions of outputs that a layer is fitted and checked on. */
const MAX_ROWS = 16_384;
/** Values of inputs that are held for one layer. */
const MAX_INPUT_VALUES = 32 << 20;

/** A layer of a quantized model whose rounding can be learned. */
export interface RoundingLayer extends RowLayer {
  /** The float weight. */
  readonly weight: TensorProto;
  /** The int8 weight, and its scales, one or one an output. */
  readonly stored: TensorProto;
  readonly scale: TensorProto;
  /** The int32 bias and its scales. */
  readonly bias?: { readonly stored: TensorProto; readonly scale: TensorProto };
  /** What is to come close, in the float and in the quantized model: the output, or the sum that it goes into. */
  readonly floatTarget: string;
  readonly target: string;
  /** Of the Relu or Clip behind the target. */
  readonly bounds?: Bounds;
}

/**
 * The layers with int8 weights of a model that static quantization made of `float`, in graph order. Weights that several
 * nodes read stay as they are, since there is no one output to fit them to.
 */
export function roundingLayers(
  float: Model,
  quantized: Model,
  types: ReadonlyMap<string, TensorInfo>,
): RoundingLayer[] {
  const [before, after] = [indexGraph(float), indexGraph(quantized)];
  const originals = new Map(mainGraph(float).node.map((node) => [node.name, node]));
  const renamed = new Map(mainGraph(quantized).node.map((node) => [node.name, node]));
  return mainGraph(quantized).node.flatMap((node, index): RoundingLayer[] => {
    const original = originals.get(node.name);
    if (!original || !isOperator(node, 'Conv', 'Gemm', 'MatMul')) return [];
    const dequantize = after.producers.get(node.input[1] ?? '');
    const stored = after.constants.get(dequantize?.input[0] ?? '');
    const scale = after.constants.get(dequantize?.input[1] ?? '');
    const weight = before.constants.get(original.input[1] ?? '');
    if (stored?.dataType !== Type.INT8 || !scale || !weight) return [];
    if (after.consumers.get(node.input[1] ?? '')?.length !== 1) return [];
    const dims = dimsOf(weight);
    const shape = layerShape(node, dims);
    if (!shape) return [];
    const reached = residualSum(before, types, original.output[0] ?? '') ?? original;
    const target = renamed.get(reached.name)?.output[0];
    if (target === undefined) return [];
    const activation = soleConsumer(before, reached.output[0]);
    const bounds = activation && activationBounds(float, before, activation);
    const bias = biasOf(after, node);
    return [
      {
        index,
        node,
        shape,
        dims,
        weight,
        stored,
        scale,
        ...(bias ? { bias } : {}),
        floatTarget: reached.output[0] as string, // it has one, or nothing would consume the layer
        target,
        axis: node.opType === 'Conv' ? 1 : -1,
        ...(bounds ? { bounds } : {}),
        rows: Math.min(MAX_ROWS, Math.floor(MAX_INPUT_VALUES / (shape.groups * Math.max(shape.depth, shape.outputs)))),
      },
    ];
  });
}

function biasOf(index: GraphIndex, node: NodeProto): RoundingLayer['bias'] {
  const dequantize = index.producers.get(node.input[2] ?? '');
  const stored = index.constants.get(dequantize?.input[0] ?? '');
  const scale = index.constants.get(dequantize?.input[1] ?? '');
  return stored?.dataType === Type.INT32 && scale ? { stored, scale } : undefined;
}
