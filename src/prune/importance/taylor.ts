import type { CoupledGroup, Coupling, GroupMember } from '../coupling/types';
import { distinctMembers, type UnitScores } from './scoreUnits';

/** A weight in the vector that holds all of them. */
export interface WeightPlace {
  readonly name: string;
  readonly dims: readonly number[];
  readonly offset: number;
}

/** Adds up what the units of all groups are worth to the loss. */
export interface TaylorSums {
  /** The weights and the gradients of the loss at them, of one sample or batch. */
  add(weights: Float32Array, gradients: Float32Array): void;
  /** The mean over what was added; groups without a gradient have no scores. */
  scores(): UnitScores;
}

/**
 * First-order Taylor importance (Molchanov et al., Importance Estimation for Neural Network Pruning, 2019): without a
 * filter, the loss changes by about the sum of weight x gradient over its weights. Its magnitude is averaged over what
 * is added, and over the layers that make or read a unit. Scores are in units of the loss, so that groups compare.
 */
export function createTaylorSums(coupling: Coupling, weights: readonly WeightPlace[]): TaylorSums {
  const places = new Map(weights.map((place) => [place.name, place]));
  const groups = coupling.groups.flatMap((group) => {
    const layers = group.protection === undefined ? layersOf(group, places) : [];
    return layers.length === 0 ? [] : [{ group, layers, total: new Float64Array(group.units) }];
  });
  let count = 0;
  return {
    add(values, gradients) {
      count++;
      for (const { group, layers, total } of groups) {
        for (const parts of layers) {
          const changes = new Float64Array(group.units);
          for (const part of parts) addProducts(changes, part, values, gradients);
          changes.forEach((change, unit) => (total[unit] = (total[unit] ?? 0) + Math.abs(change) / layers.length));
        }
      }
    },
    scores: () => new Map(groups.map(({ group, total }) => [group.name, total.map((sum) => sum / count)])),
  };
}

/** A weight along whose axis units lie. */
interface Part {
  readonly offset: number;
  readonly length: number;
  /** Elements between neighbours on the axis. */
  readonly inner: number;
  /** The unit at each position of the axis, -1 for none. */
  readonly unitAt: Int32Array;
}

/** The weights of each layer that makes or reads the units: a bias counts with its weight, alone only where it is alone. */
function layersOf(group: CoupledGroup, places: ReadonlyMap<string, WeightPlace>): Part[][] {
  const layers = new Map<unknown, { parts: Part[]; isMatrix: boolean }>();
  for (const member of distinctMembers(group.members)) {
    const place = member.role === 'carries' ? undefined : places.get(member.tensor);
    if (!place) continue;
    const key = `${member.role} ${member.node?.name ?? member.tensor}`;
    const { parts, isMatrix } = layers.get(key) ?? { parts: [], isMatrix: false };
    layers.set(key, { parts: [...parts, partOf(member, place)], isMatrix: isMatrix || place.dims.length > 1 });
  }
  const all = [...layers.values()];
  const matrices = all.filter(({ isMatrix }) => isMatrix);
  return (matrices.length > 0 ? matrices : all).map(({ parts }) => parts);
}

function partOf({ axis, elements }: GroupMember, { dims, offset }: WeightPlace): Part {
  const unitAt = new Int32Array(dims[axis] ?? 1).fill(-1);
  elements.forEach((positions, unit) => {
    for (const at of positions) unitAt[at] = unit;
  });
  const product = (sizes: readonly number[]): number => sizes.reduce((total, dim) => total * dim, 1);
  return { offset, length: product(dims), inner: product(dims.slice(axis + 1)), unitAt };
}

function addProducts(
  sums: Float64Array,
  { offset, length, inner, unitAt }: Part,
  weights: Float32Array,
  gradients: Float32Array,
): void {
  for (let start = 0, position = 0; start < length; start += inner, position = (position + 1) % unitAt.length) {
    const unit = unitAt[position] ?? -1;
    if (unit < 0) continue;
    let sum = 0;
    for (let at = offset + start; at < offset + start + inner; at++) sum += (weights[at] ?? 0) * (gradients[at] ?? 0);
    sums[unit] = (sums[unit] ?? 0) + sum;
  }
}
