import { l10n } from 'vscode';

/** What a run did, in the person's language, from the modes of its steps: `channel + static`. One that is not known here is shown as it is. */
export function modeText(mode: string): string {
  return mode.split(' + ').map(stepText).join(' + ');
}

function stepText(mode: string): string {
  switch (mode) {
    case 'static':
      return l10n.t('Static quantization');
    case 'dynamic':
      return l10n.t('Dynamic quantization');
    case 'weights':
      return l10n.t('Weights only');
    case 'channel':
      return l10n.t('Fewer channels');
    case 'depth':
      return l10n.t('Fewer residual branches');
    case 'nm':
      return l10n.t('N:M sparsity');
    case 'magnitude':
      return l10n.t('Sparse weights');
    case 'block':
      return l10n.t('Sparse blocks');
    case 'low-rank':
      return l10n.t('Low rank');
    case 'train':
      return l10n.t('Fine-tuned');
    case 'distil':
      return l10n.t('Distilled');
    case 'normalise':
      return l10n.t('Normalised');
    case 'evaluate':
      return l10n.t('Measured only');
    case 'prune':
      return l10n.t('Pruned');
    case 'quantize':
      return l10n.t('Quantized');
    default:
      return mode;
  }
}
