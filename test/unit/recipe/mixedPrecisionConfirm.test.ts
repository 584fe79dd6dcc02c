import { describe, expect, it } from 'vitest';
import type { Sample } from '../../../src/data/dataset';
import { confirmBest, type Confirmation } from '../../../src/recipe/mixedPrecisionConfirm';
import type { Tried } from '../../../src/recipe/mixedPrecisionSearch';
import type { Bench } from '../../../src/recipe/sensitivityBench';
import { createSession } from '../../../src/runtime/session';
import { normalValue } from '../quantize/fixtures';
import { lopsidedModel } from './layerModels';

/** A candidate that keeps so much in float and loses so many points on the held samples. */
const tried = (floatMacShare: number, dropPoints: number): Tried => ({
  config: { float: new Set([`share ${floatMacShare}`]), perChannel: new Set(), calibration: 'mse' },
  candidate: {
    float: [],
    perChannel: [],
    calibration: 'mse',
    floatMacShare,
    dropPoints,
    score: 1 - dropPoints / 100,
    sizeBytes: 1,
    divergence: 0,
  },
});

/** Labels are what the original says; a "wrong" model never says the same. */
async function confirm(entries: readonly Tried[], wrong: readonly number[], hasTime = true) {
  const original = lopsidedModel();
  const other = lopsidedModel(-1);
  const reference = await createSession(original, { threads: 1 });
  const samples: Sample[] = [];
  for (let i = 0; i < 20; i++) {
    const inputs = { x: normalValue([1, 16, 8, 8], i) };
    const scores = (await reference.run(inputs))['scores']!.data as Float32Array;
    samples.push({ inputs, label: scores.indexOf(Math.max(...scores)), source: `sample ${i}` });
  }
  const built: number[] = [];
  const confirmation: Confirmation = {
    maxDropPoints: 1,
    bench: { reference, threads: 1 } as Bench, // the parts that confirming uses
    reference: { divergence: 0, rows: 80, changed: 0, labelled: 80, right: 80 },
    rest: () => samples,
    build: async ({ candidate }) => {
      built.push(candidate.floatMacShare);
      return wrong.includes(candidate.floatMacShare) ? other : original;
    },
    budget: { take: (_step, work) => work(), hasTimeFor: () => hasTime },
    signal: new AbortController().signal,
  };
  const best = await confirmBest(entries, confirmation);
  await reference.release();
  return { best: best.candidate, built };
}

describe('confirmBest', () => {
  it('takes the next model where the best one fails on the samples that were not looked at', async () => {
    const { best, built } = await confirm([tried(0.3, 0), tried(0.1, 0.5), tried(0.2, 0.2)], [0.1]);
    expect(built).toEqual([0.1, 0.2]);
    expect(best.floatMacShare).toBe(0.2);
    expect(best.dropPoints).toBeCloseTo((0.2 * 80) / 100);
  });

  it('takes the nearest where none holds, and builds none that missed the goal before', async () => {
    const { best, built } = await confirm([tried(0.1, 0.5), tried(0.2, 0.2), tried(0.3, 4)], [0.1, 0.2]);
    expect(built).toEqual([0.1, 0.2]);
    expect(best.floatMacShare).toBe(0.2);
    expect(best.dropPoints).toBeCloseTo(20 + (0.2 * 80) / 100);
  });

  it('takes what it has confirmed when time is up', async () => {
    const { best, built } = await confirm([tried(0.1, 0.5), tried(0.2, 0.2)], [0.1], false);
    expect(built).toEqual([0.1]);
    expect(best.floatMacShare).toBe(0.1);
  });

  it('leaves the best of those that miss the goal as it is', async () => {
    const { best, built } = await confirm([tried(0.1, 5), tried(0.2, 3)], []);
    expect({ built, share: best.floatMacShare, drop: best.dropPoints }).toEqual({ built: [], share: 0.2, drop: 3 });
  });
});
