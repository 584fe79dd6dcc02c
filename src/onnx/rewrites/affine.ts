import { floatAttribute, intAttribute } from '../attributes';
import type { GraphIndex } from '../graphIndex';
import type { Model } from '../model';
import { TensorProto_DataType as Type, type NodeProto, type TensorProto } from '../onnx_pb';
import { dimsOf, readFloats } from '../tensor';
import { isOperator } from './editGraph';

/** A linear map of every channel by itself: y = scale[c] * x + shift[c]. */
export interface Affine {
  readonly scale: Float64Array;
  readonly shift: Float64Array;
}

/** Where an affine map may stand: after a tensor of that rank with that many channels in dimension 1. */
export interface ChannelShape {
  readonly channels: number;
  /** Undefined when the rank is unknown; then only BatchNormalization, which needs none, is understood. */
  readonly rank: number | undefined;
}

/** The map that changes nothing. */
export function identityAffine(channels: number): Affine {
  return { scale: new Float64Array(channels).fill(1), shift: new Float64Array(channels) };
}

/** First `first`, then `second`. */
export function composeAffine(first: Affine, second: Affine): Affine {
  return {
    scale: first.scale.map((scale, c) => scale * (second.scale[c] ?? 1)),
    shift: first.shift.map((shift, c) => shift * (second.scale[c] ?? 1) + (second.shift[c] ?? 0)),
  };
}

/**
 * The affine map that `node` applies to `input`: a BatchNormalization of inference, or a Mul or Add whose other operand
 * is a float32 constant of one value, or of one value per channel. Undefined when it is anything else.
 */
export function affineOf(
  model: Model,
  index: GraphIndex,
  node: NodeProto,
  input: string,
  shape: ChannelShape,
): Affine | undefined {
  if (isOperator(node, 'BatchNormalization')) return normalization(model, index, node, input, shape.channels);
  if (!isOperator(node, 'Mul', 'Add') || shape.rank === undefined) return undefined;
  const constant = floatConstant(
    index,
    node.input.find((name) => name !== input),
  );
  if (!constant || !isPerChannel(dimsOf(constant), shape.channels, shape.rank)) return undefined;
  const values = readFloats(model, constant);
  const perChannel = new Float64Array(shape.channels).map((_, c) => values[values.length === 1 ? 0 : c] ?? 0);
  const identity = identityAffine(shape.channels);
  return node.opType === 'Mul' ? { ...identity, scale: perChannel } : { ...identity, shift: perChannel };
}

/** The float32 constant of that name. */
export function floatConstant(index: GraphIndex, name: string | undefined): TensorProto | undefined {
  const constant = name ? index.constants.get(name) : undefined;
  return constant?.dataType === Type.FLOAT ? constant : undefined;
}

/** Mean and variance are frozen: y = (x - mean) / sqrt(variance + epsilon) * scale + bias. */
function normalization(
  model: Model,
  index: GraphIndex,
  node: NodeProto,
  input: string,
  channels: number,
): Affine | undefined {
  if (node.input[0] !== input || intAttribute(node, 'training_mode', 0) !== 0) return undefined;
  if (node.output.slice(1).some((name) => name !== '')) return undefined;
  const parameters = node.input.slice(1, 5).map((name) => floatConstant(index, name));
  const [gamma, beta, mean, variance] = parameters.map((tensor) => tensor && readFloats(model, tensor));
  if (!gamma || !beta || !mean || !variance) return undefined;
  if ([gamma, beta, mean, variance].some((values) => values.length !== channels)) return undefined;
  const epsilon = floatAttribute(node, 'epsilon', 1e-5);
  const scale = Float64Array.from(gamma, (value, c) => value / Math.sqrt((variance[c] ?? 0) + epsilon));
  return { scale, shift: scale.map((value, c) => (beta[c] ?? 0) - (mean[c] ?? 0) * value) };
}

/** True when a constant of these dimensions, broadcast to `rank`, varies in dimension 1 only. */
function isPerChannel(dims: readonly number[], channels: number, rank: number): boolean {
  if (dims.length > rank) return false;
  return dims.every((dim, i) => dim === 1 || (i + rank - dims.length === 1 && dim === channels));
}
