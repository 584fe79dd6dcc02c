import type { TensorElementType, TensorInfo, TensorMap, TensorValue } from '../onnx/tensorValue';
import { toFloat16 } from '../util/float16';
import { PressError } from '../util/pressError';
import { isFloatType, plainNumbers } from './numbers';

/** An output of one model and the output of the other that it is compared with. */
export interface OutputPair {
  readonly before: string;
  readonly after: string;
}

/** Pairs outputs by name, or by position when no name is shared and there are equally many. */
export function pairOutputs(before: readonly TensorInfo[], after: readonly TensorInfo[]): OutputPair[] {
  const names = new Set(after.map((output) => output.name));
  const shared = before.filter((output) => names.has(output.name));
  if (shared.length > 0) return shared.map(({ name }) => ({ before: name, after: name }));
  if (before.length !== after.length) return [];
  return before.map(({ name }, i) => ({ before: name, after: after[i]?.name ?? name }));
}

/**
 * Makes the function that turns one model's feeds into another's: inputs are matched by name, else by position;
 * floating point is converted where the element types differ. Throws `bad-input` when the models take different things.
 */
export function pairInputs(
  before: readonly TensorInfo[],
  after: readonly TensorInfo[],
): (feeds: TensorMap) => TensorMap {
  const names = new Set(before.map((input) => input.name));
  const byName = after.every((input) => names.has(input.name));
  if (!byName && before.length !== after.length) throw differentInputs(before, after);
  const plan = after.map((input, i) => {
    const source = byName ? before.find(({ name }) => name === input.name) : before[i];
    if (!source || !isCompatible(source, input)) throw differentInputs(before, after);
    return { source: source.name, target: input.name, type: input.type };
  });
  return (feeds) => {
    const result: Record<string, TensorValue> = {};
    for (const { source, target, type } of plan) {
      const value = feeds[source];
      if (value) result[target] = convertFloat(value, type);
    }
    return result;
  };
}

function isCompatible(before: TensorInfo, after: TensorInfo): boolean {
  const isSameType = before.type === after.type || (isFloatType(before.type) && isFloatType(after.type));
  if (!isSameType || before.dims.length !== after.dims.length) return false;
  return before.dims.every((dim, axis) => {
    const other = after.dims[axis];
    return typeof dim !== 'number' || typeof other !== 'number' || dim === other;
  });
}

function convertFloat(value: TensorValue, type: TensorElementType | 'unknown'): TensorValue {
  if (value.type === type || !isFloatType(type)) return value;
  const numbers = plainNumbers(value) ?? new Float32Array(0);
  const { dims } = value;
  if (type === 'float16') return { type, dims, data: Uint16Array.from(numbers, toFloat16) };
  if (type === 'float64') return { type, dims, data: Float64Array.from(numbers) };
  return { type: 'float32', dims, data: Float32Array.from(numbers) };
}

function differentInputs(before: readonly TensorInfo[], after: readonly TensorInfo[]): PressError {
  const describe = (inputs: readonly TensorInfo[]): string =>
    inputs.map(({ name, type, dims }) => `${name} ${type}[${dims.map((dim) => dim ?? '?').join(',')}]`).join(', ') ||
    'nothing';
  return new PressError(
    'bad-input',
    `The two models take different inputs (${describe(before)}; ${describe(after)}). ` +
      'Compare models that take the same inputs.',
    { before: before.map(({ name }) => name), after: after.map(({ name }) => name) },
  );
}
