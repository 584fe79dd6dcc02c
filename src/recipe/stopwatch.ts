/** Adds up the time that each stage takes. */
export interface Stopwatch {
  /** Waits for `work`, which has just been started, and books its time under `stage`. */
  time<T>(stage: string, work: Promise<T>): Promise<T>;
  /** Seconds by stage, to the millisecond. */
  seconds(): Record<string, number>;
}

/** Creates a stopwatch. */
export function createStopwatch(now: () => number = () => performance.now()): Stopwatch {
  const stages: Record<string, number> = {};
  return {
    async time(stage, work) {
      const start = now();
      try {
        return await work;
      } finally {
        stages[stage] = (stages[stage] ?? 0) + (now() - start);
      }
    },
    seconds: () => Object.fromEntries(Object.entries(stages).map(([stage, ms]) => [stage, Math.round(ms) / 1000])),
  };
}
