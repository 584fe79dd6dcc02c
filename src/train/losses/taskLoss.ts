import type { TaskLoss } from '../../protocol';
import { assertNever } from '../../util/assertNever';
import type { GraphWriter } from '../graph/graphWriter';
import { rowsOf, sumOver, type LossTensor } from './pieces';

/**
 * The loss of every sample, of shape [batch].
 * `cross-entropy`: `prediction` holds logits, `target` probabilities of the same classes, of which the smoothing takes
 * a share for all classes alike (Szegedy et al., 2016). `bce`: logits, and targets in 0..1. `mse`, `l1`: values.
 * All but cross-entropy are means over the elements of a sample.
 */
export function taskLoss(
  writer: GraphWriter,
  loss: TaskLoss,
  tensors: { readonly prediction: LossTensor; readonly target: LossTensor },
  labelSmoothing = 0,
): string {
  const prediction = rowsOf(writer, tensors.prediction);
  const target = rowsOf(writer, tensors.target);
  const size = prediction.dims[1] ?? 1;
  const { op, float } = writer;
  const mean = (name: string): string => op('Mul', [sumOver(writer, name, [1]), float(1 / size)]);
  const difference = (): string => op('Sub', [prediction.name, target.name]);
  switch (loss) {
    case 'cross-entropy': {
      const smooth =
        labelSmoothing === 0
          ? target.name
          : op('Add', [op('Mul', [target.name, float(1 - labelSmoothing)]), float(labelSmoothing / size)]);
      const logs = op('LogSoftmax', [prediction.name], { axis: 1 });
      return op('Neg', [sumOver(writer, op('Mul', [smooth, logs]), [1])]);
    }
    case 'mse': {
      const error = difference();
      return mean(op('Mul', [error, error]));
    }
    case 'l1':
      return mean(op('Abs', [difference()]));
    case 'bce': {
      // max(x, 0) - x t + log(1 + exp(-|x|)), which never overflows.
      const x = prediction.name;
      const linear = op('Sub', [op('Relu', [x]), op('Mul', [x, target.name])]);
      const rest = op('Log', [op('Add', [op('Exp', [op('Neg', [op('Abs', [x])])]), float(1)])]);
      return mean(op('Add', [linear, rest]));
    }
    default:
      return assertNever(loss);
  }
}

/** 1 for every sample whose highest score is at its target's highest probability, 0 otherwise; float32 [batch]. */
export function correctSamples(
  writer: GraphWriter,
  tensors: { readonly prediction: LossTensor; readonly target: LossTensor },
): string {
  const best = (tensor: LossTensor): string =>
    writer.op('ArgMax', [rowsOf(writer, tensor).name], { axis: 1, keepdims: 0 });
  const isEqual = writer.op('Equal', [best(tensors.prediction), best(tensors.target)]);
  return writer.op('Cast', [isEqual], { to: 1 });
}
