import { setAttribute } from '../../onnx/attributes';
import { createNamer } from '../../onnx/graphIndex';
import { mainGraph, type Model } from '../../onnx/model';
import { isOperator } from '../../onnx/rewrites/editGraph';
import { dimsOf } from '../../onnx/tensor';

/** A running statistic of a BatchNormalization, which a training step updates. */
export interface RunningStatistic {
  /** The initializer. */
  readonly name: string;
  readonly dims: readonly number[];
  /** The tensor with its new value, in a graph in training mode. */
  readonly updated: string;
}

/**
 * Turns the BatchNormalization nodes of a model to training mode, in place: they normalise with the statistics of the
 * batch and return the running ones moved towards those (BatchNormalization-14: momentum 0.9 unless the node says
 * otherwise, variances of the batch not corrected for its size). Nodes whose statistics are no initializers stay.
 */
export function trainBatchNorm(model: Model): RunningStatistic[] {
  const namer = createNamer(model);
  const tensors = new Map(mainGraph(model).initializer.map((tensor) => [tensor.name, tensor]));
  const found: RunningStatistic[] = [];
  for (const node of mainGraph(model).node) {
    if (!isOperator(node, 'BatchNormalization')) continue;
    const statistics = [3, 4].flatMap((position) => tensors.get(node.input[position] ?? '') ?? []);
    if (statistics.length < 2) continue;
    setAttribute(node, 'training_mode', 1);
    node.output = [
      node.output[0] ?? '',
      ...statistics.map((tensor) => {
        const updated = namer(`${tensor.name}/updated`);
        found.push({ name: tensor.name, dims: dimsOf(tensor), updated });
        return updated;
      }),
    ];
  }
  return found;
}

/** True when a model normalises with statistics of batches, frozen or not. */
export function hasBatchNorm(model: Model): boolean {
  return mainGraph(model).node.some((node) => isOperator(node, 'BatchNormalization'));
}
