import type { Histogram, WeightDetails } from '../../protocol';

/** How a weight is seen as a matrix: one row for each channel along `axis`, all other elements of it in the columns. */
export interface MatrixView {
  readonly axis: number;
  /** Elements before, along and behind the axis. */
  readonly outer: number;
  readonly rows: number;
  readonly inner: number;
}

/** The figures of a weight but its histogram, which needs the range first. */
export type WeightFigures = Omit<WeightDetails, 'histogram' | 'quantization'>;

/** A mask beyond this is not told apart on a screen. */
const MAX_CELLS = 128;
/** A chart of more channels than this has several channels a pixel. */
const MAX_CHANNELS = 4096;
/** Bins of a weight's histogram: a panel is some 300 pixels wide. */
const BINS = 128;

/** The matrix that dimensions make around an axis. */
export function matrixView(dims: readonly number[], axis: number): MatrixView {
  const product = (sizes: readonly number[]): number => sizes.reduce((all, size) => all * size, 1);
  return {
    axis,
    outer: product(dims.slice(0, axis)),
    rows: dims[axis] ?? 1,
    inner: product(dims.slice(axis + 1)),
  };
}

/**
 * Collects the figures of a weight from its values in order, in memory that does not grow with them but for one bit for
 * each row and column of the matrix.
 */
export class WeightStatistics {
  private elements = 0;
  private finite = 0;
  private minimum = Infinity;
  private maximum = -Infinity;
  private mean = 0;
  /** Sum of squared distances from the mean. */
  private spread = 0;
  private zeros = 0;
  private l1 = 0;
  private squares = 0;
  /** Where the next element is in the matrix. */
  private row = 0;
  private outer = 0;
  private within = 0;
  private readonly columns: number;
  private readonly cellRows: number;
  private readonly cellColumns: number;
  private readonly kept: Float64Array;
  private readonly seen: Float64Array;
  private readonly rowIsKept: Uint8Array;
  private readonly columnIsKept: Uint8Array;
  private readonly channels: { minimum: Float64Array; maximum: Float64Array; zeros: Float64Array } | undefined;

  constructor(private readonly view: MatrixView) {
    this.columns = view.outer * view.inner;
    this.cellRows = Math.min(MAX_CELLS, view.rows);
    this.cellColumns = Math.min(MAX_CELLS, this.columns);
    this.kept = new Float64Array(this.cellRows * this.cellColumns);
    this.seen = new Float64Array(this.kept.length);
    this.rowIsKept = new Uint8Array(Math.ceil(view.rows / 8));
    this.columnIsKept = new Uint8Array(Math.ceil(this.columns / 8));
    if (view.rows > 1 && view.rows <= MAX_CHANNELS && this.columns > 1) {
      this.channels = {
        minimum: new Float64Array(view.rows).fill(Infinity),
        maximum: new Float64Array(view.rows).fill(-Infinity),
        zeros: new Float64Array(view.rows),
      };
    }
  }

  /** Adds the next values. */
  add(values: Float64Array): void {
    this.addFigures(values);
    this.addToMatrix(values);
  }

  private addFigures(values: Float64Array): void {
    let { minimum, maximum } = this;
    let count = 0;
    let zeros = 0;
    let sum = 0;
    let absolute = 0;
    let squares = 0;
    for (let i = 0; i < values.length; i++) {
      const value = values[i] as number; // within its length
      // NaN and the infinities fail this.
      if (value - value !== 0) continue;
      count++;
      if (value < minimum) minimum = value;
      if (value > maximum) maximum = value;
      if (value === 0) zeros++;
      sum += value;
      absolute += value < 0 ? -value : value;
      squares += value * value;
    }
    this.elements += values.length;
    this.minimum = minimum;
    this.maximum = maximum;
    this.zeros += zeros;
    this.l1 += absolute;
    this.squares += squares;
    if (count > 0) this.merge(values, count, sum / count);
    this.finite += count;
  }

  /** Joins the spread of a part to that of the whole (Chan, Golub and LeVeque, Updating Formulae, 1979). */
  private merge(values: Float64Array, count: number, mean: number): void {
    let spread = 0;
    for (let i = 0; i < values.length; i++) {
      const distance = (values[i] as number) - mean; // within its length
      if (distance - distance === 0) spread += distance * distance;
    }
    const total = this.finite + count;
    const step = mean - this.mean;
    this.spread += spread + (step * step * this.finite * count) / total;
    this.mean += (step * count) / total;
  }

