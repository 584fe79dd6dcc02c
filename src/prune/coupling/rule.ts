import type { GraphIndex } from '../../onnx/graphIndex';
import type { Model } from '../../onnx/model';
import type { NodeProto } from '../../onnx/onnx_pb';
import { readInts } from '../../onnx/tensor';
import type { TensorInfo } from '../../onnx/tensorValue';
import type { AxisTable } from './axisTable';

/** What a rule knows. */
export interface RuleContext {
  readonly model: Model;
  readonly index: GraphIndex;
  readonly types: ReadonlyMap<string, TensorInfo>;
  readonly axes: AxisTable;
  /** True when the tensor vanishes on the axes of a masked unit, whatever the input of the model is. */
  readonly vanishes: (tensor: string) => boolean;
  /** Puts off a decision until all other rules were applied. */
  readonly defer: (decision: Decision) => void;
}

/** A tie that can be made in several ways, of which what else is frozen may leave one. */
export interface Decision {
  /** Makes the tie if there is only one way to do so, or if it `must` choose. True when it is made. */
  readonly decide: (must: boolean) => boolean;
}

/**
 * Ties elements of a node's inputs to elements of its outputs and weights. Returns why it cannot, as the rest of a
 * sentence that begins with the node; everything that the node touches is then frozen.
 */
export type Rule = (node: NodeProto, context: RuleContext) => string | undefined;

/** A table of rules by operator. */
export type RuleTable = Readonly<Record<string, Rule>>;

/** Says which node an obstacle belongs to. */
export function obstacle(node: NodeProto, what: string): string {
  return `Node "${node.name}" (${node.opType}) ${what}.`;
}

/** The whole numbers of a constant input; undefined when the input is computed or absent. */
export function constantInts({ model, index }: Pick<RuleContext, 'model' | 'index'>, name: string | undefined) {
  const tensor = name ? index.constants.get(name) : undefined;
  return tensor && readInts(model, tensor);
}

/** A position counted from the end made one counted from the start. */
export function fromStart(position: number, rank: number): number {
  return position < 0 ? position + rank : position;
}

/** Names of the inputs and outputs that a node has. */
export function tensorsAround(node: NodeProto): string[] {
  return [...node.input, ...node.output].filter((name) => name !== '');
}

/** What rules say when the rank of a tensor is not known. */
export const SHAPE_UNKNOWN = 'has a tensor whose shape is not known before the model runs';
