import { graphsOf, mainGraph, type Model } from '../onnx/model';
import type { TensorMap, TensorValue } from '../onnx/tensorValue';
import { fromFloat16 } from '../util/float16';
import { throwIfCancelled } from '../util/pressError';
import { createSession, type SessionSettings } from './session';

/** How two runs of a model compare. */
export interface OutputDifference {
  /** Largest difference of any float output, relative to the largest magnitude of that output. */
  readonly maxRelativeError: number;
  /** Where the outputs are not comparable or differ where nothing may; one English sentence. */
  readonly mismatch?: string;
}

/** Operators whose output changes from run to run, so that it cannot be compared. */
const RANDOM_OPERATORS = new Set([
  'RandomNormal',
  'RandomNormalLike',
  'RandomUniform',
  'RandomUniformLike',
  'Multinomial',
  'Bernoulli',
]);

/**
 * Runs a model on every feed, with the graph as it is written unless `optimization` says otherwise, so that ONNX
 * Runtime's own rewrites do not hide ours.
 * Without feeds it is only loaded. Throws `model-does-not-run`.
 */
export async function runModel(
  model: Model,
  feeds: readonly TensorMap[],
  options: { readonly optimization?: SessionSettings['optimization']; readonly signal?: AbortSignal } = {},
): Promise<readonly TensorMap[]> {
  const session = await createSession(model, { optimization: options.optimization ?? 'disabled' });
  try {
    const results: TensorMap[] = [];
    for (const feed of feeds) {
      throwIfCancelled(options.signal);
      results.push(await session.run(feed));
    }
    return results;
  } finally {
    await session.release();
  }
}

/** True when the model draws random numbers. */
export function isRandom(model: Model): boolean {
  for (const graph of graphsOf(mainGraph(model)))
    if (graph.node.some((node) => RANDOM_OPERATORS.has(node.opType))) return true;
  return model.proto.functions.some((fn) => fn.node.some((node) => RANDOM_OPERATORS.has(node.opType)));
}

/**
 * Compares outputs of two runs, feed by feed and output by output. Floats are compared by value, where NaN equals NaN
 * and an infinity equals itself; everything else must be equal.
 */
export function compareOutputs(before: readonly TensorMap[], after: readonly TensorMap[]): OutputDifference {
  let maxRelativeError = 0;
  for (const [i, expected] of before.entries()) {
    for (const [name, value] of Object.entries(expected)) {
      const difference = compareTensors(name, value, after[i]?.[name]);
      maxRelativeError = Math.max(maxRelativeError, difference.maxRelativeError);
      if (difference.mismatch !== undefined) return { maxRelativeError, mismatch: difference.mismatch };
    }
  }
  return { maxRelativeError };
}

function compareTensors(name: string, before: TensorValue, after: TensorValue | undefined): OutputDifference {
  const differs = (what: string): OutputDifference => ({ maxRelativeError: 1, mismatch: `Output "${name}" ${what}.` });
  if (!after) return differs('is missing');
  if (after.type !== before.type) return differs(`is ${after.type} instead of ${before.type}`);
  if (after.dims.join() !== before.dims.join())
    return differs(`has the shape [${after.dims.join(', ')}] instead of [${before.dims.join(', ')}]`);
  const [a, b] = [floatsOf(before), floatsOf(after)];
  if (!a || !b) {
    const changed = [...before.data].findIndex((value, i) => value !== after.data[i]);
    return changed < 0 ? { maxRelativeError: 0 } : differs(`differs at element ${changed}`);
  }
  let largest = 0;
  let difference = 0;
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] as number, b[i] as number]; // both have the same length
    if (Object.is(x, y) || x === y) {
      if (Number.isFinite(x)) largest = Math.max(largest, Math.abs(x));
    } else if (Number.isFinite(x) && Number.isFinite(y)) {
      largest = Math.max(largest, Math.abs(x), Math.abs(y));
      difference = Math.max(difference, Math.abs(x - y));
    } else return differs(`is ${y} instead of ${x} at element ${i}`);
  }
  return { maxRelativeError: difference === 0 ? 0 : difference / largest };
}

function floatsOf(value: TensorValue): ArrayLike<number> | undefined {
  if (value.type === 'float32' || value.type === 'float64') return value.data as Float32Array | Float64Array; // by type
  if (value.type === 'float16') return Float32Array.from(value.data as Uint16Array, fromFloat16); // by type
  return undefined;
}
