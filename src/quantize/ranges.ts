import type { CalibrationMethod } from '../protocol';
import type { Histogram, TensorStatistics } from './observer';

/** The values that a quantized tensor can represent: low <= 0 <= high. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/** The share of values that percentile calibration keeps on either side of the middle. */
const PERCENTILE = 0.9999;
/** Bins of the distribution that entropy calibration compares (TensorRT's published procedure uses the same number). */
const ENTROPY_BINS = 2048;
/** Clipping limits that entropy and MSE try, and the smallest share of the full range among them. */
const CANDIDATES = 128;
const SMALLEST_SHARE = 0.1;

/** Chooses the range of a tensor from its statistics. `levels` is the number of quantized values (256 for int8). */
export function chooseRange(statistics: TensorStatistics, method: CalibrationMethod, levels: number): Range {
  const full = includeZero({ low: statistics.min, high: statistics.max });
  const { histogram } = statistics;
  switch (method) {
    case 'minmax':
      return full;
    case 'moving-average':
      return includeZero({ low: statistics.averageMin, high: statistics.averageMax });
    case 'percentile':
      return histogram ? within(percentileRange(histogram, PERCENTILE), full) : full;
    case 'entropy':
      return histogram ? within(entropyRange(histogram, full, levels), full) : full;
    case 'mse':
      return histogram ? within(mseRange(histogram, full, levels), full) : full;
  }
}

/** The range between the quantiles 1 - p and p; each side is cut on its own. */
export function percentileRange(histogram: Histogram, p: number): Range {
  const { low, high, counts } = histogram;
  const width = (high - low) / counts.length;
  const total = counts.reduce((sum, count) => sum + count, 0);
  const cut = (1 - p) * total;
  let below = 0;
  let first = 0;
  while (first < counts.length - 1 && below + (counts[first] as number) <= cut) below += counts[first++] as number;
  let above = 0;
  let last = counts.length - 1;
  while (last > 0 && above + (counts[last] as number) <= cut) above += counts[last--] as number;
  return includeZero({ low: low + first * width, high: low + (last + 1) * width });
}

/**
 * The clipping limits whose quantized distribution diverges least from the real one (Kullback-Leibler over 2,048 bins).
 * The outliers of a limit are counted at the limit in the reference, and not in the candidate, as the method requires.
 * The spike at zero that Relu leaves is levelled: zero is represented exactly whatever the limits are, but would look
 * like a loss wherever a level is wider than a bin, and so draw the limits together.
 */
export function entropyRange(histogram: Histogram, full: Range, levels: number): Range {
  const distribution = rebin(levelZero(histogram), full, ENTROPY_BINS);
  return search(full, (range) => divergence(distribution, full, range, levels));
}

/** The clipping limits with the least expected squared error of rounding and clipping. */
export function mseRange(histogram: Histogram, full: Range, levels: number): Range {
  return search(full, (range) => expectedSquaredError(histogram, range, levels));
}

/**
 * The mean squared error of quantizing the values of a histogram to `levels` steps over `range`, the values of a bin
 * taken as spread evenly over it: right for bins of any width, also those that are no fraction of a step. The steps
 * lie as the quantized tensor's will, with one of them on zero, which may shift the range by up to half a step.
 */
export function expectedSquaredError(histogram: Histogram, range: Range, levels: number): number {
  const { low, high, counts } = histogram;
  const width = (high - low) / counts.length;
  const step = (range.high - range.low) / (levels - 1);
  if (!(step > 0)) return Infinity;
  const shiftedLow = Math.round(range.low / step) * step;
  const shifted = { low: shiftedLow, high: shiftedLow + (levels - 1) * step };
  let error = 0;
  let total = 0;
  let before = 0;
  let isKnown = false; // whether `before` belongs to this bin
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i] as number;
    if (count === 0) {
      isKnown = false;
      continue;
    }
    if (!isKnown) before = summedError(low + i * width, shifted, step);
    const after = summedError(low + (i + 1) * width, shifted, step);
    error += count * (after - before);
    total += count;
    before = after;
    isKnown = true;
  }
  return error / width / total;
}

/** The integral of the squared error of clipping and rounding, from the low end of the range to `value`. */
function summedError(value: number, range: Range, step: number): number {
  // Products instead of powers: this is the innermost loop of calibration.
  const below = value - range.low;
  if (below < 0) return (below * below * below) / 3;
  const above = value - range.high;
  const inside = (above > 0 ? range.high - range.low : below) / step;
  const nearest = Math.floor(inside + 0.5);
  const offset = inside - nearest;
  const rounding = (nearest / 12 + (offset * offset * offset) / 3) * step * step * step;
  return above > 0 ? rounding + (above * above * above) / 3 : rounding;
}

