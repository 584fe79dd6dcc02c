/** Bins of a histogram. Its range at most quadruples the data's, so at least 2,048 bins cover the data. */
export const HISTOGRAM_BINS = 8192;
/** Weight of a new batch in the moving average of minimum and maximum. */
const MOVING_AVERAGE_WEIGHT = 0.1;

/** Counts of values in equal bins over [low, high). */
export interface Histogram {
  readonly low: number;
  readonly high: number;
  readonly counts: Float64Array;
}

/** What is known about the values of one tensor after calibration. */
export interface TensorStatistics {
  readonly min: number;
  readonly max: number;
  readonly averageMin: number;
  readonly averageMax: number;
  readonly count: number;
  readonly nonFinite: number;
  readonly histogram?: Histogram;
  /** Mean of each channel along the axis that was asked for. */
  readonly channelMeans?: Float64Array;
}

/** What an observer collects besides the extremes. */
export interface ObserverOptions {
  readonly histogram?: boolean;
  /** Axis of the channel means; negative counts from the end. */
  readonly meanAxis?: number;
}

/**
 * Collects the statistics of one tensor over any number of batches in constant memory and one pass: when a value falls
 * outside the histogram, its range doubles and neighbouring bins merge, so that no count is ever lost or misplaced.
 */
export class TensorObserver {
  private min = Infinity;
  private max = -Infinity;
  private averageMin: number | undefined;
  private averageMax: number | undefined;
  private count = 0;
  private nonFinite = 0;
  private low = 0;
  private high = 0;
  private counts: Float64Array | undefined;
  private sums: Float64Array | undefined;
  private countPerChannel = 0;

  constructor(private readonly options: ObserverOptions = {}) {}

  /** Adds one batch of values in row-major order. */
  observe(data: Float32Array, dims: readonly number[]): void {
    let min = Infinity;
    let max = -Infinity;
    let finite = 0;
    for (let i = 0; i < data.length; i++) {
      const value = data[i] as number;
      // NaN and the infinities fail one of the two comparisons.
      if (value - value === 0) finite++;
      else continue;
      if (value < min) min = value;
      if (value > max) max = value;
    }
    this.nonFinite += data.length - finite;
    if (finite === 0) return;
    this.count += finite;
    this.min = Math.min(this.min, min);
    this.max = Math.max(this.max, max);
    this.averageMin = average(this.averageMin, min);
    this.averageMax = average(this.averageMax, max);
    if (this.options.histogram) this.addToHistogram(data, min, max, finite === data.length);
    // One NaN would make the mean of its channel NaN for good.
    if (this.options.meanAxis !== undefined && finite === data.length)
      this.addToMeans(data, dims, this.options.meanAxis);
  }

  statistics(): TensorStatistics {
    const { sums, countPerChannel } = this;
    return {
      min: this.count > 0 ? this.min : 0,
      max: this.count > 0 ? this.max : 0,
      averageMin: this.averageMin ?? 0,
      averageMax: this.averageMax ?? 0,
      count: this.count,
      nonFinite: this.nonFinite,
      ...(this.counts ? { histogram: { low: this.low, high: this.high, counts: this.counts } } : {}),
      ...(sums ? { channelMeans: sums.map((sum) => sum / countPerChannel) } : {}),
    };
  }

  private addToHistogram(data: Float32Array, min: number, max: number, allFinite: boolean): void {
    const counts = this.prepareHistogram(min, max);
    const { low } = this;
    const perBin = HISTOGRAM_BINS / (this.high - low);
    for (let i = 0; i < data.length; i++) {
      const value = data[i] as number;
      if (!allFinite && value - value !== 0) continue;
      const bin = ((value - low) * perBin) | 0;
      // Rounding can place the very largest value one past the end.
      const index = bin < HISTOGRAM_BINS ? bin : HISTOGRAM_BINS - 1;
      counts[index] = (counts[index] as number) + 1;
    }
  }

  private prepareHistogram(min: number, max: number): Float64Array {
    if (!this.counts) {
      this.counts = new Float64Array(HISTOGRAM_BINS);
      this.low = Math.min(min, 0);
      this.high = Math.max(max, 0);
      // A constant zero tensor still needs a range.
      if (this.high - this.low < 1e-30) this.high = this.low + 1e-30;
      // A little room above, since bins are half open.
      this.high += (this.high - this.low) / HISTOGRAM_BINS;
    }
    while (max >= this.high) this.doubleRange('up');
    while (min < this.low) this.doubleRange('down');
    return this.counts;
  }

  private doubleRange(direction: 'up' | 'down'): void {
    const counts = this.counts as Float64Array; // only called once they exist
    const merged = new Float64Array(HISTOGRAM_BINS);
    const offset = direction === 'up' ? 0 : HISTOGRAM_BINS / 2;
    for (let i = 0; i < HISTOGRAM_BINS / 2; i++)
      merged[offset + i] = (counts[2 * i] as number) + (counts[2 * i + 1] as number);
    this.counts = merged;
    const width = this.high - this.low;
    if (direction === 'up') this.high += width;
    else this.low -= width;
  }

  private addToMeans(data: Float32Array, dims: readonly number[], axis: number): void {
    const at = axis < 0 ? dims.length + axis : axis;
    const channels = dims[at];
    if (channels === undefined || data.length === 0) return;
    const inner = dims.slice(at + 1).reduce((product, dim) => product * dim, 1);
    const outer = data.length / (channels * inner);
    if (this.sums?.length !== channels) {
      this.sums = new Float64Array(channels);
      this.countPerChannel = 0;
    }
    this.countPerChannel += outer * inner;
    let position = 0;
    for (let o = 0; o < outer; o++) {
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let end = position + inner; position < end; position++) sum += data[position] as number;
        this.sums[c] = (this.sums[c] as number) + sum;
      }
    }
  }
}

function average(previous: number | undefined, value: number): number {
  return previous === undefined ? value : previous + MOVING_AVERAGE_WEIGHT * (value - previous);
}
