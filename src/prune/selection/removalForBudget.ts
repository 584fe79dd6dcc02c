import type { Removal } from '../coupling/types';
import type { UnitScores } from '../importance/scoreUnits';

/** Halvings of the interval: an amount to within a thousandth of a thousandth. */
const STEPS = 20;
/** More than this would leave nothing of a model. */
const MAX_AMOUNT = 0.98;

/** What a budget is met by. */
export interface BudgetSearch {
  /** The units to remove for a share; those of a smaller share are among those of a greater one. */
  readonly select: (share: number) => Removal;
  /** What is left after a removal, such as multiply-accumulates; more removed never costs more. */
  readonly cost: (removal: Removal) => number;
  readonly budget: number;
  readonly scores: UnitScores;
}

/**
 * The smallest removal that costs at most the budget: that of the smallest share, by bisection, the largest possible one
 * where none is enough. Widths that go in multiples make many groups jump at the same share; then only as many jump as
 * the budget asks for, those of the least scores first.
 */
export function removalForBudget({ select, cost, budget, scores }: BudgetSearch): Removal {
  const nothing = select(0);
  if (cost(nothing) <= budget) return nothing;
  let [low, high] = [0, MAX_AMOUNT];
  for (let step = 0; step < STEPS; step++) {
    const middle = (low + high) / 2;
    if (cost(select(middle)) <= budget) high = middle;
    else low = middle;
  }
  const [less, more] = [select(low), select(high)];
  const jumps = [...more].flatMap(([name, units]) => {
    const before = less.get(name);
    const extra = [...units].filter((unit) => !before?.has(unit));
    return extra.length > 0 ? [{ name, units, score: meanOf(extra.map((unit) => scores.get(name)?.[unit] ?? 0)) }] : [];
  });
  jumps.sort((a, b) => a.score - b.score);
  const removal = new Map(less);
  for (const { name, units } of jumps) {
    removal.set(name, units);
    if (cost(removal) <= budget) break;
  }
  return removal;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The share to remove in step `step` (from 0) of `steps`, of what is left then, so that `amount` is gone in the end. */
export function amountOfStep(amount: number, step: number, steps: number): number {
  const left = (done: number): number => 1 - (amount * done) / steps;
  return 1 - left(step + 1) / left(step);
}
