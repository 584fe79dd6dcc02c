import type { OperatorCategory } from './display';
import { inputNumbers } from './documentIndex';
import { resolveFolded } from './folding';
import { gridTypeOf } from './gridSource';
import type { MatchSide } from './matchSide';
import { operatorCategory } from './operatorCategory';
import { createTensorFacts, dimsText, type TensorFacts } from './tensorFacts';

/** Families whose integer kernels multiply integers: what they read says how they compute. */
const MULTIPLYING: ReadonlySet<OperatorCategory> = new Set(['convolution', 'matrix', 'attention', 'recurrent']);

/** A side of a comparison with the types and shapes of its tensors. */
export interface ComparedSide extends MatchSide {
  readonly facts: TensorFacts;
}

/** Adds the facts of the document to a side. */
export function withFacts(side: MatchSide): ComparedSide {
  return { ...side, facts: createTensorFacts(side.index.document) };
}

/**
 * True when two partners differ in what a person would call a change: operator, attributes, type, shape or quantization
 * of weights; of an operator that multiplies, also the integer type of what it reads, as it computes in that. What merely
 * passes quantized tensors on (Relu, MaxPool, Add) is no change, and values of weights are not compared.
 */
export function isChanged(first: ComparedSide, one: number, second: ComparedSide, other: number): boolean {
  const here = first.index.nodes[first.start + one];
  const there = second.index.nodes[second.start + other];
  if (here?.operator !== there?.operator || here?.domain !== there?.domain) return true;
  const attributes = (node: typeof here): string =>
    (node?.attributes ?? [])
      .filter(({ type }) => type !== 'graph' && type !== 'graphs')
      .map(({ name, text }) => `${name}=${text}`)
      .sort()
      .join('\n');
  return attributes(here) !== attributes(there) || operandsText(first, one) !== operandsText(second, other);
}

/** Types and shapes of the weights of a node, and the integer types of those operands that count, by input slot. */
function operandsText(side: ComparedSide, node: number): string {
  const { index, plan, facts } = side;
  const made = index.nodes[side.start + node];
  const isMultiplying = MULTIPLYING.has(operatorCategory(made?.operator ?? '', made?.domain ?? ''));
  return inputNumbers(index, side.start + node)
    .map((input) => {
      if (input < 0) return '';
      const { tensor, steps } = resolveFolded(index, plan, input);
      const grids = steps.map((step) => gridTypeOf(index, facts, step)).join(' ');
      if (index.tensors[tensor]?.weight === undefined) return isMultiplying ? grids : '';
      return `${facts.type(tensor) ?? ''} ${dimsText(facts.dims(tensor) ?? [])} ${grids}`;
    })
    .join('\n');
}
