import { findAttribute } from '../onnx/attributes';
import { isStandard, type GraphIndex } from '../onnx/graphIndex';
import { subgraphsOf } from '../onnx/model';
import { TensorProto_DataType as Type, type NodeProto } from '../onnx/onnx_pb';
import type { TensorInfo } from '../onnx/tensorValue';

/** Operators whose specification has no float16 form, or fixes the float type by an attribute. */
const NO_HALF = new Set([
  'Bernoulli',
  'BlackmanWindow',
  'Celu',
  'CumSum',
  'DequantizeLinear',
  'DynamicQuantizeLinear',
  'EyeLike',
  'HammingWindow',
  'HannWindow',
  'IsInf',
  'MeanVarianceNormalization',
  'MelWeightMatrix',
  'Multinomial',
  'NonMaxSuppression',
  'QuantizeLinear',
  'RandomNormal',
  'RandomNormalLike',
  'RandomUniform',
  'RandomUniformLike',
  'Range',
  'STFT',
  'Upsample',
]);
/** Operators whose results leave the range of float16 for ordinary inputs: a square does from 256 on. */
const WIDE_RANGE = new Set(['Pow', 'ReduceL1', 'ReduceL2', 'ReduceLogSum', 'ReduceLogSumExp', 'ReduceSumSquare']);
/** What follows such an operator in a variance or a norm, up to the root that brings the range back. */
const AFTER_WIDE_RANGE = new Set(['Add', 'ReduceMean', 'ReduceSum', 'Sqrt']);
/** Cheap operators that shape arithmetic is made of; a half counts exactly only to 2,048. */
const INDEX_ARITHMETIC = new Set([
  'Abs',
  'Add',
  'Cast',
  'Ceil',
  'Concat',
  'Div',
  'Floor',
  'Gather',
  'Max',
  'Min',
  'Mod',
  'Mul',
  'Neg',
  'Reshape',
  'Round',
  'Slice',
  'Sqrt',
  'Squeeze',
  'Sub',
  'Unsqueeze',
]);

/** Which nodes of the main graph compute in float32, each with its reason; the others that touch floats compute in float16. */
export function chooseFloat32Nodes(
  index: GraphIndex,
  types: ReadonlyMap<string, TensorInfo>,
  excluded: (node: NodeProto) => string | undefined,
): Map<NodeProto, string> {
  const kept = new Map<NodeProto, string>();
  const wide = new Set<NodeProto>();
  for (const node of index.graph.node) {
    const pattern = excluded(node);
    const producer = (name: string): boolean => wide.has(index.producers.get(name) as NodeProto); // undefined is not in
    if (WIDE_RANGE.has(node.opType) || (AFTER_WIDE_RANGE.has(node.opType) && node.input.some(producer))) wide.add(node);
    if (pattern !== undefined) kept.set(node, `Excluded by "${pattern}".`);
    else if (subgraphsOf(node).length > 0) kept.set(node, 'It holds subgraphs, which stay float32.');
    else if (!isStandard(node)) kept.set(node, `Its domain is ${node.domain}, whose operators stay float32.`);
    else if (NO_HALF.has(node.opType) || /Sequence|Optional/.test(node.opType)) {
      kept.set(node, `${node.opType} has no float16 form.`);
    } else if (findAttribute(node, 'value') && node.opType === 'Constant') kept.set(node, 'It is a constant output.');
    else if (wide.has(node)) kept.set(node, 'Its results could exceed the range of float16.');
    else if ([...node.input, ...node.output].some((name) => types.get(name)?.type === 'unknown')) {
      kept.set(node, 'The type of one of its tensors is not known.');
    }
  }
  keepIndexArithmetic(index, types, kept);
  return kept;
}

/** Floats that end in a Cast to integers and come through cheap operators only are sizes and positions. */
function keepIndexArithmetic(
  index: GraphIndex,
  types: ReadonlyMap<string, TensorInfo>,
  kept: Map<NodeProto, string>,
): void {
  const isIndex = new Set<NodeProto>();
  for (const node of [...index.graph.node].reverse()) {
    if (!isStandard(node) || !INDEX_ARITHMETIC.has(node.opType)) continue;
    const consumers = node.output.flatMap((name) => index.consumers.get(name) ?? []);
    const makesInteger = node.opType === 'Cast' && isIntegerCast(node);
    const onlyForIndices =
      consumers.length > 0 &&
      !node.output.some((name) => index.outputs.has(name)) &&
      consumers.every((consumer) => isIndex.has(consumer));
    if (!makesInteger && !onlyForIndices) continue;
    isIndex.add(node);
    const float = [...node.input, ...node.output].some((name) => types.get(name)?.type === 'float32');
    if (float && !makesInteger && !kept.has(node))
      kept.set(node, 'It computes sizes or positions, which need float32.');
  }
}

function isIntegerCast(node: NodeProto): boolean {
  const to = Number(findAttribute(node, 'to')?.i ?? 0n);
  return to === Type.INT64 || to === Type.INT32;
}
