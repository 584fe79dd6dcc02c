/** Bins of a histogram. Its range at most quadruples the data's, so at least 2,048 bins cover the data. */
export const HISTOGRAM_BINS = 8192;
/** Weight of a new batch in the moving average of minimum and maximum. */
const MOVING_AVERAGE_WEIGHT = 0.1;
/**
 * Neighbouring values are counted in turn in so many histograms, which are added up afterwards: equal neighbours, such as
 * the zeros of Relu, would else wait for each other's count to be stored. Four times as fast as one histogram.
 */
const LANES = 4;
/** Counts of one batch; each lane has one bin more, for the value that rounding places one past the end. */
const LANE_LENGTH = HISTOGRAM_BINS + 1;
const lanes = new Int32Array(LANES * LANE_LENGTH);

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

/** What a batch of one tensor amounts to: all values finite, the means of every channel of every sample in order. */
export interface BatchSummary {
  readonly min: number;
  readonly max: number;
  /** Number of values. */
  readonly count: number;
  readonly channels: number;
  readonly means: Float32Array;
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
    this.addExtremes(min, max, finite);
    if (this.options.histogram) this.addToHistogram(data, min, max, finite === data.length);
    // One NaN would make the mean of its channel NaN for good.
    if (this.options.meanAxis !== undefined && finite === data.length)
      this.addToMeans(data, dims, this.options.meanAxis);
  }

  /** Adds one batch of finite values by its summary; `data` are the values themselves, for a histogram. */
  observeSummary(summary: BatchSummary, data?: Float32Array): void {
    const { min, max, means, channels, count } = summary;
    this.addExtremes(min, max, count);
    if (data && this.options.histogram) this.addToHistogram(data, min, max, true);
    if (this.options.meanAxis === undefined) return;
    const sums = this.sumsOf(channels);
    const perMean = count / means.length;
    this.countPerChannel += count / channels;
    for (let i = 0; i < means.length; i++)
      sums[i % channels] = (sums[i % channels] as number) + (means[i] as number) * perMean;
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

  private addExtremes(min: number, max: number, count: number): void {
    this.count += count;
    this.min = Math.min(this.min, min);
    this.max = Math.max(this.max, max);
    this.averageMin = average(this.averageMin, min);
    this.averageMax = average(this.averageMax, max);
  }

  private addToHistogram(data: Float32Array, min: number, max: number, allFinite: boolean): void {
    const counts = this.prepareHistogram(min, max);
    const { low } = this;
    const perBin = HISTOGRAM_BINS / (this.high - low);
    let start = 0;
    if (allFinite && data.length > HISTOGRAM_BINS) start = countInLanes(data, low, perBin, counts);
    for (let i = start; i < data.length; i++) {
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
    const sums = this.sumsOf(channels);
    this.countPerChannel += outer * inner;
    let position = 0;
    for (let o = 0; o < outer; o++) {
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let end = position + inner; position < end; position++) sum += data[position] as number;
        sums[c] = (sums[c] as number) + sum;
      }
    }
  }

  /** The sums by channel; begun anew should the number of channels change. */
  private sumsOf(channels: number): Float64Array {
    if (this.sums?.length !== channels) {
      this.sums = new Float64Array(channels);
      this.countPerChannel = 0;
    }
    return this.sums;
  }
}

function average(previous: number | undefined, value: number): number {
  return previous === undefined ? value : previous + MOVING_AVERAGE_WEIGHT * (value - previous);
}

/** Adds finite values within the histogram's range to its counts, and returns how many, a multiple of the lanes. */
function countInLanes(data: Float32Array, low: number, perBin: number, counts: Float64Array): number {
  lanes.fill(0);
  const end = data.length - (data.length % LANES);
  for (let i = 0; i < end; i += LANES) {
    const a = (((data[i] as number) - low) * perBin) | 0;
    const b = ((((data[i + 1] as number) - low) * perBin) | 0) + LANE_LENGTH;
    const c = ((((data[i + 2] as number) - low) * perBin) | 0) + 2 * LANE_LENGTH;
    const d = ((((data[i + 3] as number) - low) * perBin) | 0) + 3 * LANE_LENGTH;
    lanes[a] = (lanes[a] as number) + 1;
    lanes[b] = (lanes[b] as number) + 1;
    lanes[c] = (lanes[c] as number) + 1;
    lanes[d] = (lanes[d] as number) + 1;
  }
  for (let i = 0; i < lanes.length; i++) {
    const bin = Math.min(i % LANE_LENGTH, HISTOGRAM_BINS - 1);
    counts[bin] = (counts[bin] as number) + (lanes[i] as number);
  }
  return end;
}
