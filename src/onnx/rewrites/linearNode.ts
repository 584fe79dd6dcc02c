import { floatAttribute, intAttribute, removeAttribute } from '../attributes';
import type { GraphIndex } from '../graphIndex';
import { type Model } from '../model';
import type { NodeProto, TensorProto } from '../onnx_pb';
import { addFloatTensor, bytesOf, dimsOf, readFloats, setTensorBytes } from '../tensor';
import { floatConstant, type Affine, type ChannelShape } from './affine';
import { addInitializer, isOperator, setInput } from './editGraph';

/** A node whose constants can take up an affine map of its output. */
export interface LinearNode {
  readonly shape: ChannelShape;
  /** Rewrites weight and bias so that the node also applies `affine`. */
  absorb(affine: Affine): void;
}

/** What reading and replacing constants needs. */
export interface FoldContext {
  readonly model: Model;
  readonly index: GraphIndex;
  name(wanted: string): string;
  rank(tensor: string | undefined): number | undefined;
}

/** Understands Conv, ConvTranspose, Gemm and BatchNormalization with float32 constants; undefined for anything else. */
export function linearNode(context: FoldContext, node: NodeProto): LinearNode | undefined {
  const weight = floatConstant(context.index, node.input[1]);
  const bias = floatConstant(context.index, node.input[2]);
  if (!weight || (node.input[2] && !bias)) return undefined;
  if (isOperator(node, 'Conv', 'ConvTranspose')) return convolution(context, node, weight, bias);
  if (isOperator(node, 'Gemm')) return gemm(context, node, weight, bias);
  if (isOperator(node, 'BatchNormalization') && bias) return batchNormalization(context, node, weight, bias);
  return undefined;
}

/** Weights are [M, C/group, ...] for Conv and [C, M/group, ...] for ConvTranspose, where M are the output channels. */
function convolution(
  context: FoldContext,
  node: NodeProto,
  weight: TensorProto,
  bias: TensorProto | undefined,
): LinearNode {
  const dims = dimsOf(weight);
  const [first = 1, second = 1] = dims;
  const group = intAttribute(node, 'group', 1);
  const isTransposed = node.opType === 'ConvTranspose';
  const kernel = dims.slice(2).reduce((product, dim) => product * dim, 1);
  const channelOf = isTransposed
    ? (i: number) => Math.floor(i / (second * kernel) / (first / group)) * second + (Math.floor(i / kernel) % second)
    : (i: number) => Math.floor(i / (second * kernel));
  return {
    shape: { channels: isTransposed ? second * group : first, rank: dims.length },
    absorb(affine) {
      scaleWeight(context, node, weight, affine, channelOf);
      storeBias(context, node, bias, affine, 1);
    },
  };
}

/** alpha * A * B + beta * C, with C of one value or one a column. */
function gemm(
  context: FoldContext,
  node: NodeProto,
  weight: TensorProto,
  bias: TensorProto | undefined,
): LinearNode | undefined {
  const [rows = 1, columns = 1] = dimsOf(weight);
  const isTransposed = intAttribute(node, 'transB', 0) === 1;
  const channels = isTransposed ? rows : columns;
  const biasDims = bias ? dimsOf(bias) : [];
  if (biasDims.some((dim, i) => dim !== 1 && (i !== biasDims.length - 1 || dim !== channels))) return undefined;
  return {
    shape: { channels, rank: 2 },
    absorb(affine) {
      scaleWeight(context, node, weight, affine, (i) => (isTransposed ? Math.floor(i / columns) : i % columns));
      storeBias(context, node, bias, affine, floatAttribute(node, 'beta', 1));
      removeAttribute(node, 'beta');
    },
  };
}

function batchNormalization(
  context: FoldContext,
  node: NodeProto,
  weight: TensorProto,
  bias: TensorProto,
): LinearNode | undefined {
  if (intAttribute(node, 'training_mode', 0) !== 0) return undefined;
  return {
    shape: { channels: dimsOf(weight)[0] ?? 1, rank: context.rank(node.output[0]) },
    absorb(affine) {
      scaleWeight(context, node, weight, affine, (i) => i);
      storeBias(context, node, bias, affine, 1);
    },
  };
}

function scaleWeight(
  context: FoldContext,
  node: NodeProto,
  weight: TensorProto,
  { scale }: Affine,
  channelOf: (index: number) => number,
): void {
  if (scale.every((value) => value === 1)) return;
  const values = readFloats(context.model, weight).map((value, i) => value * (scale[channelOf(i)] ?? 1));
  storeFloats(context, node, 1, weight, dimsOf(weight), values);
}

function storeBias(
  context: FoldContext,
  node: NodeProto,
  bias: TensorProto | undefined,
  { scale, shift }: Affine,
  factor: number,
): void {
  const old = bias ? readFloats(context.model, bias) : new Float32Array(1);
  const values = Float32Array.from(
    shift,
    (value, c) => factor * (old[old.length === 1 ? 0 : c] ?? 0) * (scale[c] ?? 1) + value,
  );
  storeFloats(context, node, 2, bias, [values.length], values);
}

/** Replaces a constant where only this node reads it, else gives the node one of its own. */
export function storeFloats(
  { model, index, name }: FoldContext,
  node: NodeProto,
  position: number,
  old: TensorProto | undefined,
  dims: readonly number[],
  values: Float32Array,
): void {
  const isOwn =
    old !== undefined &&
    index.initializers.get(old.name) === old &&
    !index.outputs.has(old.name) &&
    !index.captured.has(old.name) &&
    index.consumers.get(old.name)?.length === 1 &&
    node.input.filter((input) => input === old.name).length === 1 &&
    dimsOf(old).join() === dims.join();
  if (isOwn) {
    setTensorBytes(model, old, bytesOf(values));
    return;
  }
  const wanted = old === undefined ? `${node.name || node.output[0]}_bias` : `${node.input[position]}_folded`;
  setInput(node, position, addInitializer(model, addFloatTensor(model, name(wanted), dims, values)));
}
