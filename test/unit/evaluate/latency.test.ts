import { describe, expect, it } from 'vitest';
import { measureLatency, measureLatencyPair } from '../../../src/evaluate/latency';
import { CancelledError } from '../../../src/util/pressError';

/** A clock that models advance, and the order in which they did. */
function fakeMachine() {
  const clock = { ms: 0 };
  const order: string[] = [];
  const model = (name: string, ms: () => number) => ({
    run: async () => {
      order.push(name);
      clock.ms += ms();
      return {};
    },
  });
  return { clock, order, model, now: () => clock.ms };
}

describe('measureLatencyPair', () => {
  it('gives medians, and the speed-up pair by pair', async () => {
    const { model, now, order } = fakeMachine();
    // The machine gets slower from pair to pair; the ratio of a pair does not.
    const load = (): number => Math.ceil(order.length / 2);
    const slow = model('a', () => 20 * load());
    const fast = model('b', () => 10 * load());
    const report = await measureLatencyPair(slow, fast, {}, { minPairs: 4, maxPairs: 4, warmup: 1, now, threads: 2 });
    expect(report).toEqual({
      beforeMs: { median: 70, low: 55, high: 85 },
      afterMs: { median: 35, low: 27.5, high: 42.5 },
      speedup: { median: 2, low: 2, high: 2 },
      ...{ pairs: 4, threads: 2, batchSize: 1 },
    });
    expect(order.join('')).toBe('ab' + 'ab' + 'ba' + 'ab' + 'ba');
  });

  it('repeats fast models until a timing is long enough', async () => {
    const { model, now, order } = fakeMachine();
    const report = await measureLatencyPair(
      model('a', () => 0.5),
      model('b', () => 8),
      {},
      { maxPairs: 1, minPairs: 1, warmup: 1, now },
    );
    expect(order.join('')).toBe(`ab${'a'.repeat(10)}b`);
    expect([report.beforeMs.median, report.afterMs.median]).toEqual([0.5, 8]);
  });

  it('ends when the time is up, after the least number of pairs, and sooner for very slow models', async () => {
    const pairsFor = async (ms: number): Promise<number> => {
      const { model, now } = fakeMachine();
      const options = { minPairs: 5, maxPairs: 40, maxSeconds: 1, warmup: 1, now };
      return (
        await measureLatencyPair(
          model('a', () => ms),
          model('b', () => ms),
          {},
          options,
        )
      ).pairs;
    };
    expect([await pairsFor(5), await pairsFor(25), await pairsFor(200), await pairsFor(1000)]).toEqual([40, 20, 5, 2]);
  });

  it('feeds each model its own inputs', async () => {
    const fed: unknown[] = [];
    const model = { run: async (feeds: object) => (fed.push(Object.keys(feeds)), {}) };
    const value = { type: 'float32' as const, dims: [1], data: Float32Array.of(1) };
    await measureLatencyPair(
      model,
      model,
      { x: value },
      { feedsAfter: { data: value }, maxPairs: 1, minPairs: 1, warmup: 1 },
    );
    expect([fed[0], fed[1]]).toEqual([['x'], ['data']]);
  });

  it('cancels', async () => {
    const { model, now } = fakeMachine();
    const run = measureLatencyPair(
      model('a', () => 1),
      model('b', () => 1),
      {},
      { signal: AbortSignal.abort(), now },
    );
    await expect(run).rejects.toBeInstanceOf(CancelledError);
  });
});

describe('measureLatency', () => {
  it('times one model and reports progress', async () => {
    const { model, now } = fakeMachine();
    const seen: number[] = [];
    const latency = await measureLatency(
      model('a', () => 7),
      {},
      { minPairs: 3, maxPairs: 3, now, onProgress: ({ done }) => seen.push(done) },
    );
    expect(latency).toEqual({ ms: { median: 7, low: 7, high: 7 }, runs: 3, threads: 0, batchSize: 1 });
    expect(seen).toEqual([1, 2, 3]);
  });
});
