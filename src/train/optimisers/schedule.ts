import type { ScheduleName } from '../../protocol';

/** How the learning rate runs over a training. */
export interface ScheduleSettings {
  readonly schedule: ScheduleName;
  /** The rate after warm-up. */
  readonly learningRate: number;
  /** Share of all steps during which it rises linearly from zero. Default 0. */
  readonly warmup?: number;
}

/** Where a rate of steps falls to a tenth, as shares of all steps (He et al., 2016: epochs 82 and 123 of 164). */
const MILESTONES = [0.5, 0.75];

/** The learning rate of a step (from 0) out of `steps`. Cosine ends at zero (Loshchilov and Hutter, 2017). */
export function learningRateAt(step: number, steps: number, settings: ScheduleSettings): number {
  const { schedule, learningRate, warmup = 0 } = settings;
  const warm = Math.round(warmup * steps);
  if (step < warm) return (learningRate * (step + 1)) / warm;
  const share = steps > warm ? (step - warm) / (steps - warm) : 0;
  switch (schedule) {
    case 'constant':
      return learningRate;
    case 'step':
      return learningRate * 0.1 ** MILESTONES.filter((milestone) => share >= milestone).length;
    case 'cosine':
      return (learningRate * (1 + Math.cos(Math.PI * share))) / 2;
  }
}
