import type { NodeProto } from '../../onnx/onnx_pb';
import type { TensorInfo } from '../../onnx/tensorValue';
import { ElementSets } from './elementSets';
import type { GroupMember } from './types';

/** What an axis of a weight is to the units on it. */
export type Role = GroupMember['role'];

/** One axis of known length of one tensor. */
export interface Axis {
  readonly tensor: string;
  readonly position: number;
  readonly length: number;
  /** True when no tensor has it. */
  readonly isVirtual: boolean;
  /** Its first element; negative as long as nothing asked for single elements. */
  first: number;
  /** The reason for which it is frozen as a whole while it has no elements; 0 when it is not. */
  frozen: number;
  /** How a node uses it, where the tensor is a weight. */
  role?: Role;
  user?: NodeProto;
}

/**
 * The axes of all tensors and what ties their elements. Spatial axes and the like are frozen as a whole and never get
 * elements, which keeps the table small. `undefined` stands for an axis of unknown length: what is tied to it is frozen.
 */
export class AxisTable {
  readonly sets = new ElementSets();
  readonly reasons: string[] = [''];
  private readonly reasonIds = new Map<string, number>();
  private readonly axes = new Map<string, (Axis | undefined)[]>();

  constructor(
    private readonly types: ReadonlyMap<string, TensorInfo>,
    private readonly weights: ReadonlySet<string>,
  ) {}

  /** The dimensions of a tensor, with undefined for unknown ones; undefined when not even the rank is known. */
  dims(tensor: string | undefined): readonly (number | undefined)[] | undefined {
    const info = tensor === undefined ? undefined : this.types.get(tensor);
    return info && info.type !== 'unknown'
      ? info.dims.map((dim) => (typeof dim === 'number' ? dim : undefined))
      : undefined;
  }

  /** An axis of a tensor; undefined when its length is unknown. */
  axis(tensor: string, position: number): Axis | undefined {
    let list = this.axes.get(tensor);
    if (!list) this.axes.set(tensor, (list = []));
    const known = list[position];
    if (known) return known;
    const length = this.types.get(tensor)?.dims[position];
    if (typeof length !== 'number' || length < 1) return undefined;
    return (list[position] = { tensor, position, length, isVirtual: false, first: -1, frozen: 0 });
  }

  /** All axes of a tensor in order. */
  axesOf(tensor: string): (Axis | undefined)[] {
    return (this.types.get(tensor)?.dims ?? []).map((_, position) => this.axis(tensor, position));
  }

  /** An axis that no tensor has: a length that a shape is computed from. Its name is one that no tensor has either. */
  virtualAxis(name: string, position: number, length: number): Axis {
    let list = this.axes.get(name);
    if (!list) this.axes.set(name, (list = []));
    return (list[position] ??= { tensor: name, position, length, isVirtual: true, first: -1, frozen: 0 });
  }

  /** Every axis that was asked for. */
  *all(): Generator<Axis> {
    for (const list of this.axes.values()) for (const axis of list) if (axis) yield axis;
  }

  /** Element `index` of an axis. */
  element(axis: Axis, index: number): number {
    return this.firstOf(axis) + index;
  }

  /** Ties the elements of two axes one to one. Axes of different length are frozen. */
  tieAxes(a: Axis | undefined, b: Axis | undefined): void {
    if (a === b) return;
    if (!a || !b || a.length !== b.length) {
      this.freeze(a, b ? LENGTHS_DIFFER : LENGTH_UNKNOWN);
      this.freeze(b, a ? LENGTHS_DIFFER : LENGTH_UNKNOWN);
      return;
    }
    // A weight gets elements even on a frozen axis, so that a protected layer has its weights together.
    const isLazy = !this.weights.has(a.tensor) && !this.weights.has(b.tensor);
    if (isLazy && a.first < 0 && a.frozen !== 0) this.freezeFor(b, a.frozen);
    else if (isLazy && b.first < 0 && b.frozen !== 0) this.freezeFor(a, b.frozen);
    else this.tieRun(a, 0, b, 0, a.length);
  }

  /** Ties `count` elements from `i` of one axis to as many from `j` of another. */
  tieRun(a: Axis, i: number, b: Axis, j: number, count: number): void {
    const from = this.firstOf(a) + i;
    const to = this.firstOf(b) + j;
    for (let k = 0; k < count; k++) this.sets.union(from + k, to + k);
  }

  /** Ties one element of an axis to one of another. */
  tie(a: Axis, i: number, b: Axis, j: number): void {
    this.sets.union(this.firstOf(a) + i, this.firstOf(b) + j);
  }

  /** Freezes an axis as a whole; `reason` is one English sentence. */
  freeze(axis: Axis | undefined, reason: string): void {
    if (axis) this.freezeFor(axis, this.reasonId(reason));
  }

  /** Freezes one element of an axis. */
  freezeElement(axis: Axis, index: number, reason: string): void {
    this.sets.freeze(this.element(axis, index), this.reasonId(reason));
  }

  /** True when no element of an axis can be removed. */
  isFrozen(axis: Axis | undefined): boolean {
    if (!axis) return true;
    if (axis.first < 0) return axis.frozen !== 0;
    for (let i = 0; i < axis.length; i++) if (this.sets.reasonOf(axis.first + i) === 0) return false;
    return true;
  }

  /** Why an axis of which no element can be removed is frozen; undefined for one of unknown length. */
  reasonOf(axis: Axis | undefined): string | undefined {
    if (!axis) return undefined;
    return this.reasons[axis.first < 0 ? axis.frozen : this.sets.reasonOf(axis.first)] || undefined;
  }

  /** Marks the elements of an axis as ones whose removal is not the same as masking. */
  markInexact(axis: Axis | undefined): void {
    if (!axis || axis.length === 1 || (axis.first < 0 && axis.frozen !== 0)) return;
    const first = this.firstOf(axis);
    for (let i = 0; i < axis.length; i++) this.sets.markInexact(first + i);
  }

  /** Notes how a node uses an axis of a weight; the first `makes` is what counts. */
  setRole(axis: Axis | undefined, role: Role, user: NodeProto): void {
    if (!axis || !this.weights.has(axis.tensor)) return;
    if (axis.role === 'makes' || (axis.role === 'reads' && role !== 'makes')) return;
    axis.role = role;
    axis.user = user;
  }

  private freezeFor(axis: Axis, reason: number): void {
    if (axis.first >= 0) for (let i = 0; i < axis.length; i++) this.sets.freeze(axis.first + i, reason);
    else if (axis.frozen === 0) axis.frozen = reason;
  }

  private firstOf(axis: Axis): number {
    if (axis.first < 0) {
      axis.first = this.sets.add(axis.length);
      if (axis.frozen !== 0) for (let i = 0; i < axis.length; i++) this.sets.freeze(axis.first + i, axis.frozen);
    }
    return axis.first;
  }

  private reasonId(reason: string): number {
    let id = this.reasonIds.get(reason);
    if (id === undefined) {
      id = this.reasons.push(reason) - 1;
      this.reasonIds.set(reason, id);
    }
    return id;
  }
}

const LENGTH_UNKNOWN = 'It meets an axis whose length is not known before the model runs.';
const LENGTHS_DIFFER = 'It meets an axis of another length.';
