import type { Estimate } from '../protocol';
import { createRandom } from '../util/random';
import { quantile } from '../util/stats';

/** Resamples; the bounds of an interval then vary by a few hundredths of its width. */
const REPLICATES = 1000;
/** Samples beyond this share a group, so that memory stays constant; groups are resampled as samples would be. */
const MAX_GROUPS = 2000;

/**
 * Collects sums over samples, and says how a figure made of them varies when the samples are drawn anew (Efron,
 * Bootstrap Methods: Another Look at the Jackknife, 1979).
 */
export interface SumBootstrap {
  /** Adds the fields of one sample. */
  add(fields: ArrayLike<number>): void;
  /** How many samples were added. */
  readonly count: number;
  /** Every field summed up over all samples. */
  totals(): Float64Array;
  /** The figures that each of `statistics` makes of the sums, with their 95 % percentile intervals. */
  estimates(statistics: readonly ((sums: Float64Array) => number)[], seed: number): Estimate[];
}

/** Creates a collector of `fieldCount` sums. */
export function createSumBootstrap(fieldCount: number): SumBootstrap {
  const groups: Float64Array[] = [];
  const totals = new Float64Array(fieldCount);
  let count = 0;
  return {
    add(fields) {
      const group = (groups[count % MAX_GROUPS] ??= new Float64Array(fieldCount));
      addTo(group, fields);
      addTo(totals, fields);
      count++;
    },
    get count() {
      return count;
    },
    totals: () => totals,
    estimates(statistics, seed) {
      const sums = new Float64Array(fieldCount);
      const values = resample(groups.length, seed, REPLICATES, (drawn) => {
        sums.fill(0);
        for (const index of drawn) addTo(sums, groups[index] as Float64Array); // drawn below the number of groups
        return statistics.map((statistic) => statistic(sums));
      });
      return statistics.map((statistic, i) =>
        estimateOf(
          statistic(totals),
          values.map((replicate) => replicate[i] ?? NaN),
          count,
        ),
      );
    },
  };
}

/** Draws `size` of `size` with replacement, `replicates` times, the same for the same seed, and collects what `use` makes of it. */
export function resample<T>(size: number, seed: number, replicates: number, use: (drawn: Int32Array) => T): T[] {
  const random = createRandom(seed);
  const drawn = new Int32Array(size);
  return Array.from({ length: size > 0 ? replicates : 0 }, () => {
    for (let i = 0; i < size; i++) drawn[i] = random.int(size);
    return use(drawn);
  });
}

/** A figure with the middle 95 % of its replicates; those that are no number, for want of what is counted, are left out. */
export function estimateOf(value: number, replicates: readonly number[], count: number): Estimate {
  const finite = replicates.filter((replicate) => Number.isFinite(replicate));
  if (finite.length === 0) return { value, low: value, high: value, count };
  return { value, low: quantile(finite, 0.025), high: quantile(finite, 0.975), count };
}

function addTo(sums: Float64Array, fields: ArrayLike<number>): void {
  for (let i = 0; i < sums.length; i++) sums[i] = (sums[i] as number) + (fields[i] ?? 0); // within its length
}
