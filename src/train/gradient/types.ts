import type { NodeProto } from '../../onnx/onnx_pb';
import type { TensorInfo, TensorValue } from '../../onnx/tensorValue';

/**
 * What a gradient rule works with. All shapes are fixed: a training graph is built for one batch size, so that axes of
 * broadcasting, pads and slices are known when the graph is made.
 */
export interface GradientContext {
  /** The version of the standard operator set that the model uses, at least 13. */
  readonly opset: number;
  /** Shape of a tensor of the forward or the backward graph. */
  shape(name: string): readonly number[];
  /** Element type of a tensor of the forward graph; `unknown` for those that ONNX Runtime's API does not name. */
  type(name: string): TensorInfo['type'];
  /** The value of a constant tensor (an initializer that is not trained, or an output of Constant); undefined otherwise. */
  constant(name: string): TensorValue | undefined;
  /** Appends an operator of the standard set and returns the name of its first output, whose shape is given. */
  emit(op: string, inputs: readonly string[], shape: readonly number[], attributes?: Attributes): string;
  /** The same for operators of several outputs; one shape an output. */
  emitAll(
    op: string,
    inputs: readonly string[],
    shapes: readonly (readonly number[])[],
    attributes?: Attributes,
  ): string[];
  /** A float32 initializer; `shape` is `[]` for a scalar. Equal ones are shared. */
  floats(values: readonly number[] | Float32Array, shape: readonly number[]): string;
  /** An int64 initializer, as for axes and shapes. */
  ints(values: readonly number[], shape?: readonly number[]): string;
  /** True when somebody wants the gradient of this tensor; rules skip the work otherwise. */
  wanted(name: string): boolean;
  /** The name of an output of a forward node, which is made if the node leaves that optional output out. */
  output(node: NodeProto, position: number, shape: readonly number[]): string;
}

/** Attribute values by name. */
export type Attributes = Readonly<Record<string, number | string | readonly number[] | { readonly float: number }>>;

/**
 * The gradient of one operator: given the gradients of its outputs (undefined where nothing flows back), returns those
 * of its inputs, by position; undefined where there is none or none is wanted. Throws `no-gradient` for a form of the
 * operator that it does not cover.
 */
export type GradientRule = (
  node: NodeProto,
  outputGradients: readonly (string | undefined)[],
  context: GradientContext,
) => (string | undefined)[];
