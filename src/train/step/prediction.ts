import { findClassOutput } from '../../evaluate/classify';
import { indexGraph } from '../../onnx/graphIndex';
import { mainGraph, type Model } from '../../onnx/model';
import { isOperator } from '../../onnx/rewrites/editGraph';
import type { TensorInfo } from '../../onnx/tensorValue';
import type { TaskLoss } from '../../protocol';

/** What a model answers with, as losses read it. */
export interface Prediction {
  /** The graph output. */
  readonly output: string;
  /** The output, or what goes into a final Softmax, LogSoftmax or Sigmoid: what losses over logits take. */
  readonly logits: string;
}

/** The output that training looks at: that of class scores, or the first of floating point; undefined when none is. */
export function findPrediction(
  model: Model,
  types: ReadonlyMap<string, TensorInfo>,
  inputs: readonly TensorInfo[],
  labelled: boolean,
): Prediction | undefined {
  const outputs = mainGraph(model).output.flatMap(({ name }) => types.get(name) ?? []);
  const chosen = findClassOutput(outputs, inputs, { labelled }) ?? outputs.find(({ type }) => type.startsWith('float'));
  return chosen && { output: chosen.name, logits: logitsBehind(model, chosen.name) };
}

/** The loss that suits a prediction where the person names none; undefined when there is nothing to compare it with. */
export function defaultLoss(
  prediction: TensorInfo,
  inputs: readonly TensorInfo[],
  labelled: boolean,
  hasTeacher: boolean,
): TaskLoss | undefined {
  const elements = prediction.dims.slice(1).reduce<number>((product, dim) => product * Number(dim), 1);
  const isClassLike = prediction.dims.length >= 2 && prediction.dims.slice(2).every((dim) => dim === 1);
  if (labelled) return isClassLike ? (elements === 1 ? 'bce' : 'cross-entropy') : undefined;
  if (hasTeacher) return isClassLike && elements > 1 ? 'cross-entropy' : 'mse';
  return inputs.some(({ dims }) => JSON.stringify(dims) === JSON.stringify(prediction.dims)) ? 'mse' : undefined;
}

function logitsBehind(model: Model, output: string): string {
  const producer = indexGraph(model).producers.get(output);
  return isOperator(producer, 'Softmax', 'LogSoftmax', 'Sigmoid') ? (producer.input[0] ?? output) : output;
}
