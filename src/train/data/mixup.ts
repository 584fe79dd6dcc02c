import type { TensorMap } from '../../onnx/tensorValue';
import type { Random } from '../../util/random';

/**
 * Mixes every sample of a batch with another of it, and their targets alike, in place, by one share drawn from
 * Beta(alpha, alpha) (mixup; Zhang et al., 2018). Float inputs only.
 */
export function mixBatch(
  batch: { readonly inputs: TensorMap; readonly target?: Float32Array },
  count: number,
  alpha: number,
  random: Random,
): void {
  const share = drawBeta(alpha, random);
  const others = random.shuffle(Array.from({ length: count }, (_, i) => i));
  const vectors = [...Object.values(batch.inputs).map(({ data }) => data), batch.target];
  for (const vector of vectors) if (vector instanceof Float32Array) mixRows(vector, others, share);
}

function mixRows(vector: Float32Array, others: readonly number[], share: number): void {
  const size = vector.length / others.length;
  const source = vector.slice();
  for (const [row, other] of others.entries()) {
    for (let i = 0; i < size; i++) {
      const own = source[row * size + i] as number;
      vector[row * size + i] = share * own + (1 - share) * (source[other * size + i] as number);
    }
  }
}

function drawBeta(alpha: number, random: Random): number {
  const [a, b] = [drawGamma(alpha, random), drawGamma(alpha, random)];
  return a + b > 0 ? a / (a + b) : 0.5;
}

/** Marsaglia and Tsang (2000); shapes below one through the one above. */
function drawGamma(shape: number, random: Random): number {
  if (shape < 1) return drawGamma(shape + 1, random) * random.next() ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = random.normal();
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(random.next()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}
