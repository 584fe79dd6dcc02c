import type { FusionFix, FusionReason } from '../protocol';
import { fillTemplate } from '../util/fillTemplate';

const REASONS: Readonly<Record<FusionReason['code'], string>> = {
  'no-kernel': 'ONNX Runtime has no integer kernel for {operator} on the CPU.',
  'not-quantized': 'Nothing around it is quantized.',
  'wide-activations': 'Its activations have 16 bits, for which ONNX Runtime has no integer kernel on the CPU.',
  'only-weight': 'Only its weight is quantized, which is restored in every run.',
  'input-float': 'Its input is not quantized.',
  'operand-float': 'Its second operand is not quantized.',
  'one-input-float': 'Its input {input} is not quantized, and an integer kernel needs all of them.',
  'model-output': 'Its output is an output of the model and is not quantized.',
  'also-read': 'Its output is read in float by {node} besides.',
  'read-in-float': 'Its output is not quantized before {node} ({operator}) reads it.',
  'node-between': 'Between it and its QuantizeLinear lies {node} ({operator}), which cannot become part of its kernel.',
  'range-behind':
    'The range behind {node} ({operator}) reaches beyond what it lets through, so that it cannot be left out.',
  'different-parameters': 'It only moves values, but its input and its output have different scales or zero points.',
  'unsupported-combination': 'ONNX Runtime has no integer kernel for this combination of types, shapes and attributes.',
};

const FIXES: Readonly<Record<FusionFix['code'], string>> = {
  island: 'It is an island between integer kernels; where latency matters, keep the layers next to it in float.',
  'uint8-activations': 'Quantize activations to uint8.',
  exclude: 'Leave it out of quantization, so that nothing is converted around it.',
  'quantize-input': 'Quantize what makes that input too; where that cannot be, float is right.',
  'exclude-or-quantize-output': 'Leave it out of quantization, or quantize its own output.',
  'read-dequantized': 'Let that one read the dequantized value.',
  'calibrate-behind': 'Calibrate the range behind the activation.',
  'same-parameters': 'Give input and output the same scale and zero point.',
};

/** Why a node runs in float; `values` are those that the text of the code names. */
export function fusionReason(code: FusionReason['code'], values: FusionReason['values'] = {}): FusionReason {
  return { code, message: fillTemplate(REASONS[code], values), values };
}

/** What to do about it. */
export function fusionFix(code: FusionFix['code']): FusionFix {
  return { code, message: FIXES[code], values: {} };
}
