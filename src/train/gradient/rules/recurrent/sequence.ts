import { findAttribute, intAttribute, stringAttribute } from '../../../../onnx/attributes';
import type { NodeProto } from '../../../../onnx/onnx_pb';
import { noGradient } from '../../errors';
import { concat, constantInts, expand, flip, gemm, input, reshape, scalar, slice, sumAxes } from '../../emitters';
import type { GradientContext } from '../../types';

/** Sizes of a recurrent node, and in which order each direction reads the sequence. */
export interface SequenceShape {
  readonly steps: number;
  readonly batch: number;
  readonly features: number;
  readonly hidden: number;
  /** For each direction, whether it runs from the end to the start. */
  readonly reversed: readonly boolean[];
}

/**
 * The sizes of LSTM or GRU. Throws `no-gradient` for what is not covered: other activations than the default ones,
 * clipping, coupled gates, batches first, and sequences of different lengths.
 */
export function sequenceShape(
  node: NodeProto,
  context: GradientContext,
  activations: readonly string[],
): SequenceShape {
  const [steps = 1, batch = 1, features = 1] = context.shape(input(node, 0));
  const [directions = 1, , hidden = 1] = context.shape(input(node, 2));
  const given = findAttribute(node, 'activations')?.strings.map((bytes) =>
    new TextDecoder().decode(bytes).toLowerCase(),
  );
  if (given?.some((name, i) => name !== activations[i % activations.length]))
    throw noGradient(node, 'other activations');
  if (findAttribute(node, 'clip')) throw noGradient(node, 'clipping');
  if (intAttribute(node, 'input_forget', 0) !== 0) throw noGradient(node, 'coupled gates');
  if (intAttribute(node, 'layout', 0) !== 0) throw noGradient(node, 'the batch as first axis');
  const lengths = constantInts(context, node, 4, 'sequence lengths');
  if (lengths?.some((length) => length !== steps)) throw noGradient(node, 'sequences of different lengths');
  const direction = stringAttribute(node, 'direction', 'forward');
  const reversed = directions === 2 ? [false, true] : [direction === 'reverse'];
  return { steps, batch, features, hidden, reversed };
}

/** The part of one direction, without the axis of the directions; undefined for an input that is left out. */
export function ofDirection(context: GradientContext, name: string, direction: number, axis = 0): string | undefined {
  if (name === '') return undefined;
  const part = slice(context, name, [{ axis, start: direction, end: direction + 1 }]);
  return reshape(
    context,
    part,
    context.shape(name).filter((_, i) => i !== axis),
  );
}

/** A sequence in the order in which a direction reads it, or back. */
export function inOrder(context: GradientContext, sequence: string, isReversed: boolean): string {
  return isReversed ? flip(context, sequence, [0]) : sequence;
}

export function zeros(context: GradientContext, shape: readonly number[]): string {
  return expand(context, scalar(context, 0), shape);
}

/** What each step starts from: `first` `[batch, hidden]`, then the sequence without its last step. */
export function shifted(context: GradientContext, sequence: string, first: string): string {
  const [steps = 1, ...rest] = context.shape(sequence);
  const start = reshape(context, first, [1, ...rest]);
  return steps === 1
    ? start
    : concat(context, [start, slice(context, sequence, [{ axis: 0, start: 0, end: steps - 1 }])], 0);
}

/** The steps of a sequence one by one, each without the axis of time. */
export function unstack(context: GradientContext, sequence: string): string[] {
  const [steps = 1, ...rest] = context.shape(sequence);
  if (steps === 1) return [reshape(context, sequence, rest)];
  const sizes = context.ints(Array.from({ length: steps }, () => 1));
  const parts = context.emitAll(
    'Split',
    [sequence, sizes],
    Array.from({ length: steps }, () => [1, ...rest]),
    { axis: 0 },
  );
  return parts.map((part) => reshape(context, part, rest));
}

/** The other way round. */
export function stack(context: GradientContext, steps: readonly string[]): string {
  const rows = steps.map((name) => reshape(context, name, [1, ...context.shape(name)]));
  return concat(context, rows, 0);
}

/** All steps of all samples as rows of one matrix. */
export function asRows(context: GradientContext, sequence: string): string {
  const shape = context.shape(sequence);
  const columns = shape.at(-1) ?? 1;
  return reshape(context, sequence, [shape.slice(0, -1).reduce((a, b) => a * b, 1), columns]);
}

/** Column blocks of a matrix, `count` of equal width, the ones asked for. */
export function columnBlock(context: GradientContext, rows: string, index: number, width: number): string {
  return slice(context, rows, [
    { axis: context.shape(rows).length - 1, start: index * width, end: (index + 1) * width },
  ]);
}

/** The gradients of a direction's input, weights and biases, from those of its pre-activations. */
export interface DirectionGradients {
  readonly x: string;
  readonly weight: string;
  readonly recurrence: string;
  readonly bias: string;
  readonly initial: string;
  readonly initialCell?: string;
}

/** `dZ^T * rows`: the gradient of a weight that multiplied `rows` from the right, transposed. */
export function weightOf(context: GradientContext, preActivations: string, rows: string): string {
  return gemm(context, preActivations, rows, { transA: 1 });
}

/** The sum over the rows. */
export function sumRows(context: GradientContext, rows: string): string {
  return reshape(context, sumAxes(context, rows, [0]), [context.shape(rows)[1] ?? 1]);
}

/** The gradients of a node's inputs by position: directions stacked, those of the input summed. */
export function collect(
  node: NodeProto,
  directions: readonly DirectionGradients[],
  context: GradientContext,
): (string | undefined)[] {
  const together = (position: number, pick: (part: DirectionGradients) => string): string | undefined =>
    context.wanted(input(node, position)) ? stack(context, directions.map(pick)) : undefined;
  const [x] = context.wanted(input(node, 0))
    ? [directions.map((part) => part.x).reduce((a, b) => context.emit('Add', [a, b], context.shape(a)))]
    : [undefined];
  return [
    x,
    together(1, (part) => part.weight),
    together(2, (part) => part.recurrence),
    together(3, (part) => part.bias),
    undefined,
    together(5, (part) => part.initial),
    together(6, (part) => part.initialCell ?? ''),
  ];
}
