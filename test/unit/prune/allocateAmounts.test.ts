import { describe, expect, it } from 'vitest';
import { allocateAmounts, type GroupCurve } from '../../../src/prune/selection/allocateAmounts';

const AMOUNTS = [0.25, 0.5, 0.75];
const curve = (name: string, losses: readonly number[], saving = 100): GroupCurve => ({
  name,
  units: 64,
  amounts: AMOUNTS,
  losses,
  saving,
});
const roundTo64 = (_group: string, amount: number): number => Math.round(amount * 64) / 64;
const costOf =
  (curves: readonly GroupCurve[]) =>
  (amounts: ReadonlyMap<string, number>): number =>
    curves.reduce((sum, { name, saving }) => sum + saving * (1 - (amounts.get(name) ?? 0)), 0);

describe('allocateAmounts', () => {
  it('takes from the groups that lose least, and meets the budget', async () => {
    const curves = [curve('sturdy', [0.01, 0.02, 0.04]), curve('touchy', [1, 3, 9])];
    const cost = costOf(curves);
    const amounts = await allocateAmounts(curves, 150, { cost, round: roundTo64 });
    expect(cost(amounts)).toBeLessThanOrEqual(150);
    expect(cost(amounts)).toBeGreaterThan(145);
    expect(amounts.get('sturdy')).toBeGreaterThan(0.4);
    expect(amounts.get('touchy')).toBeLessThan(0.05);
  });

  it('counts a loss against what is saved for it', async () => {
    const curves = [curve('small', [0.1, 0.2, 0.4], 10), curve('large', [0.1, 0.2, 0.4], 1000)];
    const amounts = await allocateAmounts(curves, 800, { cost: costOf(curves), round: roundTo64 });
    expect(amounts.get('small')).toBe(0);
    expect(amounts.get('large')).toBeGreaterThan(0.15);
  });

  it('removes nothing for a budget that is met, and all that it may where none is enough', async () => {
    const curves = [curve('a', [0.1, 0.2, 0.4]), curve('b', [0, 0, 0])];
    const options = { cost: costOf(curves), round: roundTo64 };
    expect([...(await allocateAmounts(curves, 200, options)).values()]).toEqual([0, 0]);
    expect([...(await allocateAmounts(curves, 1, options)).values()]).toEqual([0.75, 0.75]);
  });
});
