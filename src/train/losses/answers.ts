import type { GraphWriter } from '../graph/graphWriter';
import { meanOf, rowsOf, sumOver, type LossTensor } from './pieces';

/** Logits of student and teacher, of one shape, and the temperature that both are divided by. */
export interface Answers {
  readonly student: LossTensor;
  readonly teacher: LossTensor;
  readonly temperature: number;
}

/** Correlations of constant rows are held at zero by this. */
const TINY = 1e-8;

/**
 * The divergence of the student's soft targets from the teacher's, as the mean over the batch and times the squared
 * temperature, so that its gradient is of one size whatever the temperature (Hinton et al., 2015). A scalar.
 */
export function softTargetLoss(writer: GraphWriter, { student, teacher, temperature }: Answers): string {
  const { op, float } = writer;
  const logs = (tensor: LossTensor): string =>
    op('LogSoftmax', [op('Mul', [rowsOf(writer, tensor).name, float(1 / temperature)])], { axis: 1 });
  const target = logs(teacher);
  const difference = op('Sub', [target, logs(student)]);
  const divergence = sumOver(writer, op('Mul', [op('Exp', [target]), difference]), [0, 1]);
  return op('Mul', [divergence, float(temperature ** 2 / (student.dims[0] ?? 1))]);
}

/**
 * One minus the correlation of student and teacher, over the classes of a sample and over the samples of a class, both
 * as means and times the squared temperature (DIST; Huang et al., 2022). A scalar.
 */
export function correlationLoss(writer: GraphWriter, { student, teacher, temperature }: Answers): string {
  const { op, float } = writer;
  const soft = (tensor: LossTensor): LossTensor => {
    const { name, dims } = rowsOf(writer, tensor);
    return { name: op('Softmax', [op('Mul', [name, float(1 / temperature)])], { axis: 1 }), dims };
  };
  const pair = [soft(student), soft(teacher)] as const;
  const sum = op('Add', [meanCorrelation(writer, pair, 1), meanCorrelation(writer, pair, 0)]);
  return op('Mul', [op('Sub', [float(2), sum]), float(temperature ** 2)]);
}

/** Pearson's correlation along an axis of two matrices, and its mean over the other. */
function meanCorrelation(writer: GraphWriter, pair: readonly [LossTensor, LossTensor], axis: 0 | 1): string {
  const { op, float } = writer;
  const centred = pair.map(({ name, dims }) => {
    const mean = op('Mul', [sumOver(writer, name, [axis], true), float(1 / (dims[axis] ?? 1))]);
    return op('Sub', [name, mean]);
  });
  const [a, b] = centred as [string, string]; // of a pair
  const dot = (x: string, y: string): string => sumOver(writer, op('Mul', [x, y]), [axis]);
  const length = (x: string): string => op('Sqrt', [op('Add', [dot(x, x), float(TINY ** 2)])]);
  const correlation = op('Div', [dot(a, b), op('Add', [op('Mul', [length(a), length(b)]), float(TINY)])]);
  return meanOf(writer, { name: correlation, dims: [pair[0].dims[1 - axis] ?? 1] });
}
