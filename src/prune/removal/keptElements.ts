import { PressError } from '../../util/pressError';
import type { CoupledGroup, Coupling, GroupMember, Removal } from '../coupling/types';

/** What stays of each axis that loses elements: 1 for an element that stays, by tensor and axis. */
export type KeptElements = ReadonlyMap<string, ReadonlyMap<number, Uint8Array>>;

/**
 * What stays when units are removed, on the members that `concerns` chooses. Throws `bad-option` when the removal names
 * a group that there is not, one that is protected, a unit that it has not, or all of its units.
 */
export function keptElements(
  coupling: Coupling,
  removal: Removal,
  concerns: (member: GroupMember) => boolean = () => true,
): KeptElements {
  const kept = new Map<string, Map<number, Uint8Array>>();
  const groups = new Map(coupling.groups.map((group) => [group.name, group]));
  for (const [name, units] of removal) {
    if (units.size === 0) continue;
    const group = groups.get(name);
    if (!group) throw badRemoval(name, 'is not a group of this model', 'Choose one that the coupling lists.');
    requireRemovable(group, units);
    for (const member of group.members) if (concerns(member)) strike(kept, member, units);
  }
  return kept;
}

/** How many elements stay. */
export function countKept(kept: Uint8Array, start = 0, end = kept.length): number {
  let count = 0;
  for (let i = start; i < end; i++) count += kept[i] ?? 0;
  return count;
}

function requireRemovable({ name, units, protection }: CoupledGroup, removed: ReadonlySet<number>): void {
  if (protection !== undefined) throw badRemoval(name, `is protected: ${protection}`, 'Leave it out.');
  for (const unit of removed) {
    if (Number.isInteger(unit) && unit >= 0 && unit < units) continue;
    throw badRemoval(name, `has no unit ${unit}`, `Its units are 0 to ${units - 1}.`);
  }
  if (removed.size === units) throw badRemoval(name, 'would lose all its units', 'Keep at least one.');
}

function strike(kept: Map<string, Map<number, Uint8Array>>, member: GroupMember, units: ReadonlySet<number>): void {
  let axes = kept.get(member.tensor);
  if (!axes) kept.set(member.tensor, (axes = new Map()));
  let elements = axes.get(member.axis);
  if (!elements) axes.set(member.axis, (elements = new Uint8Array(member.length).fill(1)));
  for (const unit of units) for (const element of member.elements[unit] ?? []) elements[element] = 0;
}

function badRemoval(group: string, what: string, action: string): PressError {
  return new PressError('bad-option', `Group "${group}" ${what}. ${action}`, { group });
}
