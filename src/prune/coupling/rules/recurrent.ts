import { intAttribute } from '../../../onnx/attributes';
import type { NodeProto } from '../../../onnx/onnx_pb';
import { contract } from '../contract';
import { SHAPE_UNKNOWN, type RuleContext, type RuleTable } from '../rule';

/**
 * Inputs that have the hidden size (ONNX operators LSTM, GRU and RNN): how many blocks of it, one a gate, the axis holds,
 * by input and axis. All directions share it, since they lie on one axis of the output.
 */
interface Recurrence {
  readonly gates: number;
  /** Inputs of states [directions, batch, hidden] and of peepholes [directions, blocks * hidden]. */
  readonly states: readonly number[];
  readonly peepholes?: { readonly input: number; readonly blocks: number };
}

const RECURRENCES: Readonly<Record<string, Recurrence>> = {
  LSTM: { gates: 4, states: [5, 6], peepholes: { input: 7, blocks: 3 } },
  GRU: { gates: 3, states: [5] },
  RNN: { gates: 1, states: [5] },
};

/** Operators with a hidden state. */
export const RECURRENT: RuleTable = { LSTM: recur, GRU: recur, RNN: recur };

function recur(node: NodeProto, context: RuleContext): string | undefined {
  const { axes } = context;
  const { gates, states, peepholes } = RECURRENCES[node.opType] ?? { gates: 1, states: [] };
  const [input = '', weights = '', recurrence = '', bias, lengths, ...rest] = node.input;
  const hidden = axes.axis(recurrence, 2);
  const isBatchFirst = intAttribute(node, 'layout', 0) === 1;
  if (!hidden || !axes.dims(input) || !axes.dims(weights)) return SHAPE_UNKNOWN;
  const [features, inWeights] = [axes.axis(input, 2), axes.axis(weights, 2)];
  axes.tieAxes(features, inWeights);
  if (features && inWeights) contract(context, [input, features], [weights, inWeights]);
  axes.setRole(inWeights, 'reads', node);
  axes.setRole(hidden, 'reads', node);
  const tieBlocks = (tensor: string | undefined, position: number, blocks: number): void => {
    const axis = tensor ? axes.axis(tensor, position) : undefined;
    if (!axis) return;
    for (let block = 0; block < blocks; block++) axes.tieRun(axis, block * hidden.length, hidden, 0, hidden.length);
    axes.setRole(axis, 'makes', node);
  };
  tieBlocks(weights, 1, gates);
  tieBlocks(recurrence, 1, gates);
  tieBlocks(bias, 1, 2 * gates);
  if (peepholes) tieBlocks(node.input[peepholes.input], 1, peepholes.blocks);
  for (const i of states) tieBlocks(rest[i - 5], 2, 1);
  const [sequence, ...last] = node.output;
  const [steps, batch] = isBatchFirst ? [1, 0] : [0, 1];
  if (sequence) {
    axes.tieAxes(hidden, axes.axis(sequence, 3));
    axes.tieAxes(axes.axis(input, steps), axes.axis(sequence, steps));
    axes.tieAxes(axes.axis(input, batch), axes.axis(sequence, isBatchFirst ? 0 : 2));
  }
  for (const name of last) if (name) axes.tieAxes(hidden, axes.axis(name, 2));
  for (const name of [...last, ...states.map((i) => node.input[i])]) {
    if (name) axes.tieAxes(axes.axis(input, batch), axes.axis(name, batch));
  }
  if (lengths) axes.tieAxes(axes.axis(input, batch), axes.axis(lengths, 0));
  freezeTheRest(node, context, [weights, recurrence, bias, ...node.output]);
  return undefined;
}

/** The number of directions is a property of the operator. */
function freezeTheRest(node: NodeProto, { axes }: RuleContext, tensors: readonly (string | undefined)[]): void {
  const reason = `Node "${node.name}" (${node.opType}) needs one element for each direction.`;
  for (const name of tensors) {
    if (!name) continue;
    const isSequence = name === node.output[0];
    const isBatchFirst = intAttribute(node, 'layout', 0) === 1;
    const isState = !isSequence && node.output.includes(name);
    const position = isSequence ? (isBatchFirst ? 2 : 1) : isState && isBatchFirst ? 1 : 0;
    axes.freeze(axes.axis(name, position), reason);
  }
}
