/**
 * What a search takes its time with: measuring a candidate on all held samples, a glance at one on a few, ranking one
 * layer, confirming a candidate on the samples that are not held, timing a model of the frontier.
 */
export type SearchStep = 'measure' | 'glance' | 'layer' | 'confirm' | 'timing';

/** Decides whether another step can still end in time. */
export interface TimeBudget {
  /** Does a step and notes how long it took. */
  take<T>(step: SearchStep, work: () => Promise<T>): Promise<T>;
  /** True when a step that takes as long as the slowest of its kind leaves enough time for all that has to follow. */
  hasTimeFor(step: SearchStep): boolean;
}

/** When a search has to be over, and what is known of the work that follows it. All times in milliseconds. */
export interface BudgetPlan {
  /** On the clock of `now`. */
  readonly endMs: number;
  /** What calibrating took. */
  readonly calibrateMs: number;
  /** What running the original on the held samples took. */
  readonly originalMs: number;
  /** All measuring samples to those that are held; 1 when all are. */
  readonly samplesRatio: number;
  /** Models whose latency is measured at the end, and for how long each. */
  readonly timedModels: number;
  readonly timingMs: number;
}

/** Writing, loading and timing the final model, besides calibrating and measuring it, at first. */
const FINAL_MS = 6000;
/** How much longer than it seems the final run may take: it does more than what was measured. */
const FINAL_FACTOR = 1.3;

/**
 * A budget that expects of every step what the slowest of its kind took, and of the final run, which calibrates again
 * and runs both models on all samples, what it would take at the speed of the slowest measure. A kind of step that was
 * not done yet counts as a measure, which has the most samples. `now` is a clock in milliseconds.
 */
export function createTimeBudget(plan: BudgetPlan, now: () => number): TimeBudget {
  const { endMs, calibrateMs, originalMs, samplesRatio, timedModels, timingMs } = plan;
  const slowest = new Map<SearchStep, number>([['timing', timingMs]]);
  let firstMeasureMs: number | undefined;
  const slowestMeasure = (): number => slowest.get('measure') ?? 0;
  /** How many times slower than at the beginning the machine has been. */
  const slowdown = (): number => (firstMeasureMs ? Math.max(1, slowestMeasure() / firstMeasureMs) : 1);
  const expected = (step: SearchStep): number => {
    const known = slowest.get(step);
    if (known !== undefined) return known;
    if (step !== 'confirm') return slowestMeasure();
    return (samplesRatio - 1) * (slowdown() * originalMs + slowestMeasure());
  };
  const finalMs = (): number =>
    slowdown() * FINAL_MS +
    FINAL_FACTOR * (slowdown() * (calibrateMs + samplesRatio * originalMs) + samplesRatio * slowestMeasure());
  const laterMs = (step: SearchStep): number => {
    if (step === 'timing') return finalMs();
    const timings = timedModels * expected('timing') + finalMs();
    return step === 'confirm' ? timings : expected('confirm') + timings;
  };
  return {
    async take(step, work) {
      const start = now();
      const result = await work();
      const ms = now() - start;
      slowest.set(step, Math.max(ms, slowest.get(step) ?? 0));
      if (step === 'measure') firstMeasureMs ??= ms;
      return result;
    },
    hasTimeFor: (step) => now() + expected(step) + laterMs(step) <= endMs,
  };
}
