import type { ShardGradients } from '../step/stepRunner';

/** The means over the shards of a step, always summed in the same order, so that it never matters who was first. */
export function averageShards(shards: readonly ShardGradients[]): ShardGradients {
  return {
    loss: shards.reduce((sum, { loss }) => sum + loss, 0) / shards.length,
    correct: shards.reduce((sum, { correct }) => sum + correct, 0),
    gradients: meanVector(shards.map(({ gradients }) => gradients)),
    statistics: meanVector(shards.map(({ statistics }) => statistics)),
  };
}

function meanVector(vectors: readonly Float32Array[]): Float32Array {
  const mean = Float32Array.from(vectors[0] ?? []);
  for (const vector of vectors.slice(1))
    for (let i = 0; i < mean.length; i++) mean[i] = (mean[i] as number) + (vector[i] as number);
  const factor = 1 / Math.max(1, vectors.length);
  for (let i = 0; i < mean.length; i++) mean[i] = (mean[i] as number) * factor;
  return mean;
}