  private addToMatrix(values: Float64Array): void {
    const { view, columns, cellColumns, kept, seen, rowIsKept, columnIsKept, channels } = this;
    const { rows, inner } = view;
    let { row, outer, within } = this;
    const rowScale = this.cellRows / rows;
    const columnScale = cellColumns / columns;
    for (let i = 0; i < values.length; i++) {
      const value = values[i] as number; // within its length
      const column = outer * inner + within;
      const cell = ((row * rowScale) | 0) * cellColumns + ((column * columnScale) | 0);
      seen[cell] = (seen[cell] as number) + 1;
      if (value !== 0) {
        kept[cell] = (kept[cell] as number) + 1;
        rowIsKept[row >>> 3] = (rowIsKept[row >>> 3] as number) | (1 << (row & 7));
        columnIsKept[column >>> 3] = (columnIsKept[column >>> 3] as number) | (1 << (column & 7));
      }
      if (channels) {
        if (value === 0) channels.zeros[row] = (channels.zeros[row] as number) + 1;
        if (value - value === 0) {
          if (value < (channels.minimum[row] as number)) channels.minimum[row] = value;
          if (value > (channels.maximum[row] as number)) channels.maximum[row] = value;
        }
      }
      if (++within === inner) {
        within = 0;
        if (++row === rows) {
          row = 0;
          outer++;
        }
      }
    }
    Object.assign(this, { row, outer, within });
  }

  /** The figures of all values that were added. */
  figures(): WeightFigures {
    const { finite, view, channels } = this;
    const finiteOr = (value: number): number => (Number.isFinite(value) ? value : 0);
    return {
      elements: this.elements,
      minimum: finiteOr(this.minimum),
      maximum: finiteOr(this.maximum),
      mean: finiteOr(this.mean),
      standardDeviation: finite > 0 ? finiteOr(Math.sqrt(this.spread / finite)) : 0,
      zeros: this.zeros,
      nonFinite: this.elements - finite,
      l1: Math.min(this.l1, Number.MAX_VALUE),
      l2: Math.min(Math.sqrt(this.squares), Number.MAX_VALUE),
      ...(channels
        ? {
            channels: {
              axis: view.axis,
              minimum: Array.from(channels.minimum, finiteOr),
              maximum: Array.from(channels.maximum, finiteOr),
              zeroShare: Array.from(channels.zeros, (zeros) => zeros / this.columns),
            },
          }
        : {}),
      mask: {
        rows: this.cellRows,
        columns: this.cellColumns,
        kept: Array.from(this.kept, (kept, cell) => kept / Math.max(1, this.seen[cell] ?? 0)),
        zeroRows: view.rows - bitCount(this.rowIsKept),
        zeroColumns: this.columns - bitCount(this.columnIsKept),
        matrixRows: view.rows,
        matrixColumns: this.columns,
      },
    };
  }
}

/** Counts values in equal bins over a range that is known; values that are not finite are left out. */
export class HistogramCounter {
  private readonly counts: Float64Array;
  private readonly low: number;
  private readonly high: number;

  constructor(minimum: number, maximum: number) {
    this.counts = new Float64Array(BINS);
    // A constant needs some width too.
    const room = minimum === maximum ? Math.max(Math.abs(minimum) * 1e-3, 1e-6) : 0;
    this.low = minimum - room;
    this.high = maximum + room;
  }

  /** Adds values, all of them within the range. */
  add(values: Float64Array): void {
    const { counts, low } = this;
    const perBin = BINS / (this.high - low);
    for (let i = 0; i < values.length; i++) {
      const value = values[i] as number; // within its length
      if (value - value !== 0) continue;
      const bin = ((value - low) * perBin) | 0;
      const index = bin < BINS ? bin : BINS - 1;
      counts[index] = (counts[index] as number) + 1;
    }
  }

  /** The counts so far. */
  histogram(): Histogram {
    return { low: this.low, high: this.high, counts: Array.from(this.counts) };
  }
}

function bitCount(bytes: Uint8Array): number {
  let count = 0;
  for (let i = 0; i < bytes.length; i++) {
    for (let byte = bytes[i] as number; byte > 0; byte &= byte - 1) count++; // within its length
  }
  return count;
}
