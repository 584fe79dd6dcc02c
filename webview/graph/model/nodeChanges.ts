import { inputNumbers } from './documentIndex';
import { resolveFolded } from './folding';
import { gridTypeOf } from './gridSource';
import type { MatchSide } from './matchSide';
import { createTensorFacts, dimsText, type TensorFacts } from './tensorFacts';

/** A side of a comparison with the types and shapes of its tensors. */
export interface ComparedSide extends MatchSide {
  readonly facts: TensorFacts;
}

/** Adds the facts of the document to a side. */
export function withFacts(side: MatchSide): ComparedSide {
  return { ...side, facts: createTensorFacts(side.index.document) };
}

/**
 * True when two partners differ in what a person would call a change: operator, attributes, type or shape of weights,
 * or how weights and inputs are quantized. Values of weights are not compared.
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

/** Types and shapes of the weights of a node, and the integer types of all its operands, by input slot. */
function operandsText(side: ComparedSide, node: number): string {
  const { index, plan, facts } = side;
  return inputNumbers(index, side.start + node)
    .map((input) => {
      if (input < 0) return '';
      const { tensor, steps } = resolveFolded(index, plan, input);
      const grids = steps.map((step) => gridTypeOf(index, facts, step)).join(' ');
      if (index.tensors[tensor]?.weight === undefined) return grids;
      return `${facts.type(tensor) ?? ''} ${dimsText(facts.dims(tensor) ?? [])} ${grids}`;
    })
    .join('\n');
}
