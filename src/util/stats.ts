/** A median with its interquartile range. */
export interface Spread {
  readonly median: number;
  /** First quartile. */
  readonly low: number;
  /** Third quartile. */
  readonly high: number;
}

/** A proportion with its 95 % Wilson interval; all three in 0..1. */
export interface Proportion {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** How many it was counted on. */
  readonly count: number;
}

/** The 0.975 quantile of the standard normal distribution: a two-sided 95 % interval. */
const Z_95 = 1.959963984540054;
/** Up to so many discordant pairs the exact McNemar test is used; beyond, the sum of terms is no longer worth it. */
const EXACT_MCNEMAR_PAIRS = 10_000;

/**
 * The quantile at `share` (0..1) of values in any order, interpolated linearly between neighbours (type 7 of Hyndman
 * and Fan, Sample Quantiles in Statistical Packages, 1996). NaN for no values.
 */
export function quantile(values: ArrayLike<number>, share: number): number {
  return quantileOfSorted(Float64Array.from(values).sort(), share);
}

/** The middle value, or the mean of the two middle ones. NaN for no values. */
export function median(values: ArrayLike<number>): number {
  return quantile(values, 0.5);
}

/** Median and quartiles of values in any order. */
export function spreadOf(values: ArrayLike<number>): Spread {
  const sorted = Float64Array.from(values).sort();
  return {
    median: quantileOfSorted(sorted, 0.5),
    low: quantileOfSorted(sorted, 0.25),
    high: quantileOfSorted(sorted, 0.75),
  };
}

/**
 * `hits` of `count` with the 95 % score interval (Wilson, Probable Inference, the Law of Succession, and Statistical
 * Inference, 1927). Nothing counted says nothing: 0 in 0..1.
 */
export function proportionOf(hits: number, count: number): Proportion {
  if (count === 0) return { value: 0, low: 0, high: 1, count };
  const value = hits / count;
  const z2 = Z_95 * Z_95;
  const center = (value + z2 / (2 * count)) / (1 + z2 / count);
  const half = (Z_95 / (1 + z2 / count)) * Math.sqrt((value * (1 - value)) / count + z2 / (4 * count * count));
  // At the ends the bound is exactly 0 or 1; only rounding would say otherwise.
  return {
    value,
    low: hits === 0 ? 0 : Math.max(0, center - half),
    high: hits === count ? 1 : Math.min(1, center + half),
    count,
  };
}

/**
 * Two-sided p-value of McNemar's test (Note on the Sampling Error of the Difference between Correlated Proportions,
 * 1947) from the two discordant counts: samples that only the first got right, and that only the second did.
 * Exact binomial, or chi-square with continuity correction where the counts are large. 1 when nothing differs.
 */
export function mcnemarPValue(onlyFirst: number, onlySecond: number): number {
  const pairs = onlyFirst + onlySecond;
  if (pairs === 0) return 1;
  if (pairs > EXACT_MCNEMAR_PAIRS) {
    const difference = Math.max(0, Math.abs(onlyFirst - onlySecond) - 1);
    return normalTail(difference / Math.sqrt(pairs)) * 2;
  }
  return Math.min(1, 2 * binomialTail(Math.min(onlyFirst, onlySecond), pairs));
}

/** The chance of a standard normal value above `z`, for `z` >= 0. */
export function normalTail(z: number): number {
  return 0.5 * complementaryError(z / Math.SQRT2);
}

/** P(X <= most) of a fair binomial over `count` trials, summed from the largest term down. */
function binomialTail(most: number, count: number): number {
  let logTerm = -count * Math.LN2;
  for (let k = 1; k <= most; k++) logTerm += Math.log(count - k + 1) - Math.log(k);
  let term = 1;
  let sum = 1;
  for (let k = most; k > 0 && term > sum * Number.EPSILON; k--) {
    term *= k / (count - k + 1);
    sum += term;
  }
  return Math.exp(logTerm) * sum;
}

/** erfc(x) for x >= 0: its series near zero, its continued fraction beyond. Relative error below 1e-12. */
function complementaryError(x: number): number {
  if (x < 2) {
    let term = x;
    let sum = x;
    for (let n = 1; Math.abs(term) > sum * Number.EPSILON; n++) {
      term *= (-x * x) / n;
      sum += term / (2 * n + 1);
    }
    return 1 - (2 / Math.sqrt(Math.PI)) * sum;
  }
  let fraction = 0;
  for (let n = 80; n > 0; n--) fraction = n / 2 / (x + fraction);
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / (x + fraction);
}

function quantileOfSorted(sorted: Float64Array, share: number): number {
  if (sorted.length === 0) return NaN;
  const position = (sorted.length - 1) * Math.min(1, Math.max(0, share));
  const below = Math.floor(position);
  const low = sorted[below] ?? NaN;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] ?? NaN;
  // Equal neighbours are returned as they are: interpolating infinities would give NaN.
  return low === high ? low : low + (high - low) * (position - below);
}
