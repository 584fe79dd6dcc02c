import type { NodeProto } from '../../../../onnx/onnx_pb';
import { noGradient } from '../../errors';
import { add, concat, elementwise, gemm, input, mul, reshape, scalar, sub } from '../../emitters';
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

/**
 * Backpropagation through time. The hidden states come from the operator itself, so that the gates of all steps are
 * recomputed by one product; only the cell states and the way back go step by step.
 */
export const lstmRule: GradientRule = (node, gradients, context) => {
  const shape = sequenceShape(node, context, ['sigmoid', 'tanh', 'tanh']);
  if (input(node, 7) !== '') throw noGradient(node, 'peepholes');
  const directions = shape.reversed.map((_, direction) => throughTime(node, gradients, shape, direction, context));
  return collect(node, directions, context);
};

/** Gates of all steps, `[steps, batch, hidden]` each. */
interface Gates {
  readonly inputGate: string;
  readonly outputGate: string;
  readonly forgetGate: string;
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
  const state = [batch, hidden];
  const own = (position: number): string | undefined => ofDirection(context, input(node, position), direction);
  const [weight = '', recurrence = '', bias] = [own(1), own(2), own(3)];
  const all = context.output(node, 0, [steps, reversed.length, batch, hidden]);
  const hiddens = inOrder(context, ofDirection(context, all, direction, 1) ?? '', isReversed);
  const x = asRows(context, inOrder(context, input(node, 0), isReversed));
  const before = shifted(context, hiddens, own(5) ?? zeros(context, state));

  const gates = recomputeGates(context, x, asRows(context, before), { weight, recurrence, bias, shape });
  const start = own(6) ?? zeros(context, state);
  const cells = cellStates(context, gates, start);
  const slopes = gateSlopes(context, gates, cells, shifted(context, cells, start));

  const arriving = ofDirection(context, gradients[0] ?? '', direction, 1);
  const perStep = arriving && unstack(context, inOrder(context, arriving, isReversed));
  const forgets = unstack(context, gates.forgetGate);
  const cellSlopes = unstack(context, slopes.cell);
  const factors = unstack(context, slopes.gates);
  let fromHidden = ofDirection(context, gradients[1] ?? '', direction);
  let fromCell = ofDirection(context, gradients[2] ?? '', direction);
  const preActivations: string[] = [];
  for (let t = steps - 1; t >= 0; t--) {
    const dh = sumOf(context, perStep?.[t], fromHidden) ?? zeros(context, state);
    const dc = sumOf(context, mul(context, dh, cellSlopes[t] ?? ''), fromCell) ?? '';
    const dz = mul(context, concat(context, [dc, dh, dc, dc], 1), factors[t] ?? '');
    preActivations.unshift(dz);
    fromHidden = gemm(context, dz, recurrence, {});
    fromCell = mul(context, dc, forgets[t] ?? '');
  }
  const rows = asRows(context, stack(context, preActivations));
  const biasSum = sumRows(context, rows);
  return {
    x: inOrder(context, reshape(context, gemm(context, rows, weight, {}), [steps, batch, features]), isReversed),
    weight: weightOf(context, rows, x),
    recurrence: weightOf(context, rows, asRows(context, before)),
    bias: concat(context, [biasSum, biasSum], 0),
    initial: fromHidden ?? '',
    initialCell: fromCell ?? '',
  };
}

function sumOf(context: GradientContext, a: string | undefined, b: string | undefined): string | undefined {
  return a !== undefined && b !== undefined ? add(context, a, b) : (a ?? b);
}

function recomputeGates(
  context: GradientContext,
  x: string,
  before: string,
  {
    weight,
    recurrence,
    bias,
    shape,
  }: { weight: string; recurrence: string; bias: string | undefined; shape: SequenceShape },
): Gates {
  const { steps, batch, hidden } = shape;
  let sum = add(context, gemm(context, x, weight, { transB: 1 }), gemm(context, before, recurrence, { transB: 1 }));
  if (bias !== undefined) {
    sum = add(
      context,
      add(context, sum, columnBlock(context, bias, 0, 4 * hidden)),
      columnBlock(context, bias, 1, 4 * hidden),
    );
  }
  const gate = (index: number, activation: string): string =>
    reshape(context, elementwise(context, activation, columnBlock(context, sum, index, hidden)), [
      steps,
      batch,
      hidden,
    ]);
  return {
    inputGate: gate(0, 'Sigmoid'),
    outputGate: gate(1, 'Sigmoid'),
    forgetGate: gate(2, 'Sigmoid'),
    candidate: gate(3, 'Tanh'),
  };
}

function cellStates(context: GradientContext, gates: Gates, start: string): string {
  const news = unstack(context, mul(context, gates.inputGate, gates.candidate));
  const forgets = unstack(context, gates.forgetGate);
  let cell = start;
  return stack(
    context,
    news.map((added, t) => (cell = add(context, mul(context, forgets[t] ?? '', cell), added))),
  );
}

/** By what the gradients of cell and hidden state are multiplied to give that of the cell and of each pre-activation. */
function gateSlopes(
  context: GradientContext,
  gates: Gates,
  cells: string,
  cellsBefore: string,
): { cell: string; gates: string } {
  const one = scalar(context, 1);
  const sigmoidSlope = (y: string): string => mul(context, y, sub(context, one, y));
  const tanhSlope = (y: string): string => sub(context, one, mul(context, y, y));
  const squashed = elementwise(context, 'Tanh', cells);
  const { inputGate, outputGate, forgetGate, candidate } = gates;
  const slopes = [
    mul(context, candidate, sigmoidSlope(inputGate)),
    mul(context, squashed, sigmoidSlope(outputGate)),
    mul(context, cellsBefore, sigmoidSlope(forgetGate)),
    mul(context, inputGate, tanhSlope(candidate)),
  ];
  return { cell: mul(context, outputGate, tanhSlope(squashed)), gates: concat(context, slopes, 2) };
}
