import type { TensorValue } from '../onnx/tensorValue';
import type { OutputFidelity } from '../protocol';
import { isFloatType, plainNumbers } from './numbers';

/** Sums up how one output of two models differs, run by run, in constant memory. */
export interface FidelityMeter {
  /** Adds one run. Different shapes are counted, not compared. */
  add(before: TensorValue, after: TensorValue): void;
  /** What the runs so far say; a meter without any run reports identical outputs. */
  result(): OutputFidelity;
}

/** Ratios beyond this are noise of the arithmetic or cannot be written in JSON. */
const SQNR_LIMIT_DB = 200;

/** Creates a meter for the output that reports call `output`. */
export function createFidelityMeter(output: string): FidelityMeter {
  let signal = 0;
  let other = 0;
  let product = 0;
  let noise = 0;
  let maxAbsError = 0;
  let elementCount = 0;
  let equalCount = 0;
  let shapeChanges = 0;
  let oneSided = 0;
  let isFloat = true;
  let isText = false;

  const addNumbers = (before: ArrayLike<number>, after: ArrayLike<number>): void => {
    for (let i = 0; i < before.length; i++) {
      const a = before[i] ?? 0;
      const b = after[i] ?? 0;
      const error = b - a;
      // Finite on both sides; any NaN or infinity makes the difference NaN or infinite.
      if (error - error === 0) {
        signal += a * a;
        other += b * b;
        product += a * b;
        noise += error * error;
        if (error === 0) equalCount++;
        else if (Math.abs(error) > maxAbsError) maxAbsError = Math.abs(error);
      } else if (Object.is(a, b)) {
        equalCount++;
      } else {
        oneSided++;
      }
    }
  };

  return {
    add(before, after) {
      if (before.dims.length !== after.dims.length || before.dims.some((dim, axis) => dim !== after.dims[axis])) {
        shapeChanges++;
        return;
      }
      isFloat &&= isFloatType(before.type);
      elementCount += before.data.length;
      const numbersBefore = plainNumbers(before);
      const numbersAfter = plainNumbers(after);
      if (numbersBefore && numbersAfter) {
        addNumbers(numbersBefore, numbersAfter);
        return;
      }
      isText = true;
      for (let i = 0; i < before.data.length; i++) if (before.data[i] === after.data[i]) equalCount++;
    },
    result() {
      const equalShare = elementCount === 0 ? 1 : equalCount / elementCount;
      const shared = {
        output,
        ...(isFloat ? {} : { equalShare }),
        ...(shapeChanges > 0 ? { shapeChanges } : {}),
      };
      const isIdentical = equalCount === elementCount && shapeChanges === 0;
      if (isText) {
        const differs = equalCount < elementCount;
        return {
          ...shared,
          sqnrDb: isIdentical ? null : -SQNR_LIMIT_DB,
          cosine: equalShare,
          maxAbsError: differs ? 1 : 0,
        };
      }
      const isComparable = oneSided === 0 && shapeChanges === 0;
      return {
        ...shared,
        sqnrDb: isIdentical ? null : isComparable ? decibels(signal, noise) : -SQNR_LIMIT_DB,
        cosine: cosine(product, signal, other),
        maxAbsError,
      };
    },
  };
}

function decibels(signal: number, noise: number): number {
  const ratio = 10 * Math.log10(signal / noise);
  if (Number.isNaN(ratio)) return -SQNR_LIMIT_DB;
  return Math.min(SQNR_LIMIT_DB, Math.max(-SQNR_LIMIT_DB, ratio));
}

function cosine(product: number, first: number, second: number): number {
  if (first === 0 && second === 0) return 1;
  if (first === 0 || second === 0) return 0;
  return Math.min(1, Math.max(-1, product / Math.sqrt(first) / Math.sqrt(second)));
}
