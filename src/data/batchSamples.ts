import type { TensorData, TensorMap, TensorValue } from '../onnx/tensorValue';
import { PressError } from '../util/pressError';
import type { Sample } from './dataset';
import { formatShape } from './errors';

/** Several samples as the inputs of one run. */
export interface Batch {
  readonly inputs: TensorMap;
  /** One label a sample; undefined where a sample has none. */
  readonly labels: readonly (number | undefined)[];
}

/** Joins samples along the first axis of every input. Throws `bad-input` when shapes or names differ. */
export function batchSamples(samples: readonly Sample[]): Batch {
  const [first] = samples;
  if (!first) throw new RangeError('A batch needs at least one sample.');
  const inputs: Record<string, TensorValue> = {};
  for (const name of Object.keys(first.inputs)) {
    const parts = samples.map((sample) => {
      const part = sample.inputs[name];
      if (part) return part;
      throw new PressError('bad-input', `${sample.source} has no "${name}", unlike ${first.source}.`, { input: name });
    });
    inputs[name] = samples.length === 1 ? (parts[0] as TensorValue) : joinTensors(name, parts, samples); // one sample, one part
  }
  return { inputs, labels: samples.map(({ label }) => label) };
}

function joinTensors(name: string, parts: readonly TensorValue[], samples: readonly Sample[]): TensorValue {
  const [first] = parts as readonly [TensorValue]; // called with two or more
  const [, ...rest] = first.dims;
  parts.forEach((part, index) => {
    const agrees =
      part.type === first.type &&
      part.dims.length === first.dims.length &&
      first.dims.length > 0 &&
      rest.every((dim, axis) => dim === part.dims[axis + 1]);
    if (agrees) return;
    throw new PressError(
      'bad-input',
      `Samples cannot be joined: "${name}" is ${formatShape(first.dims)} in ${samples[0]?.source}, but ` +
        `${formatShape(part.dims)} in ${samples[index]?.source}. Use a batch size of 1.`,
      { input: name },
    );
  });
  const count = parts.reduce((sum, part) => sum + (part.dims[0] ?? 1), 0);
  return { type: first.type, dims: [count, ...rest], data: joinData(parts.map(({ data }) => data)) };
}

function joinData(parts: readonly TensorData[]): TensorData {
  const [first] = parts;
  if (!first || Array.isArray(first)) return parts.flatMap((part) => part as readonly string[]); // all of one type
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const joined = new (first.constructor as new (length: number) => Float32Array)(length); // the parts' own array type
  let at = 0;
  for (const part of parts as readonly Float32Array[]) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
