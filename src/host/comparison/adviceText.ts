import { l10n } from 'vscode';
import type { Advice, QuantizeMode } from '../../protocol';
import { formatPercent } from '../../util/format';

/**
 * An advice in the person's language, with the figures that triggered it. `mode` is how the compressed model was
 * quantized, where that is known. An advice that lacks the figures of its code keeps its own words.
 */
export function adviceText({ code, message, figures }: Advice, mode: QuantizeMode | undefined): string {
  const figure = (name: string): number => figures[name] ?? NaN;
  const sentences = sentencesOf(code, figure, mode);
  const isKnown = sentences.length > 0 && NEEDED[code].every((name) => Number.isFinite(figures[name]));
  return isKnown ? sentences.join(' ') : message;
}

/** What a comparison measures itself, so that its own figures say whether there is anything to advise. */
const MEASURED: ReadonlySet<Advice['code']> = new Set(['accuracy-loss', 'low-agreement', 'low-baseline', 'slower']);

/**
 * The advice of a comparison: that of its own figures, and of the report of the run what a comparison does not measure.
 * The report knows how the model was made, so where both say the same, its actions are taken. Records of earlier
 * versions and models without a report may lack either.
 */
export function comparisonAdvice(
  own: readonly Advice[] | undefined = [],
  reported: readonly Advice[] | undefined = [],
): Advice[] {
  return [
    ...own.map((advice) => {
      const same = reported.find(({ code }) => code === advice.code);
      return same ? { ...advice, actions: same.actions } : advice;
    }),
    ...reported.filter(({ code }) => !MEASURED.has(code)),
  ];
}

/** The figures that the text of each advice shows. */
const NEEDED: Readonly<Record<Advice['code'], readonly string[]>> = {
  'accuracy-loss': ['lostPoints'],
  'low-agreement': ['agreement'],
  'low-baseline': ['accuracy'],
  slower: ['speedup'],
  'float-islands': ['layers', 'conversions'],
  saturates: ['layers', 'saturated'],
  'not-recovered': ['missingPoints', 'epochs', 'lostPoints', 'amount'],
  'unstable-distillation': ['temperature', 'labelWeight'],
};

function sentencesOf(
  code: Advice['code'],
  figure: (name: string) => number,
  mode: QuantizeMode | undefined,
): readonly string[] {
  const points = (name: string): string => figure(name).toFixed(2);
  switch (code) {
    case 'accuracy-loss':
      return [l10n.t('Accuracy fell by {0} points.', points('lostPoints')), lossRemedy(mode)];
    case 'low-agreement':
      return [
        l10n.t(
          'Only {0} of the answers are the same as before. Measure with labelled data before you use this model.',
          formatPercent(figure('agreement'), 1),
        ),
      ];
    case 'low-baseline':
      return [
        l10n.t(
          'The original itself is right on {0} of the samples only. Check preprocessing and labels of the data.',
          formatPercent(figure('accuracy'), 1),
        ),
      ];
    case 'slower':
      return [
        l10n.t(
          'On this machine the second model is {0}× as fast as the first, so it is slower. Check fusion to see which layers run in float, keep the first where speed matters, or try another mode.',
          points('speedup'),
        ),
      ];
    case 'float-islands':
      return [
        l10n.t(
          'Quantized layers that run in float: {0}; conversions in the whole graph: {1}. Leave these layers out of quantization.',
          figure('layers'),
          figure('conversions'),
        ),
      ];
    case 'saturates':
      return [
        l10n.t(
          'On x86 processors without VNNI, sums saturate in {0} layers ({1} sums of the samples). Quantize their weights to 7 bits.',
          figure('layers'),
          figure('saturated'),
        ),
      ];
    case 'not-recovered':
      return [
        l10n.t(
          '{0} points are still missing after {1} epochs, out of {2} that pruning {3} cost. Prune in smaller steps, or train longer.',
          points('missingPoints'),
          figure('epochs'),
          points('lostPoints'),
          formatPercent(figure('amount')),
        ),
      ];
    case 'unstable-distillation':
      return [
        l10n.t(
          'Distillation is unstable. Raise the temperature (now {0}), give the labels more weight (now {1}), or lower the learning rate.',
          figure('temperature'),
          figure('labelWeight'),
        ),
      ];
    default:
      // Reports may be of a later version.
      return [];
  }
}

function lossRemedy(mode: QuantizeMode | undefined): string {
  if (mode === undefined)
    return l10n.t('Measure the error by layer to find those that cost it, and keep them in float.');
  return mode === 'static'
    ? l10n.t(
        'Try more calibration samples, another calibration method, or mixed precision, which keeps the sensitive layers in float.',
      )
    : l10n.t('Try excluding sensitive layers, or another mode.');
}
