import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Sample } from '../../../src/data/dataset';
import { mainGraph, type Model } from '../../../src/onnx/model';
import type { TensorMap, TensorValue } from '../../../src/onnx/tensorValue';
import { openModel } from '../../../src/runtime/modelFile';
import { createSession } from '../../../src/runtime/session';
import { createRandom } from '../../../src/util/random';

/** A float32 value of normally distributed numbers around `mean`. */
export function normalValue(dims: readonly number[], seed: number, mean = 0): TensorValue {
  const random = createRandom(seed);
  const count = dims.reduce((product, dim) => product * dim, 1);
  return { type: 'float32', dims, data: Float32Array.from({ length: count }, () => random.normal() + mean) };
}

/** Normally distributed numbers for an initializer. */
export function normalNumbers(count: number, seed: number, deviation = 1): number[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => random.normal() * deviation);
}

/** Feeds as calibration samples. */
export async function* samplesOf(feeds: readonly TensorMap[]): AsyncGenerator<Sample> {
  for (const [i, inputs] of feeds.entries()) yield { inputs, source: `sample ${i}` };
}

/** Runs a model as a person would, with all optimisations, on one thread. */
export async function runOptimized(model: Model, feeds: readonly TensorMap[]): Promise<TensorMap[]> {
  const session = await createSession(model, { threads: 1 });
  try {
    const results: TensorMap[] = [];
    for (const feed of feeds) results.push(await session.run(feed));
    return results;
  } finally {
    await session.release();
  }
}

/** The signal-to-noise ratio over all float outputs of all runs, in decibels. */
export function sqnrDb(before: readonly TensorMap[], after: readonly TensorMap[]): number {
  let signal = 0;
  let noise = 0;
  before.forEach((outputs, run) => {
    for (const [name, value] of Object.entries(outputs)) {
      const other = after[run]?.[name]?.data as Float32Array;
      (value.data as Float32Array).forEach((x, i) => {
        signal += x * x;
        noise += (x - (other[i] ?? NaN)) ** 2;
      });
    }
  });
  return 10 * Math.log10(signal / noise);
}

/** How often each operator occurs in the graph that ONNX Runtime really runs, sorted by name. */
export async function optimizedOperators(model: Model): Promise<Record<string, number>> {
  const folder = mkdtempSync(join(tmpdir(), 'optimized-'));
  try {
    const path = join(folder, 'optimized.onnx');
    const session = await createSession(model, { optimizedModelPath: path, threads: 1 });
    await session.release();
    const file = openModel(path);
    const operators = countOperators(file.model);
    file.close();
    return operators;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** How often each operator occurs in a main graph, sorted by name. */
export function countOperators(model: Model): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { opType } of mainGraph(model).node) counts[opType] = (counts[opType] ?? 0) + 1;
  return Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)));
}
