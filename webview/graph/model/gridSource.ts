import type { GraphNode } from '../../../src/protocol';
import { inputNumbers, outputNumbers, type DocumentIndex } from './documentIndex';
import type { FoldStep } from './folding';
import { describeGrid, intAttribute, type GridSource } from './quantizationGrid';
import type { TensorFacts } from './tensorFacts';

/** Type of the integers of a folded step: `uint8`. */
export function gridTypeOf(index: DocumentIndex, facts: TensorFacts, step: FoldStep): string {
  return describeGrid(facts, gridSourceOf(index, step)).grid.dataType;
}

/** Where a QuantizeLinear/DequantizeLinear pair, or a lone one of both, has its parameters. */
export function gridSourceOf(index: DocumentIndex, step: FoldStep | { readonly quantize: number }): GridSource {
  const number = 'dequantize' in step ? step.dequantize : step.quantize;
  const node = index.nodes[number];
  const inputs = inputNumbers(index, number);
  const isQuantize = node?.operator === 'QuantizeLinear';
  const named = isQuantize ? typeAttribute(node) : undefined;
  return {
    scale: inputs[1] ?? -1,
    zeroPoint: inputs[2] ?? -1,
    value: (isQuantize ? outputNumbers(index, number)[0] : inputs[0]) ?? -1,
    axis: intAttribute(node, 'axis', 1),
    blockSize: intAttribute(node, 'block_size', 0),
    ...(named === undefined ? {} : { fallbackType: named }),
  };
}

/** Element types by their number in ONNX, those that `output_dtype` of QuantizeLinear (opset 21) may name. */
const QUANTIZED_TYPES: Readonly<Record<string, string>> = {
  2: 'uint8',
  3: 'int8',
  4: 'uint16',
  5: 'int16',
  17: 'float8e4m3fn',
  18: 'float8e4m3fnuz',
  19: 'float8e5m2',
  20: 'float8e5m2fnuz',
  21: 'uint4',
  22: 'int4',
  23: 'float4e2m1',
};

function typeAttribute(node: GraphNode): string | undefined {
  const text = node.attributes.find((attribute) => attribute.name === 'output_dtype')?.text;
  return text === undefined ? undefined : (QUANTIZED_TYPES[text] ?? (/^u?int|^float/.test(text) ? text : undefined));
}
