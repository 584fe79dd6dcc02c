import { inputNumbers, outputNumbers, type DocumentIndex } from './documentIndex';
import { resolveFolded, type FoldPlan } from './folding';
import { gridTypeOf } from './gridSource';
import { weightsOfNode } from './nodeWeights';
import { intAttribute, shortType } from './quantizationGrid';
import type { TensorFacts } from './tensorFacts';

/**
 * The type that a node computes in, short: that of its largest weight (`s8` where it is stored so, even when it is
 * dequantized on the way), else that of its quantized input, else that of its output.
 */
export function computeType(
  index: DocumentIndex,
  plan: FoldPlan,
  facts: TensorFacts,
  node: number,
): string | undefined {
  const described = index.nodes[node];
  if (described?.operator === 'MatMulNBits') return `u${String(intAttribute(described, 'bits', 4))}`;
  const weights = weightsOfNode(index, plan, node);
  const largest = weights.reduce<(typeof weights)[number] | undefined>(
    (most, weight) => (most === undefined || weight.weight.elements > most.weight.elements ? weight : most),
    undefined,
  );
  // Constants of a few numbers, such as shapes and axes, say nothing about what is computed.
  if (largest !== undefined && (largest.weight.elements > 1 || largest.steps.length > 0)) {
    const [step] = largest.steps;
    const type = step === undefined ? facts.type(largest.tensor) : gridTypeOf(index, facts, step);
    if (type !== undefined && (type !== 'int64' || largest.weight.values === undefined)) return shortElementType(type);
  }
  for (const input of inputNumbers(index, node)) {
    const step = input < 0 ? undefined : resolveFolded(index, plan, input).steps.at(-1);
    if (step !== undefined) return shortType(gridTypeOf(index, facts, step));
  }
  const output = outputNumbers(index, node)[0] ?? -1;
  const type = output < 0 ? undefined : facts.type(output);
  return type === undefined ? undefined : shortElementType(type);
}

const FLOATS: Readonly<Record<string, string>> = {
  float32: 'f32',
  float16: 'f16',
  bfloat16: 'bf16',
  float64: 'f64',
};

/** `f32` for `float32`, `u8` for `uint8`. */
export function shortElementType(type: string): string {
  return FLOATS[type] ?? shortType(type);
}
