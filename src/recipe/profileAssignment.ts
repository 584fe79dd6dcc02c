import type { Profile } from '../runtime/readProfile';
import type { FusedNode } from './graph/fusedNodes';

/** The time of a node of the file, with that of the nodes that became part of it. */
export interface AssignedNode {
  /** Milliseconds in each run. */
  readonly ms: readonly number[];
  /** Operators of the kernels that ran for it. */
  readonly kernels: readonly string[];
  /** Names of the nodes that became part of it. */
  readonly members: readonly string[];
}

/** Kernels that ONNX Runtime added and that belong to no node of the file. */
export interface AddedKernels {
  readonly opType: string;
  readonly count: number;
  /** Milliseconds in each run. */
  readonly ms: readonly number[];
}

/** All the time of a profile, by whose it is. */
export interface ProfileAssignment {
  readonly nodes: ReadonlyMap<string, AssignedNode>;
  /** Nodes without a kernel of their own, with the node that they are part of. */
  readonly fusedInto: ReadonlyMap<string, string>;
  readonly added: readonly AddedKernels[];
  /** Milliseconds of all kernels in each run. */
  readonly totalMs: readonly number[];
}

/** Gives the time of each kernel that ran to the file's node that it stands for. */
export function assignProfile({ nodes, runMs }: Profile, fusions: ReadonlyMap<string, FusedNode>): ProfileAssignment {
  const owners = new Map<string, { ms: number[]; kernels: Set<string>; members: Set<string> }>();
  const added = new Map<string, { ms: number[]; count: number }>();
  const totalMs = runMs.map(() => 0);
  for (const { name, operator, ms } of nodes) {
    addTo(totalMs, ms);
    const fusion = fusions.get(name);
    if (!fusion) {
      const rest = added.get(operator) ?? { ms: runMs.map(() => 0), count: 0 };
      addTo(rest.ms, ms);
      rest.count++;
      added.set(operator, rest);
      continue;
    }
    const owner = owners.get(fusion.main) ?? { ms: runMs.map(() => 0), kernels: new Set(), members: new Set() };
    addTo(owner.ms, ms);
    owner.kernels.add(operator);
    for (const member of fusion.members) owner.members.add(member);
    owners.set(fusion.main, owner);
  }
  const fusedInto = new Map<string, string>();
  for (const [name, { members }] of owners) {
    for (const member of members) if (!owners.has(member)) fusedInto.set(member, name);
  }
  return {
    nodes: new Map(
      [...owners].map(([name, { ms, kernels, members }]) => [
        name,
        { ms, kernels: [...kernels], members: [...members] },
      ]),
    ),
    fusedInto,
    added: [...added].map(([opType, rest]) => ({ opType, ...rest })),
    totalMs,
  };
}

function addTo(sums: number[], values: readonly number[]): void {
  values.forEach((value, i) => (sums[i] = (sums[i] ?? 0) + value));
}
