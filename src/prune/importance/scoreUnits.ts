import type { Model } from '../../onnx/model';
import { indexGraph } from '../../onnx/graphIndex';
import type { TensorProto } from '../../onnx/onnx_pb';
import { dimsOf, readFloats } from '../../onnx/tensor';
import type { PruneImportance } from '../../protocol';
import { createRandom } from '../../util/random';
import type { CoupledGroup, Coupling, GroupMember } from '../coupling/types';
import { axisSums } from './axisNorms';
import { distancesToOthers } from './geometricMedian';

/**
 * A score for each unit, by group name: the smaller, the sooner it goes. The mean of a group is 1, so that groups compare;
 * of `taylor`, all scores are of one unit already and stay as they are.
 */
export type UnitScores = ReadonlyMap<string, Float64Array>;

/** What importance is computed from. */
export interface ImportanceInput {
  readonly model: Model;
  readonly coupling: Coupling;
  readonly importance: PruneImportance;
  readonly seed: number;
  /** For `activation`: mean of each channel by tensor, along `axis`. */
  readonly means?: ReadonlyMap<string, Float64Array>;
  /** For `bn-scale`: the model with its BatchNormalization nodes, and how it hangs together. */
  readonly unfolded?: { readonly model: Model; readonly coupling: Coupling };
  /** For `taylor`: scores from gradients. */
  readonly given?: UnitScores;
}

/**
 * Scores the units of every group that may be pruned. Every coupled weight of a group has its say: scores of a unit are
 * found weight by weight, divided by their mean over the units, and averaged
 * (Fang et al., DepGraph: Towards Any Structural Pruning, 2023). Groups of which nothing is known get no score.
 */
export function scoreUnits(input: ImportanceInput): UnitScores {
  const scores = new Map<string, Float64Array>();
  const random = createRandom(input.seed);
  const initializers = indexGraph(input.model).initializers;
  const unfolded = input.unfolded && unfoldedOf(input.unfolded);
  for (const group of input.coupling.groups) {
    if (group.protection !== undefined) continue;
    if (input.importance === 'taylor') {
      const given = input.given?.get(group.name);
      if (given?.length === group.units) scores.set(group.name, given);
      continue;
    }
    const members = memberScores(group, input.importance, input, {
      initializers,
      unfolded,
      next: () => random.next(),
    });
    if (members.length > 0) scores.set(group.name, averageOf(group.units, members));
  }
  return scores;
}

interface Sources {
  readonly initializers: ReadonlyMap<string, TensorProto>;
  readonly unfolded:
    { readonly groups: ReadonlyMap<string, CoupledGroup>; readonly initializers: Sources['initializers'] } | undefined;
  readonly next: () => number;
}

function unfoldedOf({ model, coupling }: { readonly model: Model; readonly coupling: Coupling }) {
  return {
    groups: new Map(coupling.groups.map((group) => [group.name, group])),
    initializers: indexGraph(model).initializers,
  };
}

/** One list of scores for each member that knows something. */
function memberScores(
  group: CoupledGroup,
  importance: Exclude<PruneImportance, 'taylor'>,
  input: ImportanceInput,
  sources: Sources,
): Float64Array[] {
  const { model } = input;
  switch (importance) {
    case 'random':
      return [Float64Array.from({ length: group.units }, sources.next)];
    case 'activation':
      return distinctMembers(group.members).flatMap((member) => {
        const means = member.role === 'carries' ? input.means?.get(member.tensor) : undefined;
        return means?.length === member.length ? [unitSums(member, means.map(Math.abs))] : [];
      });
    case 'bn-scale':
      return input.unfolded && sources.unfolded ? batchNormScores(group, input.unfolded.model, sources.unfolded) : [];
    case 'geometric-median':
      return weightsOf(group, sources.initializers, ['makes']).map(({ member, tensor }) =>
        distancesToOthers(readFloats(model, tensor), dimsOf(tensor), member.axis, member.elements),
      );
    case 'l1':
    case 'l2':
      return weightsOf(group, sources.initializers, ['makes', 'reads']).map(({ member, tensor }) => {
        const sums = unitSums(member, axisSums(readFloats(model, tensor), dimsOf(tensor), member.axis, importance));
        return importance === 'l1' ? sums : sums.map(Math.sqrt);
      });
  }
}

/** The magnitude of the scales by which BatchNormalization multiplies each unit (Liu et al., Network Slimming, 2017). */
function batchNormScores(
  group: CoupledGroup,
  model: Model,
  { groups, initializers }: NonNullable<Sources['unfolded']>,
): Float64Array[] {
  const original = groups.get(group.name);
  if (original?.units !== group.units) return [];
  return original.members.flatMap((member) => {
    const { node, tensor: name } = member;
    const tensor = initializers.get(name);
    if (node?.opType !== 'BatchNormalization' || node.input[1] !== name || !tensor) return [];
    return [unitSums(member, readFloats(model, tensor).map(Math.abs))];
  });
}

/** The weights of a group with more than one dimension; those with one only where there are no others. */
function weightsOf(
  group: CoupledGroup,
  initializers: ReadonlyMap<string, TensorProto>,
  roles: readonly GroupMember['role'][],
): { readonly member: GroupMember; readonly tensor: TensorProto }[] {
  const found = distinctMembers(group.members).flatMap((member) => {
    const tensor = roles.includes(member.role) ? initializers.get(member.tensor) : undefined;
    return tensor ? [{ member, tensor }] : [];
  });
  const matrices = found.filter(({ tensor }) => tensor.dims.length > 1);
  return matrices.length > 0 ? matrices : found;
}

/** Members without repeats: two nodes that share a weight name it twice. */
export function distinctMembers(members: readonly GroupMember[]): GroupMember[] {
  return [...new Map(members.map((member) => [`${member.axis} ${member.tensor}`, member])).values()];
}

function unitSums({ elements }: GroupMember, values: ArrayLike<number>): Float64Array {
  return Float64Array.from(elements, (positions) => positions.reduce((sum, at) => sum + (values[at] ?? 0), 0));
}

function averageOf(units: number, members: readonly Float64Array[]): Float64Array {
  const average = new Float64Array(units);
  for (const member of members) {
    const mean = member.reduce((sum, score) => sum + score, 0) / units;
    if (mean > 0)
      member.forEach((score, unit) => (average[unit] = (average[unit] ?? 0) + score / mean / members.length));
  }
  return average;
}
