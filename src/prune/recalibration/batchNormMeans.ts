import { activationBounds } from '../../onnx/activationBounds';
import { indexGraph, type GraphIndex } from '../../onnx/graphIndex';
import { mainGraph, type Model } from '../../onnx/model';
import type { NodeProto } from '../../onnx/onnx_pb';
import { floatConstant } from '../../onnx/rewrites/affine';
import { isOperator } from '../../onnx/rewrites/editGraph';
import { readFloats } from '../../onnx/tensor';
import { normalTail } from '../../util/stats';

/** Mean and standard deviation of each channel of a tensor. */
interface Moments {
  readonly mean: Float64Array;
  readonly deviation: Float64Array;
}

/** Operators that leave the mean of a channel as it is, or nearly so. */
const SAME_MEAN = ['Identity', 'Dropout', 'AveragePool', 'GlobalAveragePool'];

/**
 * What the BatchNormalization nodes of a model say of the means of its activations, without any data: their outputs are
 * taken as normal with the mean `bias` and the deviation `|scale|`, and followed through Relu, Clip, Add of independent
 * terms, average pooling and Flatten (Nagel et al., Data-Free Quantization through Weight Equalization and Bias
 * Correction, 2019). Mean of each channel by tensor; tensors that cannot be reached so are missing.
 */
export function batchNormMeans(model: Model): Map<string, Float64Array> {
  const index = indexGraph(model);
  const known = new Map<string, Moments>();
  for (const node of mainGraph(model).node) {
    const moments = momentsOf(model, index, node, known);
    if (moments) known.set(node.output[0] ?? '', moments);
  }
  return new Map([...known].map(([name, { mean }]) => [name, mean]));
}

function momentsOf(
  model: Model,
  index: GraphIndex,
  node: NodeProto,
  known: ReadonlyMap<string, Moments>,
): Moments | undefined {
  if (isOperator(node, 'BatchNormalization')) {
    const [scale, bias] = [1, 2].map((at) => floatConstant(index, node.input[at]));
    if (!scale || !bias) return undefined;
    return {
      mean: Float64Array.from(readFloats(model, bias)),
      deviation: Float64Array.from(readFloats(model, scale), Math.abs),
    };
  }
  const input = known.get(node.input[0] ?? '');
  if (!input) return undefined;
  const bounds = activationBounds(model, index, node);
  if (bounds) return clipped(input, bounds.low, bounds.high);
  if (isOperator(node, 'Add')) {
    const other = known.get(node.input[1] ?? '');
    if (other?.mean.length !== input.mean.length) return undefined;
    return {
      mean: input.mean.map((value, c) => value + (other.mean[c] ?? 0)),
      deviation: input.deviation.map((value, c) => Math.hypot(value, other.deviation[c] ?? 0)),
    };
  }
  // A Flatten behind global pooling has one feature a channel; elsewhere lengths differ and nobody can use it.
  return isOperator(node, ...SAME_MEAN, 'Flatten') ? input : undefined;
}

/** Mean and deviation of normal values that are clipped to `low`..`high`. */
function clipped({ mean, deviation }: Moments, low: number, high: number): Moments {
  const moments = mean.map((mu, c) => clippedMean(mu, deviation[c] ?? 0, low, high));
  const spreads = mean.map((mu, c) => {
    const square = clippedSquare(mu, deviation[c] ?? 0, low, high);
    return Math.sqrt(Math.max(0, square - (moments[c] ?? 0) ** 2));
  });
  return { mean: moments, deviation: spreads };
}

function clippedMean(mu: number, sigma: number, low: number, high: number): number {
  if (sigma === 0) return Math.min(high, Math.max(low, mu));
  const [a, b] = [(low - mu) / sigma, (high - mu) / sigma];
  const inside = below(b) - below(a);
  return ends(a, b, low, high) + mu * inside + sigma * (density(a) - density(b));
}

function clippedSquare(mu: number, sigma: number, low: number, high: number): number {
  if (sigma === 0) return Math.min(high, Math.max(low, mu)) ** 2;
  const [a, b] = [(low - mu) / sigma, (high - mu) / sigma];
  const inside = below(b) - below(a);
  const edge = (z: number): number => (Number.isFinite(z) ? z * density(z) : 0);
  const square = (mu * mu + sigma * sigma) * inside + 2 * mu * sigma * (density(a) - density(b));
  return ends(a, b, low ** 2, high ** 2) + square + sigma * sigma * (edge(a) - edge(b));
}

/** What the values at the two bounds add. */
function ends(a: number, b: number, low: number, high: number): number {
  return (Number.isFinite(a) ? low * below(a) : 0) + (Number.isFinite(b) ? high * (1 - below(b)) : 0);
}

function density(z: number): number {
  return Math.exp(-(z * z) / 2) / Math.sqrt(2 * Math.PI);
}

function below(z: number): number {
  if (!Number.isFinite(z)) return z > 0 ? 1 : 0;
  return z >= 0 ? 1 - normalTail(z) : normalTail(-z);
}
