import { intAttribute } from '../../../../onnx/attributes';
import type { NodeProto } from '../../../../onnx/onnx_pb';
import { add, concat, elementwise, gemm, input, mul, reshape, scalar, slice, sub } from '../../emitters';
import type { GradientContext, GradientRule } from '../../types';
import {
  asRows,
  collect,
  columnBlock,
  inOrder,
  ofDirection,
  sequenceShape,
  shifted,
  stack,
  sumRows,
  unstack,
  weightOf,
  zeros,
  type DirectionGradients,
  type SequenceShape,
} from './sequence';

/** Backpropagation through time; the gates of all steps are recomputed from the hidden states at once. */
export const gruRule: GradientRule = (node, gradients, context) => {
  const shape = sequenceShape(node, context, ['sigmoid', 'tanh']);
  const directions = shape.reversed.map((_, direction) => throughTime(node, gradients, shape, direction, context));
  return collect(node, directions, context);
};

/** A direction's weights, cut into the part of the update and reset gates and the part of the candidate. */
interface Weights {
  readonly gates: string;
  readonly candidate: string;
}

function throughTime(
  node: NodeProto,
  gradients: readonly (string | undefined)[],
  shape: SequenceShape,
  direction: number,
  context: GradientContext,
): DirectionGradients {
  const { steps, batch, features, hidden, reversed } = shape;
  const isReversed = reversed[direction] ?? false;
  const isResetLast = intAttribute(node, 'linear_before_reset', 0) === 1;
  const own = (position: number): string | undefined => ofDirection(context, input(node, position), direction);
  const weight = own(1) ?? '';
  const recurrence = cutWeights(context, own(2) ?? '', hidden);
  const all = context.output(node, 0, [steps, reversed.length, batch, hidden]);
  const hiddens = inOrder(context, ofDirection(context, all, direction, 1) ?? '', isReversed);
  const x = asRows(context, inOrder(context, input(node, 0), isReversed));
  const before = asRows(context, shifted(context, hiddens, own(5) ?? zeros(context, [batch, hidden])));

  const values = recompute(context, { x, before, weight, recurrence, bias: own(3), hidden, isResetLast });
  const perStep = (rows: string): string[] =>
    unstack(context, reshape(context, rows, [steps, batch, context.shape(rows)[1] ?? 1]));
  const slopes = Object.fromEntries(
    Object.entries(values.slopes).map(([name, rows]) => [name, perStep(rows)]),
  ) as Record<keyof Recomputed['slopes'], string[]>; // the same keys
  const arriving = ofDirection(context, gradients[0] ?? '', direction, 1);
  const outer = arriving && unstack(context, inOrder(context, arriving, isReversed));
  let fromLater = ofDirection(context, gradients[1] ?? '', direction);
  const gateGradients: string[] = [];
  const candidateGradients: string[] = [];
  for (let t = steps - 1; t >= 0; t--) {
    const at = (name: keyof Recomputed['slopes']): string => slopes[name][t] ?? '';
    const here = outer?.[t];
    const dh = here !== undefined && fromLater !== undefined ? add(context, here, fromLater) : (here ?? fromLater);
    const known = dh ?? zeros(context, [batch, hidden]);
    const update = mul(context, known, at('update'));
    const candidate = mul(context, known, at('candidate'));
    // What reaches the product with the candidate's recurrence: behind the reset gate, or before it.
    const behind = isResetLast ? candidate : gemm(context, candidate, recurrence.candidate, {});
    const gates = concat(context, [update, mul(context, behind, at('reset'))], 1);
    const gated = mul(context, behind, at('resetGate'));
    const viaCandidate = isResetLast ? gemm(context, gated, recurrence.candidate, {}) : gated;
    const viaGates = gemm(context, gates, recurrence.gates, {});
    fromLater = add(context, mul(context, known, at('updateGate')), add(context, viaCandidate, viaGates));
    gateGradients.unshift(gates);
    candidateGradients.unshift(candidate);
  }
  const gates = asRows(context, stack(context, gateGradients));
  const candidate = asRows(context, stack(context, candidateGradients));
  const rows = concat(context, [gates, candidate], 1);
  // The recurrent product of the candidate saw its gradient through the reset gate, or a gated state.
  const recurrent = isResetLast ? mul(context, candidate, values.slopes.resetGate) : candidate;
  const seen = isResetLast ? before : mul(context, before, values.slopes.resetGate);
  return {
    x: inOrder(context, reshape(context, gemm(context, rows, weight, {}), [steps, batch, features]), isReversed),
    weight: weightOf(context, rows, x),
    recurrence: concat(context, [weightOf(context, gates, before), weightOf(context, recurrent, seen)], 0),
    bias: concat(context, [sumRows(context, rows), sumRows(context, gates), sumRows(context, recurrent)], 0),
    initial: fromLater ?? '',
  };
}

function cutWeights(context: GradientContext, whole: string, hidden: number): Weights {
  const rows = (start: number, end: number): string => slice(context, whole, [{ axis: 0, start, end }]);
  return { gates: rows(0, 2 * hidden), candidate: rows(2 * hidden, 3 * hidden) };
}

/** By what gradients are multiplied on their way back; rows of all steps. */
interface Recomputed {
  readonly slopes: {
    /** From the hidden state to the update gate's pre-activation. */
    readonly update: string;
    /** From the hidden state to the candidate's pre-activation. */
    readonly candidate: string;
    /** From what the reset gate multiplied to its pre-activation. */
    readonly reset: string;
    readonly updateGate: string;
    readonly resetGate: string;
  };
}

interface Parts {
  readonly x: string;
  readonly before: string;
  readonly weight: string;
  readonly recurrence: Weights;
  readonly bias: string | undefined;
  readonly hidden: number;
  readonly isResetLast: boolean;
}

function recompute(context: GradientContext, parts: Parts): Recomputed {
  const { x, before, weight, recurrence, bias, hidden, isResetLast } = parts;
  const biased = (rows: string, start: number, end: number): string =>
    bias === undefined ? rows : add(context, rows, slice(context, bias, [{ axis: 0, start, end }]));
  const fromInput = biased(gemm(context, x, weight, { transB: 1 }), 0, 3 * hidden);
  const fromState = biased(gemm(context, before, recurrence.gates, { transB: 1 }), 3 * hidden, 5 * hidden);
  const both = slice(context, fromInput, [{ axis: 1, start: 0, end: 2 * hidden }]);
  const gates = elementwise(context, 'Sigmoid', add(context, both, fromState));
  const [update, reset] = [columnBlock(context, gates, 0, hidden), columnBlock(context, gates, 1, hidden)];
  const state = isResetLast ? before : mul(context, reset, before);
  const product = biased(gemm(context, state, recurrence.candidate, { transB: 1 }), 5 * hidden, 6 * hidden);
  const sum = add(
    context,
    columnBlock(context, fromInput, 2, hidden),
    isResetLast ? mul(context, reset, product) : product,
  );
  const candidate = elementwise(context, 'Tanh', sum);

  const one = scalar(context, 1);
  const sigmoidSlope = (y: string): string => mul(context, y, sub(context, one, y));
  const gated = isResetLast ? product : before;
  return {
    slopes: {
      update: mul(context, sub(context, before, candidate), sigmoidSlope(update)),
      candidate: mul(context, sub(context, one, update), sub(context, one, mul(context, candidate, candidate))),
      reset: mul(context, gated, sigmoidSlope(reset)),
      updateGate: update,
      resetGate: reset,
    },
  };
}
