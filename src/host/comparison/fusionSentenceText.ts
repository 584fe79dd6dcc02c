import { l10n } from 'vscode';
import type { FusionFix, FusionReason, FusionVerdict, PortabilitySentence } from '../../protocol';

/** Why a node runs in float, in the person's language. A reason of a later version keeps its own words. */
export function fusionReasonText({ code, message, values }: FusionReason): string {
  const value = (name: string): string | number => values[name] ?? '';
  switch (code) {
    case 'no-kernel':
      return l10n.t('ONNX Runtime has no integer kernel for {0} on the CPU.', value('operator'));
    case 'not-quantized':
      return l10n.t('Nothing around it is quantized.');
    case 'wide-activations':
      return l10n.t('Its activations have 16 bits, for which ONNX Runtime has no integer kernel on the CPU.');
    case 'only-weight':
      return l10n.t('Only its weight is quantized, which is restored in every run.');
    case 'input-float':
      return l10n.t('Its input is not quantized.');
    case 'operand-float':
      return l10n.t('Its second operand is not quantized.');
    case 'one-input-float':
      return l10n.t('Its input {0} is not quantized, and an integer kernel needs all of them.', value('input'));
    case 'model-output':
      return l10n.t('Its output is an output of the model and is not quantized.');
    case 'also-read':
      return l10n.t('Its output is read in float by {0} besides.', value('node'));
    case 'read-in-float':
      return l10n.t('Its output is not quantized before {0} ({1}) reads it.', value('node'), value('operator'));
    case 'node-between':
      return l10n.t(
        'Between it and its QuantizeLinear lies {0} ({1}), which cannot become part of its kernel.',
        value('node'),
        value('operator'),
      );
    case 'range-behind':
      return l10n.t(
        'The range behind {0} ({1}) reaches beyond what it lets through, so that it cannot be left out.',
        value('node'),
        value('operator'),
      );
    case 'different-parameters':
      return l10n.t('It only moves values, but its input and its output have different scales or zero points.');
    case 'unsupported-combination':
      return l10n.t('ONNX Runtime has no integer kernel for this combination of types, shapes and attributes.');
    default:
      return message;
  }
}

/** What to do about it, in the person's language. */
export function fusionFixText({ code, message }: FusionFix): string {
  switch (code) {
    case 'island':
      return l10n.t(
        'It is an island between integer kernels; where latency matters, keep the layers next to it in float.',
      );
    case 'uint8-activations':
      return l10n.t('Quantize activations to uint8.');
    case 'exclude':
      return l10n.t('Leave it out of quantization, so that nothing is converted around it.');
    case 'quantize-input':
      return l10n.t('Quantize what makes that input too; where that cannot be, float is right.');
    case 'exclude-or-quantize-output':
      return l10n.t('Leave it out of quantization, or quantize its own output.');
    case 'read-dequantized':
      return l10n.t('Let that one read the dequantized value.');
    case 'calibrate-behind':
      return l10n.t('Calibrate the range behind the activation.');
    case 'same-parameters':
      return l10n.t('Give input and output the same scale and zero point.');
    default:
      return message;
  }
}

/** Whether a model is exact on processors without VNNI, in the person's language. */
export function portabilityText({ code, message, values }: PortabilitySentence): string {
  const value = (name: string): string | number => values[name] ?? '';
  switch (code) {
    case 'no-layers':
      return l10n.t('No layer sums products of 8-bit activations and int8 weights.');
    case 'saturates': {
      const names = value('more') === 0 ? value('names') : l10n.t('{0} and {1} more', value('names'), value('more'));
      return l10n.t(
        'On x86 processors without VNNI, sums saturate in {0} of {1} layers ({2}). Quantize those with 7-bit weights.',
        value('saturating'),
        value('layers'),
        names,
      );
    }
    case 'exact':
      return l10n.t('Exact on every x86 processor: no activations can make a sum saturate.');
    case 'exact-on-data':
      return l10n.t(
        'No sum saturated at {0} positions on {1} samples; in {2} of {3} layers, other activations could make one.',
        value('positions'),
        value('samples'),
        value('open'),
        value('layers'),
      );
    default:
      return message;
  }
}

/** How a node runs, in the person's language. */
export function fusionVerdictText(verdict: FusionVerdict): string {
  switch (verdict) {
    case 'int8':
      return l10n.t('integer kernel');
    case 'float':
      return l10n.t('float');
    case 'fused':
      return l10n.t('part of another node');
    case 'conversion':
      return l10n.t('conversion');
    case 'removed':
      return l10n.t('folded away');
    case 'other':
      return l10n.t('shapes and indices');
  }
}
