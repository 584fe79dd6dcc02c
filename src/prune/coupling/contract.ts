import type { Axis } from './axisTable';
import type { RuleContext } from './rule';

/**
 * Says that a node sums products of two tensors over an axis of each, which the rule has tied. A masked unit adds
 * nothing to the sum when one of the two is a weight, of which the unit's elements are zero, or vanishes by itself;
 * otherwise its removal is not the same as masking.
 */
export function contract(
  { axes, index, vanishes }: RuleContext,
  [first, axis]: readonly [string, Axis],
  [second]: readonly [string, Axis],
): void {
  if (axis.length === 1 || [first, second].some((name) => index.initializers.has(name) || vanishes(name))) return;
  axes.markInexact(axis);
}
