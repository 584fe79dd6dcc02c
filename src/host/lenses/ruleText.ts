import { l10n } from 'vscode';
import type { Finding, RuleId } from '../../python/finding';
import { assertNever } from '../../util/assertNever';

/** Where each trap is documented. */
const LINKS: Readonly<Record<RuleId, string>> = {
  'kldiv-batchmean': 'https://docs.pytorch.org/docs/stable/generated/torch.nn.KLDivLoss.html',
  'deprecated-quantization': 'https://docs.pytorch.org/docs/stable/quantization.html',
  'convert-without-calibration': 'https://docs.pytorch.org/docs/stable/quantization.html',
  'missing-fuse': 'https://docs.pytorch.org/docs/stable/generated/torch.ao.quantization.fuse_modules.fuse_modules.html',
  'quantize-in-train-mode': 'https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.eval',
  'prune-without-remove': 'https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.prune.remove.html',
  'export-in-train-mode': 'https://docs.pytorch.org/docs/stable/onnx.html',
  'export-fixed-batch': 'https://docs.pytorch.org/docs/stable/onnx.html',
  'export-old-opset': 'https://onnx.ai/onnx/operators/onnx__DequantizeLinear.html',
  'softmax-before-cross-entropy': 'https://docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html',
};

/** The page that explains a rule. */
export function ruleLink(rule: RuleId): string {
  return LINKS[rule];
}

/** What a person reads about a trap: what it is, what it costs, what to do. */
export function ruleText({ rule, subject }: Finding): string {
  switch (rule) {
    case 'kldiv-batchmean':
      return l10n.t(
        '{0} averages over the classes as well here, so the divergence comes out too small by the number of classes. reduction="batchmean" gives the divergence as it is defined.',
        subject,
      );
    case 'deprecated-quantization':
      return l10n.t(
        '{0} has moved to torch.ao.quantization; the old name is deprecated. New code may as well use torchao.',
        subject,
      );
    case 'convert-without-calibration':
      return l10n.t(
        '{0} is converted without having run since it was prepared: its observers have seen no data, so the scales mean nothing. Run some hundred samples through it first.',
        subject,
      );
    case 'missing-fuse':
      return l10n.t(
        '{0} is prepared without fuse_modules: convolution, batch normalization and ReLU are quantized one by one, which is slower and loses accuracy.',
        subject,
      );
    case 'quantize-in-train-mode':
      return l10n.t(
        '{0} may be in train mode here: batch normalization and dropout change what is measured and converted. Call eval() first.',
        subject,
      );
    case 'prune-without-remove':
      return l10n.t(
        '{0} writes the model while pruning is still attached: every pruned weight is stored twice, as original and mask. Call prune.remove first.',
        subject,
      );
    case 'export-in-train-mode':
      return l10n.t(
        '{0} may be in train mode here. The exporter on torch.export keeps that mode, so dropout and batch statistics get into the file. Call eval() first.',
        subject,
      );
    case 'export-fixed-batch':
      return l10n.t(
        '{0} without dynamic axes: the file takes the batch size of the example input and no other.',
        subject,
      );
    case 'export-old-opset':
      return l10n.t(
        'Opset {0} is too old for quantization: per-channel scales need opset 13 or later. Every PyTorch from 1.13 on writes 17.',
        subject,
      );
    case 'softmax-before-cross-entropy':
      return l10n.t(
        '{0} is the last step of the model, and CrossEntropyLoss applies a softmax itself: twice makes gradients small and training slow. Return the logits.',
        subject,
      );
    default:
      return assertNever(rule);
  }
}

/** The name of the quick fix of a rule. */
export function fixText(rule: RuleId): string {
  switch (rule) {
    case 'kldiv-batchmean':
      return l10n.t('Set reduction="batchmean"');
    case 'deprecated-quantization':
      return l10n.t('Use torch.ao.quantization');
    case 'convert-without-calibration':
      return l10n.t('Run calibration data before converting');
    case 'missing-fuse':
      return l10n.t('Fuse the modules first');
    case 'quantize-in-train-mode':
    case 'export-in-train-mode':
      return l10n.t('Call eval() first');
    case 'prune-without-remove':
      return l10n.t('Make the pruning permanent first');
    case 'export-fixed-batch':
      return l10n.t('Make the batch size dynamic');
    case 'export-old-opset':
      return l10n.t('Use a current opset');
    case 'softmax-before-cross-entropy':
      return l10n.t('Return the logits');
    default:
      return assertNever(rule);
  }
}
