import type { TensorMap, TensorValue } from '../onnx/tensorValue';
import { isFloatType, plainNumbers } from './numbers';
import { probabilities } from './probabilities';

/** How far the outputs of one run moved. */
export interface Divergence {
  /** Kullback-Leibler divergence in nats, the mean over the rows or outputs; 0 when nothing moved. */
  readonly divergence: number;
  /** Rows of class scores, and how many of them have another class on top; 0 of 0 where there are no scores. */
  readonly rows: number;
  readonly changedRows: number;
}

/** A probability below this counts as this, so that a class that dies out does not make everything infinite. */
const SMALLEST_PROBABILITY = 1e-12;
/** What outputs that are no numbers any more count as. */
const LOST = 100;

/**
 * The divergence between two runs on the same input. Of class scores it is that of the two distributions over classes
 * (softmax, unless they are probabilities already). Other outputs are compared by half their relative squared error,
 * which is the divergence between two normal distributions that are that far apart and as wide as the signal.
 */
export function divergenceOf(before: TensorMap, after: TensorMap, classOutput: string | undefined): Divergence {
  const [first, second] = [before[classOutput ?? ''], after[classOutput ?? '']];
  const scores = first && second ? scoreDivergences(first, second) : undefined;
  if (scores) {
    const rows = scores.divergences.length;
    const total = scores.divergences.reduce((sum, divergence) => sum + divergence, 0);
    return { divergence: total / rows, rows, changedRows: scores.changedRows };
  }
  const distances = Object.entries(before).flatMap(([name, value]) => {
    const other = after[name];
    return other && isFloatType(value.type) ? [relativeError(value, other) / 2] : [];
  });
  const sum = distances.reduce((total, distance) => total + distance, 0);
  return { divergence: distances.length > 0 ? sum / distances.length : 0, rows: 0, changedRows: 0 };
}

/**
 * The divergence of each row of class scores, in nats, and how many rows have another class on top. Undefined for
 * outputs that hold no scores or differ in shape.
 */
export function scoreDivergences(
  before: TensorValue,
  after: TensorValue,
): { readonly divergences: Float64Array; readonly changedRows: number } | undefined {
  const [a, b] = [plainNumbers(before), plainNumbers(after)];
  const classes = before.dims[1] ?? 0;
  if (!a || !b || a.length !== b.length || classes < 2 || a.length === 0 || a.length % classes !== 0) return undefined;
  let changedRows = 0;
  const divergences = Float64Array.from({ length: a.length / classes }, (_, row) => {
    const p = probabilities(a, row * classes, classes);
    const q = probabilities(b, row * classes, classes);
    if (topOf(p) !== topOf(q)) changedRows++;
    return rowDivergence(p, q);
  });
  return { divergences, changedRows };
}

function rowDivergence(p: Float64Array, q: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < p.length; i++) {
    const [a, b] = [p[i] as number, Math.max(q[i] as number, SMALLEST_PROBABILITY)]; // of the same length
    if (a > SMALLEST_PROBABILITY) sum += a * Math.log(a / b);
  }
  return Number.isFinite(sum) ? Math.min(LOST, Math.max(0, sum)) : LOST;
}

function topOf(probabilities: Float64Array): number {
  let best = 0;
  for (let i = 1; i < probabilities.length; i++)
    if ((probabilities[i] as number) > (probabilities[best] as number)) best = i; // within its length
  return best;
}

function relativeError(before: TensorValue, after: TensorValue): number {
  const [a, b] = [plainNumbers(before), plainNumbers(after)];
  if (!a || !b || a.length !== b.length) return LOST;
  let signal = 0;
  let noise = 0;
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] as number, b[i] as number]; // of the same length
    if (!Number.isFinite(x)) continue;
    signal += x * x;
    noise += (x - y) ** 2;
  }
  if (noise === 0) return 0;
  const ratio = noise / signal;
  return Number.isFinite(ratio) ? Math.min(LOST, ratio) : LOST;
}
