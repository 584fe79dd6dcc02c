import { describe, expect, it } from 'vitest';
import { learningRateAt, type ScheduleSettings } from '../../../../src/train/optimisers/schedule';

const rates = (settings: ScheduleSettings, steps: number): number[] =>
  Array.from({ length: steps }, (_, step) => Number(learningRateAt(step, steps, settings).toFixed(6)));

describe('a schedule', () => {
  it('stays constant', () => {
    expect(rates({ schedule: 'constant', learningRate: 0.1 }, 3)).toEqual([0.1, 0.1, 0.1]);
  });

  it('falls to a tenth at half and at three quarters of all steps', () => {
    expect(rates({ schedule: 'step', learningRate: 1 }, 8)).toEqual([1, 1, 1, 1, 0.1, 0.1, 0.01, 0.01]);
  });

  it('falls along half a cosine', () => {
    expect(rates({ schedule: 'cosine', learningRate: 2 }, 4)).toEqual([2, 1.707107, 1, 0.292893]);
  });

  it('rises linearly during warm-up and begins its curve behind it', () => {
    const warm = { schedule: 'cosine', learningRate: 1, warmup: 0.5 } as const;
    expect(rates(warm, 8)).toEqual([0.25, 0.5, 0.75, 1, 1, 0.853553, 0.5, 0.146447]);
  });
});
