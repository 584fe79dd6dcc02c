import type { TensorElementType, TensorInfo, TensorValue } from '../onnx/tensorValue';
import { castExactly } from './castNumbers';
import type { PressError } from '../util/pressError';
import { badDataset, formatShape } from './errors';

/**
 * Turns a number, string, boolean or nested array into the tensor of an input. A value with one axis less than the
 * input gets a batch dimension of 1. Throws `bad-dataset` for ragged arrays, wrong shapes and values out of range.
 */
export function jsonTensor(value: unknown, info: TensorInfo, where: string): TensorValue {
  const problem = (what: string): PressError =>
    badDataset(
      where,
      `has a wrong "${info.name}": ${what}. Input "${info.name}" is ${info.type} ${formatShape(info.dims)}.`,
      {
        input: info.name,
      },
    );
  if (value === undefined) throw problem('it is missing');
  const { type } = info;
  if (type === 'unknown') throw problem('its type cannot be fed');
  const shape: number[] = [];
  const rank = info.dims.length;
  for (let inner: unknown = value; Array.isArray(inner) && shape.length <= rank; inner = (inner as unknown[])[0]) {
    shape.push(inner.length);
  }
  const dims = shape.length === rank - 1 ? [1, ...shape] : shape;
  const fits = dims.length === rank && info.dims.every((dim, axis) => fitsDim(dim, dims[axis] ?? 0, axis));
  if (!fits) throw problem(`its shape is ${formatShape(shape)}`);
  const flat: unknown[] = [];
  if (!flatten(value, shape, 0, flat)) throw problem('its nested arrays differ in length or depth');
  return { type, dims, data: convert(flat, type, problem) };
}

/** A fixed batch larger than 1 is made by whoever joins samples, so a sample may have 1 there. */
function fitsDim(dim: number | string | null, size: number, axis: number): boolean {
  return typeof dim !== 'number' || dim === size || (axis === 0 && size === 1);
}

function convert(
  flat: readonly unknown[],
  type: TensorElementType,
  problem: (what: string) => PressError,
): TensorValue['data'] {
  if (type === 'string') {
    const wrong = flat.find((value) => typeof value !== 'string');
    if (wrong !== undefined) throw problem(`${JSON.stringify(wrong)} is not a string`);
    return flat as readonly string[]; // just checked
  }
  const numbers = flat.map((value) => {
    if (typeof value === 'boolean') return Number(value);
    if (typeof value === 'number') return value;
    throw problem(`${JSON.stringify(value)} is not a number`);
  });
  const cast = castExactly(numbers, type);
  if ('data' in cast) return cast.data;
  throw problem(`${cast.refused} is not a value of type ${type}`);
}

function flatten(value: unknown, shape: readonly number[], axis: number, flat: unknown[]): boolean {
  if (axis === shape.length) {
    flat.push(value);
    return !Array.isArray(value);
  }
  if (!Array.isArray(value) || value.length !== shape[axis]) return false;
  return value.every((inner: unknown) => flatten(inner, shape, axis + 1, flat));
}
