import { describe, expect, it } from 'vitest';
import type { LayerSensitivity } from '../../../src/protocol';
import { createTimeBudget, type BudgetPlan, type TimeBudget } from '../../../src/recipe/mixedPrecisionBudget';
import { searchMixed, type MixedConfig } from '../../../src/recipe/mixedPrecisionSearch';

/** A clock that only work moves. */
function createClock() {
  let ms = 0;
  return { now: () => ms, spend: async (spentMs: number): Promise<void> => void (ms += spentMs) };
}

const PLAN: BudgetPlan = {
  endMs: 100_000,
  calibrateMs: 2000,
  originalMs: 3000,
  samplesRatio: 1,
  timedModels: 2,
  timingMs: 500,
};
/** The two timings that come before the final run, and writing its model. */
const TIMINGS_MS = 2 * 500;
const WRITING_MS = 6000;

describe('createTimeBudget', () => {
  it('keeps time for the final run from the beginning', async () => {
    const clock = createClock();
    const budget = createTimeBudget(PLAN, clock.now);
    await clock.spend(100_000 - TIMINGS_MS - WRITING_MS - 1.3 * 5000);
    expect(budget.hasTimeFor('glance')).toBe(true);
    await clock.spend(1);
    expect(budget.hasTimeFor('glance')).toBe(false);
  });

  it('expects the slowest of its kind of every step, and of the final run what it takes at that speed', async () => {
    const clock = createClock();
    const budget = createTimeBudget(PLAN, clock.now);
    for (const ms of [4000, 10_000, 5000]) await budget.take('measure', () => clock.spend(ms));
    // 2.5 times slower than the first: so are writing, calibrating and the original.
    const needed = 10_000 + TIMINGS_MS + 2.5 * WRITING_MS + 1.3 * (2.5 * 5000 + 10_000);
    await clock.spend(100_000 - needed - clock.now());
    expect(budget.hasTimeFor('measure')).toBe(true);
    await clock.spend(1);
    expect(budget.hasTimeFor('measure')).toBe(false);
    expect(budget.hasTimeFor('timing')).toBe(true);
  });

  it('keeps time for confirming where not all samples are held', async () => {
    const clock = createClock();
    const budget = createTimeBudget({ ...PLAN, samplesRatio: 3 }, clock.now);
    await budget.take('measure', () => clock.spend(4000));
    const confirming = 2 * (3000 + 4000);
    const needed = 4000 + confirming + TIMINGS_MS + WRITING_MS + 1.3 * (2000 + 3 * 3000 + 3 * 4000);
    await clock.spend(100_000 - needed - clock.now());
    expect([budget.hasTimeFor('measure'), budget.hasTimeFor('confirm')]).toEqual([true, true]);
    await clock.spend(1);
    expect([budget.hasTimeFor('measure'), budget.hasTimeFor('confirm')]).toEqual([false, true]);
  });
});

describe('a search on a machine that other work slows down', () => {
  it.each([1, 2, 3])('ends in time when everything takes %d times as long after a while', async (factor) => {
    const clock = createClock();
    const load = (): number => (clock.now() > 30_000 ? factor : 1);
    const work = (ms: number) => clock.spend(ms * load());
    await work(5000); // calibrating, and the original
    const budget = createTimeBudget(PLAN, clock.now);
    const found = await searchMixed(problem(budget, work));
    expect(found.stop).toBe('time');
    expect(found.tried.length).toBeGreaterThan(2);
    for (let i = 0; i < PLAN.timedModels; i++) await work(PLAN.timingMs);
    await work(WRITING_MS + 5000 + 4000);
    expect(clock.now()).toBeLessThanOrEqual(PLAN.endMs);
    expect(clock.now()).toBeGreaterThan(0.6 * PLAN.endMs);
  });

  it('ranks no more layers than there is time for', async () => {
    const clock = createClock();
    const budget = createTimeBudget({ ...PLAN, endMs: 30_000 }, clock.now);
    const { stop, ranking } = await searchMixed(problem(budget, clock.spend));
    expect(stop).toBe('time');
    expect(ranking.length).toBeLessThan(LAYERS.length);
    expect(clock.now()).toBeLessThan(30_000 - TIMINGS_MS - WRITING_MS - 1.3 * 5000);
  });
});

const LAYERS = Array.from({ length: 64 }, (_, i) => `layer${i}`);

/** A search that nothing but time ends: a measure takes 4 s, a layer 0.2 s, a glance 0.5 s. */
function problem(budget: TimeBudget, work: (ms: number) => Promise<void>): Parameters<typeof searchMixed>[0] {
  const dropOf = ({ float }: MixedConfig): number => LAYERS.length - float.size;
  return {
    layers: LAYERS,
    maxDropPoints: 0.5,
    remedies: new Set(['calibration', 'float']),
    calibration: 'mse',
    isPerTensor: false,
    hasTimeFor: (step) => budget.hasTimeFor(step),
    measure: async (config) => {
      await budget.take('measure', () => work(4000));
      const floatMacShare = config.float.size / LAYERS.length;
      const dropPoints = dropOf(config);
      return {
        float: [...config.float],
        perChannel: [],
        calibration: config.calibration,
        floatMacShare,
        sizeBytes: 1,
        score: 1 - dropPoints / 100,
        dropPoints,
        divergence: dropPoints,
      };
    },
    glance: (config) => budget.take('glance', async () => (await work(500), dropOf(config))),
    rank: async () => {
      const ranked: LayerSensitivity[] = [];
      for (const [i, node] of LAYERS.entries()) {
        if (!budget.hasTimeFor('layer')) break;
        await budget.take('layer', () => work(200));
        const alone = { divergence: i, changed: 0, rows: 64 };
        ranked.push({ node, opType: 'Conv', macs: 1, macShare: 1 / LAYERS.length, alone });
      }
      return ranked;
    },
  };
}
