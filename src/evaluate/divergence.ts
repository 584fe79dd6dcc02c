import type { TensorMap, TensorValue } from '../onnx/tensorValue';
import { isFloatType, plainNumbers, type PlainNumbers } from './numbers';

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
/** Scores that sum up to 1 within this are probabilities already. */
const SUM_TOLERANCE = 1e-3;
/** What outputs that are no numbers any more count as. */
const LOST = 100;

/**
 * The divergence between two runs on the same input. Of class scores it is that of the two distributions over classes
 * (softmax, unless they are probabilities already). Other outputs are compared by half their relative squared error,
 * which is the divergence between two normal distributions that are that far apart and as wide as the signal.
 */
export function divergenceOf(before: TensorMap, after: TensorMap, classOutput: string | undefined): Divergence {
  const [first, second] = [before[classOutput ?? ''], after[classOutput ?? '']];
  const scores = first && second ? scoreDivergence(first, second) : undefined;
  if (scores) return scores;
  const distances = Object.entries(before).flatMap(([name, value]) => {
    const other = after[name];
    return other && isFloatType(value.type) ? [relativeError(value, other) / 2] : [];
  });
  const sum = distances.reduce((total, distance) => total + distance, 0);
  return { divergence: distances.length > 0 ? sum / distances.length : 0, rows: 0, changedRows: 0 };
}

function scoreDivergence(before: TensorValue, after: TensorValue): Divergence | undefined {
  const [a, b] = [plainNumbers(before), plainNumbers(after)];
  const classes = before.dims[1] ?? 0;
  if (!a || !b || a.length !== b.length || classes < 2 || a.length === 0 || a.length % classes !== 0) return undefined;
  const rows = a.length / classes;
  let divergence = 0;
  let changedRows = 0;
  for (let row = 0; row < rows; row++) {
    const p = distribution(a, row * classes, classes);
    const q = distribution(b, row * classes, classes);
    divergence += rowDivergence(p, q);
    if (topOf(p) !== topOf(q)) changedRows++;
  }
  return { divergence: divergence / rows, rows, changedRows };
}

function rowDivergence(p: Float64Array, q: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < p.length; i++) {
    const [a, b] = [p[i] as number, Math.max(q[i] as number, SMALLEST_PROBABILITY)]; // of the same length
    if (a > SMALLEST_PROBABILITY) sum += a * Math.log(a / b);
  }
  return Number.isFinite(sum) ? Math.min(LOST, Math.max(0, sum)) : LOST;
}

/** Scores as probabilities. */
function distribution(values: PlainNumbers, start: number, length: number): Float64Array {
  const scores = Float64Array.from(values.subarray(start, start + length));
  const sum = scores.reduce((total, score) => total + score, 0);
  if (Math.abs(sum - 1) < SUM_TOLERANCE && scores.every((score) => score >= 0)) return scores;
  const largest = scores.reduce((a, b) => Math.max(a, b), -Infinity);
  const powers = scores.map((score) => Math.exp(score - largest));
  const total = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / total);
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
