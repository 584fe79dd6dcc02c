import type { TensorMap, TensorValue } from '../onnx/tensorValue';
import { isFloatType, plainNumbers } from './numbers';

/** How many elements of a tensor are infinite or not a number; 0 for types that hold no such value. */
export function countNonFinite(value: TensorValue): number {
  if (!isFloatType(value.type)) return 0;
  const numbers = plainNumbers(value) ?? [];
  let count = 0;
  for (let i = 0; i < numbers.length; i++) if (!Number.isFinite(numbers[i])) count++;
  return count;
}

/** Names of the outputs that hold an infinite or undefined number, in order. */
export function nonFiniteOutputs(outputs: TensorMap): string[] {
  return Object.keys(outputs).filter((name) => {
    const value = outputs[name];
    return value !== undefined && countNonFinite(value) > 0;
  });
}
