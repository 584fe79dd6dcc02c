import { mix } from './hash';

/** A stretch that repeats: `count` copies of `period` symbols from `start` on. */
export interface TandemRun {
  readonly start: number;
  readonly period: number;
  readonly count: number;
}

/** How good a place is to cut at. Lower is better, numbers before later ones decide. */
export type CutCost = (place: number) => readonly number[];

/** Shorter repetitions are no blocks worth a frame. */
const LEAST_PERIOD = 3;
/** Shorter ones are blocks where they make up half of everything: a chain of Gemm, Add and Relu. */
const LEAST_USUAL_PERIOD = 5;
/** Two copies of less than this are chance. */
const LEAST_PERIOD_OF_TWO = 5;
/** Fewer nodes than this are read faster without frames. */
const LEAST_COVERED = 12;
/** Periods tried, most frequent first: the distances at which three symbols in a row come again. */
const MOST_PERIODS = 40;

/**
 * The most natural repetition in `symbols[low..high)`: the one whose copies hang together by the fewest tensors, of
 * equals the one of the shortest period, then the one that covers most. Undefined where nothing repeats.
 */
export function bestRun(
  symbols: Int32Array,
  low: number,
  high: number,
  costAt: CutCost,
  leastCovered = LEAST_COVERED,
): TandemRun | undefined {
  let best: TandemRun | undefined;
  let rank: readonly number[] = [];
  const least = Math.max(LEAST_COVERED, leastCovered);
  for (const period of likelyPeriods(symbols, low, high)) {
    const enough = period < LEAST_USUAL_PERIOD ? Math.max(least, (high - low) / 2) : least;
    let from = low;
    for (let place = low; place + period <= high; place++) {
      if (place + period < high && symbols[place] === symbols[place + period]) continue;
      const end = place + period;
      const count = Math.floor((end - from) / period);
      if (count >= 2 && count * period >= enough && isBlock(symbols, from, period, count)) {
        const placed = placeCuts(from, end, period, costAt);
        const ranked = [Math.round(2 * placed.cost), period, -placed.run.count];
        if (best === undefined || isLess(ranked, rank)) {
          best = placed.run;
          rank = ranked;
        }
      }
      from = place + 1;
    }
  }
  return best;
}

function isBlock(symbols: Int32Array, start: number, period: number, count: number): boolean {
  if (period < LEAST_PERIOD || (count === 2 && period < LEAST_PERIOD_OF_TWO)) return false;
  for (let divisor = 1; divisor <= period / 2; divisor++) {
    if (period % divisor !== 0) continue;
    let place = start;
    while (place < start + period && symbols[place] === symbols[place + divisor]) place++;
    if (place === start + period) return false;
  }
  return true;
}

/** A repetition can begin at any place of its first period: where the cuts between copies cost least on average. */
function placeCuts(
  start: number,
  end: number,
  period: number,
  costAt: CutCost,
): { readonly run: TandemRun; readonly cost: number } {
  let best: TandemRun = { start, period, count: Math.floor((end - start) / period) };
  let least: readonly number[] | undefined;
  for (let shift = 0; shift < period && end - start - shift >= 2 * period; shift++) {
    const first = start + shift;
    const count = Math.floor((end - first) / period);
    const sums: number[] = [];
    for (let cut = 0; cut <= count; cut++) {
      costAt(first + cut * period).forEach((cost, rank) => {
        sums[rank] = (sums[rank] ?? 0) + cost / (count + 1);
      });
    }
    if (least === undefined || isLess(sums, least)) {
      least = sums;
      best = { start: first, period, count };
    }
  }
  return { run: best, cost: least?.[0] ?? 0 };
}

function isLess(first: readonly number[], second: readonly number[]): boolean {
  for (let rank = 0; rank < first.length; rank++) {
    const difference = (first[rank] ?? 0) - (second[rank] ?? 0);
    if (Math.abs(difference) > 1e-9) return difference < 0;
  }
  return false;
}

function likelyPeriods(symbols: Int32Array, low: number, high: number): readonly number[] {
  const last = new Map<number, number>();
  const counts = new Map<number, number>();
  for (let place = low; place + LEAST_PERIOD <= high; place++) {
    const hash = mix(mix(symbols[place] ?? 0, symbols[place + 1] ?? 0), symbols[place + 2] ?? 0);
    const before = last.get(hash);
    if (before !== undefined) counts.set(place - before, (counts.get(place - before) ?? 0) + 1);
    last.set(hash, place);
  }
  return [...counts]
    .filter(([period]) => period >= LEAST_PERIOD)
    .sort(([one, first], [other, second]) => second - first || one - other)
    .slice(0, MOST_PERIODS)
    .map(([period]) => period);
}
