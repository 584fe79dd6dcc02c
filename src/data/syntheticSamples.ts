import type { TensorElementType, TensorInfo, TensorMap, TensorValue } from '../onnx/tensorValue';
import { PressError } from '../util/pressError';
import type { Random } from '../util/random';
import { createRandom } from '../util/random';
import { allocateData, castExactly } from './castNumbers';
import type { Dataset } from './dataset';
import { createDataset } from './dataset';
import { toFloat16 } from '../util/float16';
import type { InputOptions } from './inputOptions';
import { NO_INPUT_OPTIONS } from './inputOptions';
import { checkNames, resolveShapes } from './inputShapes';

/** More elements than any input has; a mistyped shape must not exhaust the memory. */
const MAX_ELEMENTS = 2 ** 28;

/**
 * Generated samples, for running a model without data: floats are standard normal, 8-bit unsigned values 0 to 255,
 * other integers 0 or 1 (valid as an index, a mask and a token), bools true; what `fills` names is that constant. The
 * same seed and index give the same sample. Throws `unknown-shape` or `bad-option`.
 */
export function syntheticSamples(
  inputs: readonly TensorInfo[],
  count: number,
  seed = 0,
  options: InputOptions = NO_INPUT_OPTIONS,
): Dataset {
  checkNames(inputs, Object.keys(options.fills), '--fill');
  const shapes = resolveShapes(inputs, options.shapes);
  const inputsOf = (index: number): TensorMap => {
    const random = createRandom(seed + Math.imul(index + 1, 0x9e3779b1)); // far apart, so that samples share no values
    return Object.fromEntries(
      inputs.map((info) => {
        const dims = shapes[info.name] ?? [];
        const fill = options.fills[info.name];
        return [info.name, fill === undefined ? randomTensor(info, dims, random) : filledTensor(info, dims, fill)];
      }),
    );
  };
  inputsOf(0); // an input that cannot be generated is an error now, not in the middle of a run
  return createDataset({
    kind: 'synthetic',
    description: `${count} generated samples`,
    count,
    hasLabels: false,
    notes: [],
    inputNames: inputs.map(({ name }) => name),
    nameOf: (index) => `generated[${index}]`,
    labelOf: () => 0,
    contentOf: (index) => ({ inputs: inputsOf(index) }),
  });
}

/** A tensor of one repeated value. Throws `bad-option` when the input's type cannot hold it. */
export function filledTensor(info: TensorInfo, dims: readonly number[], value: number): TensorValue {
  const { type, length } = checkTensor(info, dims);
  if (type === 'string') return { type, dims, data: Array.from({ length }, () => String(value)) };
  const cast = castExactly([value], type);
  if ('refused' in cast) {
    throw new PressError(
      'bad-option',
      `${value} is not a value of input "${info.name}", which is ${type}. Correct --fill or inputs.json.`,
      { input: info.name, value },
    );
  }
  const data = allocateData(type, length);
  // Both were allocated for the same type.
  (data as Float32Array).fill((cast.data as Float32Array)[0] ?? 0);
  return { type, dims, data };
}

function randomTensor(info: TensorInfo, dims: readonly number[], random: Random): TensorValue {
  const { type, length } = checkTensor(info, dims);
  if (type === 'string') return { type, dims, data: Array.from({ length }, () => '') };
  const data = allocateData(type, length);
  for (let i = 0; i < length; i++) {
    if (data instanceof BigInt64Array || data instanceof BigUint64Array) data[i] = BigInt(random.int(2));
    else data[i] = randomValue(type, random);
  }
  return { type, dims, data };
}

function randomValue(type: TensorElementType, random: Random): number {
  if (type === 'bool') return 1;
  if (type === 'float16') return toFloat16(random.normal());
  if (type === 'float32' || type === 'float64') return random.normal();
  return random.int(type === 'uint8' ? 256 : 2);
}

function checkTensor(info: TensorInfo, dims: readonly number[]): { type: TensorElementType; length: number } {
  const length = dims.reduce((product, dim) => product * dim, 1);
  if (info.type === 'unknown') {
    throw new PressError('bad-input', `Input "${info.name}" has a type that cannot be generated. Give data.`, {
      input: info.name,
    });
  }
  if (length <= MAX_ELEMENTS) return { type: info.type, length };
  throw new PressError(
    'bad-option',
    `Input "${info.name}" of ${dims.join('x')} is too large. Give a smaller --shape.`,
    {
      input: info.name,
    },
  );
}
