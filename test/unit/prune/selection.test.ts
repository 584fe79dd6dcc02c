import { describe, expect, it } from 'vitest';
import type { CoupledGroup, Removal } from '../../../src/prune/coupling/types';
import { amountOfStep, removalForBudget } from '../../../src/prune/selection/removalForBudget';
import { keptUnits, selectUnits, type SelectionOptions } from '../../../src/prune/selection/selectUnits';

const group = (name: string, units: number, protection?: string): CoupledGroup => ({
  name,
  units,
  exact: true,
  members: [],
  ...(protection === undefined ? {} : { protection }),
});

const GROUPS = [group('a', 4), group('b', 6), group('c', 4, 'It is an output.')];
const SCORES = new Map([
  ['a', Float64Array.of(0.1, 3, 0.2, 2)],
  ['b', Float64Array.of(5, 0.3, 6, 7, 0.15, 8)],
  ['c', Float64Array.of(0, 0, 0, 0)],
]);

function selected(options: Partial<SelectionOptions>): Record<string, number[]> {
  const removal = selectUnits(GROUPS, SCORES, { amount: 0.4, scope: 'global', minChannels: 1, ...options });
  return Object.fromEntries([...removal].map(([name, units]) => [name, [...units]]));
}

describe('selectUnits', () => {
  it('takes the smallest of all groups together, or of each', () => {
    expect(selected({})).toEqual({ a: [0, 2], b: [1, 4] });
    expect(selected({ amount: 0.1 })).toEqual({ a: [0] });
    expect(selected({ amount: 0.5, scope: 'local' })).toEqual({ a: [0, 2], b: [0, 1, 4] });
  });

  it('follows own amounts, keeps a minimum, and never empties a group', () => {
    expect(selected({ amounts: { b: 0 } })).toEqual({ a: [0, 2] });
    expect(selected({ minChannels: 3 })).toEqual({ a: [0], b: [1, 4] });
    const all = selected({ amount: 1 });
    expect([all['a']?.length, all['b']?.length]).toEqual([3, 5]);
  });

  it('keeps multiples', () => {
    expect(selected({ amount: 0.5, scope: 'local', multiples: new Map([['b', 4]]) })).toEqual({
      a: [0, 2],
      b: [1, 4],
    });
  });
});

describe('keptUnits', () => {
  it.each([
    [64, 41, 16, 1, 48],
    [64, 39, 16, 1, 32],
    [64, 3, 16, 1, 16],
    [64, 63, 16, 1, 64],
    [64, 64, 16, 1, 64],
    [20, 18, 16, 1, 16],
    [12, 6, 16, 1, 12],
    [64, 5, 1, 10, 10],
  ])('of %i where %i are wanted, by %i and at least %i, are %i', (units, wanted, multiple, minimum, kept) => {
    expect(keptUnits(units, wanted, { multiple, minimum })).toBe(kept);
  });
});

describe('removalForBudget', () => {
  const found = (budget: number, options: Partial<SelectionOptions> = {}) => {
    const cost = (removal: Removal): number => 10 - [...removal.values()].reduce((sum, { size }) => sum + size, 0);
    const select = (amount: number): Removal =>
      selectUnits(GROUPS, SCORES, { scope: 'global', minChannels: 1, ...options, amount });
    const removal = removalForBudget({ select, cost, budget, scores: SCORES });
    return Object.fromEntries([...removal].map(([name, units]) => [name, [...units]]));
  };

  it('takes as little as the budget asks for, and all that it may where nothing is enough', () => {
    expect(found(20)).toEqual({});
    expect(found(8)).toEqual({ a: [0], b: [4] });
    expect(Object.values(found(0)).flat()).toHaveLength(8);
  });

  it('lets only as many groups jump to their next width as the budget asks for, of the least scores first', () => {
    const groups = [group('heavy', 4), group('light', 4)];
    const scores = new Map([
      ['heavy', Float64Array.of(5, 6, 7, 8)],
      ['light', Float64Array.of(1, 2, 3, 4)],
    ]);
    const multiples = new Map([
      ['heavy', 2],
      ['light', 2],
    ]);
    const left = (budget: number) => {
      const cost = (removal: Removal): number => 8 - [...removal.values()].reduce((sum, { size }) => sum + size, 0);
      const select = (amount: number): Removal =>
        selectUnits(groups, scores, { amount, scope: 'local', minChannels: 1, multiples });
      return [...removalForBudget({ select, cost, budget, scores })].map(([name, units]) => [name, [...units]]);
    };
    expect(left(6)).toEqual([['light', [0, 1]]]);
    expect(left(5)).toEqual([
      ['light', [0, 1]],
      ['heavy', [0, 1]],
    ]);
  });
});

describe('amounts', () => {
  it('are divided into steps that come to the same', () => {
    for (const steps of [1, 3, 5]) {
      let left = 1;
      for (let step = 0; step < steps; step++) left *= 1 - amountOfStep(0.6, step, steps);
      expect(left).toBeCloseTo(0.4, 12);
    }
  });
});
