import type { GraphBody, GraphNode } from '../../../src/protocol';

/**
 * Position among the inputs of a body that an input of its node feeds; -1 where it feeds none: the condition of If,
 * the trip count of Loop (ONNX operator reference: If, Loop, Scan, SequenceMap).
 */
export function bodyInputOf(node: GraphNode, body: GraphBody, slot: number): number {
  if (node.operator === 'If') return -1;
  const position =
    node.operator === 'Loop' ? (slot === 0 ? -1 : slot) : slot + Math.min(0, body.inputs.length - node.inputs.length);
  return position < body.inputs.length ? position : -1;
}

/** Position among the outputs of a body that an output of its node comes from: Loop's bodies tell first whether to go on. */
export function bodyOutputOf(node: GraphNode, slot: number): number {
  return node.operator === 'Loop' ? slot + 1 : slot;
}

/** True when some input of the node has no place in its bodies. */
export function hasOwnInputs(node: GraphNode, bodies: readonly GraphBody[]): boolean {
  return node.inputs.some((input, slot) => input >= 0 && bodies.every((body) => bodyInputOf(node, body, slot) < 0));
}
