import type { PlainNumbers } from '../evaluate/numbers';
import type { DistributionResult, ValueDistribution } from '../protocol';

/** Bins that are shown: a chart is some hundred pixels wide. */
const BINS = 96;
/** The ratio is reported within this, as of outputs. */
const MAX_SQNR_DB = 200;

/** What is known of the values of one model. */
interface Side {
  minimum: number;
  maximum: number;
  sum: number;
  squares: number;
  values: number;
  nonFinite: number;
  readonly counts: number[];
}

/** Counts the values of one tensor in two models: first their range, then how many lie in each bin of it. */
export class ValueTally {
  readonly #before = createSide();
  readonly #after = createSide();
  #signal = 0;
  #noise = 0;
  /** Values of one model that the other has no counterpart of. */
  #isComparable = true;

  /** First pass: range, mean, spread and the difference of the two models on one sample. */
  see(before: PlainNumbers, after: PlainNumbers): void {
    seeSide(this.#before, before);
    seeSide(this.#after, after);
    if (before.length !== after.length) {
      this.#isComparable = false;
      return;
    }
    for (let i = 0; i < before.length; i++) {
      const expected = before[i] as number; // within its length
      const error = (after[i] as number) - expected; // of the same length
      if (!Number.isFinite(error)) continue;
      this.#signal += expected * expected;
      this.#noise += error * error;
    }
  }

  /** Second pass: bins; the same samples as in the first one. */
  count(before: PlainNumbers, after: PlainNumbers): void {
    const { low, high } = this.#domain();
    countSide(this.#before.counts, before, low, high);
    countSide(this.#after.counts, after, low, high);
  }

  result(): Pick<DistributionResult, 'before' | 'after' | 'sqnrDb'> {
    const domain = this.#domain();
    return {
      before: describe(this.#before, domain),
      after: describe(this.#after, domain),
      sqnrDb: this.#sqnrDb(),
    };
  }

  #sqnrDb(): number | null {
    if (!this.#isComparable) return -MAX_SQNR_DB;
    if (this.#noise === 0) return null;
    const db = 10 * Math.log10(this.#signal / this.#noise);
    return Math.min(MAX_SQNR_DB, Math.max(-MAX_SQNR_DB, db));
  }

  #domain(): { low: number; high: number } {
    const low = Math.min(this.#before.minimum, this.#after.minimum);
    const high = Math.max(this.#before.maximum, this.#after.maximum);
    if (low > high) return { low: 0, high: 1 };
    // One value only: a bin around it.
    return low === high ? { low: low - 0.5, high: high + 0.5 } : { low, high };
  }
}

function createSide(): Side {
  return {
    minimum: Infinity,
    maximum: -Infinity,
    sum: 0,
    squares: 0,
    values: 0,
    nonFinite: 0,
    counts: Array.from({ length: BINS }, () => 0),
  };
}

function seeSide(side: Side, numbers: PlainNumbers): void {
  for (let i = 0; i < numbers.length; i++) {
    const value = numbers[i] as number; // within its length
    if (!Number.isFinite(value)) {
      side.nonFinite++;
      continue;
    }
    if (value < side.minimum) side.minimum = value;
    if (value > side.maximum) side.maximum = value;
    side.sum += value;
    side.squares += value * value;
    side.values++;
  }
}

function countSide(counts: number[], numbers: PlainNumbers, low: number, high: number): void {
  const scale = BINS / (high - low);
  for (let i = 0; i < numbers.length; i++) {
    const value = numbers[i] as number; // within its length
    if (!Number.isFinite(value)) continue;
    const bin = Math.min(BINS - 1, Math.max(0, Math.floor((value - low) * scale)));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
}

function describe(side: Side, { low, high }: { low: number; high: number }): ValueDistribution {
  const { values, nonFinite, counts } = side;
  const mean = values === 0 ? 0 : side.sum / values;
  return {
    minimum: values === 0 ? 0 : side.minimum,
    maximum: values === 0 ? 0 : side.maximum,
    mean,
    standardDeviation: values === 0 ? 0 : Math.sqrt(Math.max(0, side.squares / values - mean * mean)),
    nonFinite,
    histogram: { low, high, counts: [...counts] },
  };
}
