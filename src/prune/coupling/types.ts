import type { NodeProto } from '../../onnx/onnx_pb';

/**
 * How channels hang together. Every axis of every tensor has as many *elements* as it is long; operators tie elements
 * of their inputs' axes to elements of their outputs' axes (a Conv ties its output channel to a row of its weight, an
 * Add ties both terms, a Flatten ties a channel to a block of features). What is tied together can only be removed
 * together: it is a *unit*. Units that live on the same axes form a *group*, of which any number may go.
 */
export interface Coupling {
  readonly groups: readonly CoupledGroup[];
}

/** Units that lie side by side on the same axes: the output channels of a layer, with all that follows from them. */
export interface CoupledGroup {
  /** The name of the first node (in graph order) whose weight makes the units: stable over runs. */
  readonly name: string;
  /** How many units there are; removing one removes its elements on every member axis. */
  readonly units: number;
  readonly members: readonly GroupMember[];
  /** Why nothing of it may be removed, in one English sentence; absent when it may. */
  readonly protection?: string;
  /**
   * True when a model without a unit computes what the model computes in which all weights of that unit are zero. False
   * where something reads the length of the axis or every value on it: the statistics of a LayerNormalization, a mean.
   */
  readonly exact: boolean;
}

/** One axis of one tensor that a group lies on. */
export interface GroupMember {
  /** An initializer for weights, else an activation. */
  readonly tensor: string;
  readonly axis: number;
  /** Length of the axis, including elements that belong to other groups (after a Concat). */
  readonly length: number;
  /** The elements of the axis that belong to each unit: one for most, a block after a Flatten, one a gate for LSTM. */
  readonly elements: readonly (readonly number[])[];
  /**
   * `makes`: an axis of a weight whose elements compute the unit (a filter, a bias, a scale); `reads`: an axis of a
   * weight that is summed over (input channels); `carries`: an axis of an activation, or of a constant whose zero is no
   * absence (a variance, a divisor, a slope).
   */
  readonly role: 'makes' | 'reads' | 'carries';
  /** The node that uses the weight, or that makes the activation. */
  readonly node: NodeProto | undefined;
}

/** Units to remove, by group name. */
export type Removal = ReadonlyMap<string, ReadonlySet<number>>;
