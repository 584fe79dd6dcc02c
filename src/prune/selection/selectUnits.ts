import type { CoupledGroup, Removal } from '../coupling/types';
import type { UnitScores } from '../importance/scoreUnits';
import { smallest } from './smallest';

/** A layer of a tenth of its width carries next to nothing on, and a global ranking could empty it. */
const LEAST_KEPT_SHARE = 0.1;

/** How units are selected. */
export interface SelectionOptions {
  /** Share of all units to remove, 0..1. */
  readonly amount: number;
  readonly scope: 'global' | 'local';
  /** Units that every group keeps at least. */
  readonly minChannels: number;
  /** Own shares by group name; they are not rounded to multiples. */
  readonly amounts?: Readonly<Record<string, number>>;
  /** What the number of kept units is a multiple of, by group name; 1 when absent. */
  readonly multiples?: ReadonlyMap<string, number>;
}

/**
 * Selects the units of the smallest scores: of each group (`local`) or of all groups together (`global`). Groups that are
 * protected or have no scores lose nothing, and no group falls below a tenth of its units or `minChannels`.
 */
export function selectUnits(groups: readonly CoupledGroup[], scores: UnitScores, options: SelectionOptions): Removal {
  const { amount, scope, amounts = {} } = options;
  const open = groups.flatMap((group) => {
    const own = scores.get(group.name);
    return group.protection === undefined && own ? [{ group, own }] : [];
  });
  const competing = open.filter(({ group }) => scope === 'global' && !Object.hasOwn(amounts, group.name));
  const total = competing.reduce((sum, { group }) => sum + group.units, 0);
  const flags = smallest(
    competing.map(({ own }) => own),
    amount * total,
  );
  const ranked = new Map(competing.map(({ group }, i) => [group.name, countOf(flags[i])]));
  return new Map(
    open.flatMap(({ group, own }) => {
      const isOwn = Object.hasOwn(amounts, group.name);
      const share = isOwn ? (amounts[group.name] ?? 0) : amount;
      const wanted = ranked.get(group.name) ?? Math.round(share * group.units);
      const kept = keptUnits(group.units, group.units - wanted, {
        multiple: isOwn ? 1 : (options.multiples?.get(group.name) ?? 1),
        minimum: options.minChannels,
      });
      const [removed] = smallest([own], group.units - kept);
      return kept === group.units ? [] : [[group.name, new Set(positionsOf(removed))] as const];
    }),
  );
}

/**
 * How many of `units` to keep where `wanted` are wanted: the nearest multiple that is within bounds, all units where there
 * is none below.
 */
export function keptUnits(
  units: number,
  wanted: number,
  { multiple, minimum }: { readonly multiple: number; readonly minimum: number },
): number {
  const least = Math.min(units, Math.max(1, minimum, Math.ceil(units * LEAST_KEPT_SHARE)));
  if (wanted >= units) return units;
  const rounded = Math.round(wanted / multiple) * multiple;
  return Math.min(units, rounded < least ? Math.ceil(least / multiple) * multiple : rounded);
}

function countOf(flags: Uint8Array | undefined): number {
  return flags?.reduce((sum, flag) => sum + flag, 0) ?? 0;
}

function positionsOf(flags: Uint8Array | undefined): number[] {
  return [...(flags ?? [])].flatMap((flag, i) => (flag ? [i] : []));
}
