import { intAttribute } from '../../onnx/attributes';
import { indexGraph } from '../../onnx/graphIndex';
import { cloneModel, mainGraph, type Model } from '../../onnx/model';
import type { NodeProto } from '../../onnx/onnx_pb';
import { isOperator } from '../../onnx/rewrites/editGraph';
import { bytesOf, dimsOf, elementCount, setTensorBytes } from '../../onnx/tensor';
import { createRandom } from '../../util/random';
import { seedOf } from '../data/seed';
import { trainableWeights } from './trainableWeights';

/** Spread of embeddings, as BERT has it. */
const EMBEDDING_DEVIATION = 0.02;

/**
 * A copy of a model with new weights, drawn from a seed: normal with variance 2 / fan-in for convolutions (He et al.,
 * 2015) and 1 / fan-in for matrices, biases zero, normalisations one and zero, running statistics of a model that has
 * seen nothing. What no operator uses as a weight stays.
 */
export function initialiseModel(model: Model, seed: number): Model {
  const copy = cloneModel(model);
  const { consumers } = indexGraph(copy);
  const graph = mainGraph(copy);
  const trained = new Set(trainableWeights(copy).map(({ name }) => name));
  for (const [position, tensor] of graph.initializer.entries()) {
    const [reader] = consumers.get(tensor.name) ?? [];
    if (!reader) continue;
    const at = reader.input.indexOf(tensor.name);
    const isStatistic = isOperator(reader, 'BatchNormalization') && at >= 3;
    if (!trained.has(tensor.name) && !isStatistic) continue;
    const values = new Float32Array(elementCount(tensor));
    const deviation = deviationOf(reader, at, dimsOf(tensor));
    if (typeof deviation === 'number') fillNormal(values, deviation, seedOf(seed, position));
    else values.fill(deviation.constant);
    setTensorBytes(copy, tensor, bytesOf(values));
  }
  return copy;
}

/** Normal values with variance 2 / fan-in for a convolution's weight of these dimensions, output channels first. */
export function convolutionWeight(dims: readonly number[], seed: number): Float32Array {
  const values = new Float32Array(product(dims));
  fillNormal(values, Math.sqrt(2 / product(dims.slice(1))), seed);
  return values;
}

function deviationOf(
  node: NodeProto,
  position: number,
  dims: readonly number[],
): number | { readonly constant: number } {
  const [first = 1, second = 1, ...rest] = dims;
  switch (node.opType) {
    case 'Conv':
      return position === 1 ? Math.sqrt(2 / (second * product(rest))) : { constant: 0 };
    case 'ConvTranspose':
      return position === 1 ? Math.sqrt(2 / (first * product(rest))) : { constant: 0 };
    case 'Gemm':
      if (position === 2) return { constant: 0 };
      return Math.sqrt(1 / (isTransposedWeight(node, position) ? second : first));
    case 'MatMul':
      return Math.sqrt(1 / (dims.at(-2) ?? 1));
    case 'LSTM':
    case 'GRU':
    case 'RNN':
      return position <= 2 ? Math.sqrt(1 / (dims.at(-1) ?? 1)) : { constant: 0 };
    case 'Gather':
      return EMBEDDING_DEVIATION;
    case 'PRelu':
      return { constant: 0.25 };
    case 'BatchNormalization':
      return { constant: position === 1 || position === 4 ? 1 : 0 };
    case 'InstanceNormalization':
    case 'LayerNormalization':
      return { constant: position === 1 ? 1 : 0 };
    case 'Mul':
      return { constant: 1 };
    default:
      return { constant: 0 };
  }
}

function fillNormal(values: Float32Array, deviation: number, seed: number): void {
  const random = createRandom(seed);
  for (let i = 0; i < values.length; i++) values[i] = deviation * random.normal();
}

function product(dims: readonly number[]): number {
  return dims.reduce((total, dim) => total * dim, 1);
}

/** True when the inputs of a Gemm's weight lie along its second axis: B transposed, or A as it is. */
function isTransposedWeight(node: NodeProto, position: number): boolean {
  return position === 1 ? intAttribute(node, 'transB', 0) === 1 : intAttribute(node, 'transA', 0) === 0;
}