/** Tries clipping limits on both sides: first together, then each side on its own around the best. */
function search(full: Range, cost: (range: Range) => number): Range {
  let best = full;
  let bestCost = cost(full);
  const consider = (range: Range): void => {
    const value = cost(range);
    if (value < bestCost) {
      best = range;
      bestCost = value;
    }
  };
  const largest = Math.max(-full.low, full.high);
  const share = (i: number): number => SMALLEST_SHARE + ((1 - SMALLEST_SHARE) * i) / CANDIDATES;
  for (let i = 0; i < CANDIDATES; i++) {
    const limit = largest * share(i);
    consider({ low: Math.max(full.low, -limit), high: Math.min(full.high, limit) });
  }
  if (full.low < 0 && full.high > 0) {
    for (let i = 0; i < CANDIDATES; i++) consider({ low: full.low * share(i), high: best.high });
    for (let i = 0; i < CANDIDATES; i++) consider({ low: best.low, high: full.high * share(i) });
  }
  return best;
}

function divergence(distribution: Float64Array, full: Range, range: Range, levels: number): number {
  const width = (full.high - full.low) / distribution.length;
  const first = Math.max(0, Math.round((range.low - full.low) / width));
  const last = Math.min(distribution.length, Math.round((range.high - full.low) / width));
  const size = last - first;
  // With fewer bins than levels nothing is rounded, and the divergence would only see the outliers.
  if (size < levels) return Infinity;
  const reference = distribution.slice(first, last);
  for (let i = 0; i < first; i++) add(reference, 0, distribution[i] as number);
  for (let i = last; i < distribution.length; i++) add(reference, size - 1, distribution[i] as number);
  // The candidate: the bins that fall on one level share its count, where they have any.
  const candidate = new Float64Array(size);
  for (let level = 0; level < levels; level++) {
    const start = Math.floor((level * size) / levels);
    const end = Math.floor(((level + 1) * size) / levels);
    let sum = 0;
    let filled = 0;
    for (let i = start; i < end; i++) {
      const count = distribution[first + i] as number;
      sum += count;
      if ((reference[i] as number) > 0) filled++;
    }
    for (let i = start; i < end; i++) if ((reference[i] as number) > 0) candidate[i] = sum / filled;
  }
  const referenceTotal = reference.reduce((sum, value) => sum + value, 0);
  const candidateTotal = candidate.reduce((sum, value) => sum + value, 0);
  if (referenceTotal === 0 || candidateTotal === 0) return Infinity;
  let result = 0;
  for (let i = 0; i < size; i++) {
    const p = (reference[i] as number) / referenceTotal;
    if (p === 0) continue;
    const q = Math.max((candidate[i] as number) / candidateTotal, 1e-12);
    result += p * Math.log(p / q);
  }
  return result;
}

/** The histogram with no more values in the bin of zero than in the fuller of its neighbours. */
function levelZero(histogram: Histogram): Histogram {
  const { low, high, counts } = histogram;
  const zero = Math.min(counts.length - 1, Math.floor((-low * counts.length) / (high - low)));
  const levelled = counts.slice();
  levelled[zero] = Math.min(counts[zero] as number, Math.max(counts[zero - 1] ?? 0, counts[zero + 1] ?? 0));
  return { low, high, counts: levelled };
}

/** Distributes the counts of a histogram over `bins` equal bins of `range`. */
function rebin(histogram: Histogram, range: Range, bins: number): Float64Array {
  const result = new Float64Array(bins);
  const width = (histogram.high - histogram.low) / histogram.counts.length;
  const perBin = bins / (range.high - range.low);
  histogram.counts.forEach((count, i) => {
    if (count === 0) return;
    const bin = Math.floor((histogram.low + (i + 0.5) * width - range.low) * perBin);
    add(result, Math.min(bins - 1, Math.max(0, bin)), count);
  });
  return result;
}

function add(array: Float64Array, index: number, value: number): void {
  array[index] = (array[index] as number) + value;
}

function includeZero(range: Range): Range {
  return { low: Math.min(range.low, 0), high: Math.max(range.high, 0) };
}

function within(range: Range, full: Range): Range {
  return { low: Math.max(range.low, full.low), high: Math.min(range.high, full.high) };
}
