import type { TrainEpoch } from '../../protocol';
import type { OptimiserSlots } from '../optimisers/optimiser';
import type { ModelState } from '../step/stepRunner';

/** What was measured on the held-out samples. */
export interface HeldOutFigures {
  readonly loss: number;
  readonly accuracy?: number;
}

/**
 * All that a training is at a moment between two steps: with the same data and settings it goes on from here bit for
 * bit. Random draws need no place in it, since each is seeded by epoch and sample.
 */
export interface TrainState extends ModelState {
  readonly slots: OptimiserSlots;
  /** Epochs that are done. */
  readonly epoch: number;
  /** Steps done in the running epoch. */
  readonly step: number;
  /** Where the next batch begins in the epoch's order. */
  readonly position: number;
  /** Sums over the running epoch's steps. */
  readonly lossSum: number;
  readonly correctSum: number;
  readonly history: readonly TrainEpoch[];
  readonly start: HeldOutFigures;
  readonly best: ModelState & { readonly epoch: number; readonly figures: HeldOutFigures };
}

/** Whether figures are better than others: by accuracy where there is one, and by loss. */
export function isBetter(figures: HeldOutFigures, than: HeldOutFigures): boolean {
  if (figures.accuracy !== undefined && than.accuracy !== undefined && figures.accuracy !== than.accuracy) {
    return figures.accuracy > than.accuracy;
  }
  return figures.loss < than.loss;
}
