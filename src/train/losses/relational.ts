import type { GraphWriter } from '../graph/graphWriter';
import type { FeaturePair } from './features';
import { meanOf, pooled, sumOver, unitRows, type LossTensor } from './pieces';

/** Weights of the two parts, as their authors have them. */
const DISTANCE_WEIGHT = 25;
const ANGLE_WEIGHT = 50;
/** Distances of a sample from itself are held here, where a root still has a gradient. */
const TINY = 1e-12;

/**
 * How samples lie to each other (Park et al., 2019): Huber losses of their distances, relative to the batch's mean
 * distance, and of the angles of every three samples, 25 to 50. Features with places are pooled over them first.
 * A scalar.
 */
export function relationalLoss(writer: GraphWriter, pair: FeaturePair): string {
  const [student, teacher] = [pooled(writer, pair.student), pooled(writer, pair.teacher)];
  const distances = huber(writer, distanceMatrix(writer, student), distanceMatrix(writer, teacher));
  const angles = huber(writer, angleCube(writer, student), angleCube(writer, teacher));
  const { op, float } = writer;
  return op('Add', [op('Mul', [distances, float(DISTANCE_WEIGHT)]), op('Mul', [angles, float(ANGLE_WEIGHT)])]);
}

/** Distances of all pairs of rows, divided by their mean without the diagonal. */
function distanceMatrix(writer: GraphWriter, { name, dims }: LossTensor): LossTensor {
  const { op, float } = writer;
  const count = dims[0] ?? 1;
  const squares = sumOver(writer, op('Mul', [name, name]), [1], true);
  const products = op('MatMul', [name, op('Transpose', [name], { perm: [1, 0] })]);
  const sums = op('Add', [squares, op('Transpose', [squares], { perm: [1, 0] })]);
  const squared = op('Sub', [sums, op('Mul', [products, float(2)])]);
  const off = Float32Array.from({ length: count * count }, (_, i) => (i % (count + 1) === 0 ? 0 : 1));
  const distances = op('Mul', [op('Sqrt', [op('Max', [squared, float(TINY)])]), float(off, [count, count])]);
  const mean = op('Mul', [sumOver(writer, distances, [0, 1]), float(1 / Math.max(1, count * (count - 1)))]);
  return { name: op('Div', [distances, op('Add', [mean, float(TINY)])]), dims: [count, count] };
}

/** Cosines of the angles at each sample between every two others. */
function angleCube(writer: GraphWriter, { name, dims }: LossTensor): LossTensor {
  const { op, ints } = writer;
  const [count = 1, width = 1] = dims;
  const differences = op('Sub', [op('Unsqueeze', [name, ints([0])]), op('Unsqueeze', [name, ints([1])])]);
  const units = unitRows(writer, { name: differences, dims: [count, count, width] }).name;
  const cosines = op('MatMul', [units, op('Transpose', [units], { perm: [0, 2, 1] })]);
  return { name: cosines, dims: [count, count, count] };
}

/** Mean of half the square of small differences and of large ones less a half. */
function huber(writer: GraphWriter, a: LossTensor, b: LossTensor): string {
  const { op, float } = writer;
  const size = op('Abs', [op('Sub', [a.name, b.name])]);
  const near = op('Min', [size, float(1)]);
  const loss = op('Mul', [near, op('Sub', [size, op('Mul', [near, float(0.5)])])]);
  return meanOf(writer, { name: loss, dims: a.dims });
}
