import type { TensorValue } from '../onnx/tensorValue';
import { isFloatType, plainNumbers } from './numbers';

/** How many elements of a tensor are infinite or not a number; 0 for types that hold no such value. */
export function countNonFinite(value: TensorValue): number {
  if (!isFloatType(value.type)) return 0;
  const numbers = plainNumbers(value) ?? [];
  let count = 0;
  for (let i = 0; i < numbers.length; i++) if (!Number.isFinite(numbers[i])) count++;
  return count;
}
