import type { TensorValue } from '../onnx/tensorValue';
import type { Estimate, OutputFidelity } from '../protocol';
import { createSumBootstrap } from './bootstrap';
import { isFloatType, plainNumbers } from './numbers';

/** Sums up how one output of two models differs, run by run, in constant memory. */
export interface FidelityMeter {
  /** Adds a run of `samples` samples, one a row where the first dimension says so. Different shapes are counted, not compared. */
  add(before: TensorValue, after: TensorValue, samples?: number): void;
  /** What the runs so far say; a meter without any run reports identical outputs. `seed` is that of the intervals. */
  result(seed?: number): OutputFidelity;
}

/** Ratios beyond this are noise of the arithmetic or cannot be written in JSON. */
const SQNR_LIMIT_DB = 200;
/** Sums of a sample: squares of one model, of the other, their product, squares of the difference. */
const FIELDS = 4;

/** Creates a meter for the output that reports call `output`. */
export function createFidelityMeter(output: string): FidelityMeter {
  const sums = createSumBootstrap(FIELDS);
  let maxAbsError = 0;
  let elementCount = 0;
  let equalCount = 0;
  let shapeChanges = 0;
  let oneSided = 0;
  let isFloat = true;
  let isText = false;

  const addNumbers = (before: ArrayLike<number>, after: ArrayLike<number>, start: number, end: number): void => {
    let signal = 0;
    let other = 0;
    let product = 0;
    let noise = 0;
    for (let i = start; i < end; i++) {
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
    sums.add([signal, other, product, noise]);
  };

  return {
    add(before, after, samples = 1) {
      if (before.dims.length !== after.dims.length || before.dims.some((dim, axis) => dim !== after.dims[axis])) {
        shapeChanges++;
        return;
      }
      isFloat &&= isFloatType(before.type);
      elementCount += before.data.length;
      const numbersBefore = plainNumbers(before);
      const numbersAfter = plainNumbers(after);
      if (numbersBefore && numbersAfter) {
        const rows = before.dims[0] === samples ? samples : 1;
        const length = numbersBefore.length / rows;
        for (let row = 0; row < rows; row++) {
          addNumbers(numbersBefore, numbersAfter, row * length, (row + 1) * length);
        }
        return;
      }
      isText = true;
      for (let i = 0; i < before.data.length; i++) if (before.data[i] === after.data[i]) equalCount++;
    },
    result(seed = 0) {
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
      const [ratio, similarity] = sums.estimates([decibels, cosine], seed) as [Estimate, Estimate]; // one each
      // One sample does not tell how far another one would be.
      const hasInterval = !isIdentical && isComparable && sums.count > 1;
      return {
        ...shared,
        sqnrDb: isIdentical ? null : isComparable ? ratio.value : -SQNR_LIMIT_DB,
        cosine: similarity.value,
        ...(hasInterval
          ? { sqnrInterval: [ratio.low, ratio.high], cosineInterval: [similarity.low, similarity.high] }
          : {}),
        maxAbsError,
      };
    },
  };
}

/** Of the sums of squares of signal and noise. */
function decibels([signal = 0, , , noise = 0]: Float64Array): number {
  const ratio = 10 * Math.log10(signal / noise);
  if (Number.isNaN(ratio)) return -SQNR_LIMIT_DB;
  return Math.min(SQNR_LIMIT_DB, Math.max(-SQNR_LIMIT_DB, ratio));
}

function cosine([first = 0, second = 0, product = 0]: Float64Array): number {
  if (first === 0 && second === 0) return 1;
  if (first === 0 || second === 0) return 0;
  return Math.min(1, Math.max(-1, product / Math.sqrt(first) / Math.sqrt(second)));
}
