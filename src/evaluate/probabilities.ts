import type { PlainNumbers } from './numbers';

/** Scores that sum up to 1 within this are probabilities already. */
const SUM_TOLERANCE = 1e-3;

/** A row of class scores as probabilities: softmax, unless they are probabilities already. */
export function probabilities(values: PlainNumbers, start: number, length: number): Float64Array {
  const scores = Float64Array.from(values.subarray(start, start + length));
  const sum = scores.reduce((total, score) => total + score, 0);
  if (Math.abs(sum - 1) < SUM_TOLERANCE && scores.every((score) => score >= 0)) return scores;
  const largest = scores.reduce((a, b) => Math.max(a, b), -Infinity);
  const powers = scores.map((score) => Math.exp(score - largest));
  const total = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / total);
}
