import { l10n } from 'vscode';
import type { AnyReport, ReportWarning } from '../../protocol';
import { reportCore } from '../../protocol/anyReport';
import { formatPercent } from '../../util/format';
import { dataNoteText } from '../comparison/dataNoteText';

/** Warnings whose words are about calibration and presets. */
const OF_QUANTIZATION = new Set(['uncalibrated', 'few-samples', 'same-samples', 'accuracy-loss', 'slower']);

/**
 * A warning of a report in the person's language, with the figures that the report holds.
 * A code that is not known here, or whose facts are in its text alone, keeps the words of the report.
 */
export function warningText({ code, message, note }: ReportWarning, report: AnyReport): string {
  const { accuracy, agreement, kind } = report;
  const { latency, mode } = reportCore(report);
  const calibration = kind === 'quantize' ? report.calibration : undefined;
  // The sentences below name what a quantization does about it.
  if (kind === 'recipe' && OF_QUANTIZATION.has(code)) return recipeWarning(code) ?? message;
  if (kind !== 'quantize' && OF_QUANTIZATION.has(code)) return message;
  switch (code) {
    case 'uncalibrated':
      return mode === 'static'
        ? l10n.t('The ranges come from generated inputs, so the accuracy is unknown. Quantize again with real data.')
        : l10n.t('Measured on generated inputs, so the accuracy is unknown. Quantize again with data to measure it.');
    case 'few-samples':
      return calibration === undefined
        ? message
        : l10n.t('Only {0} samples calibrated. Give a few hundred.', calibration.samples);
    case 'same-samples':
      return l10n.t('The same samples calibrated and measured, so accuracy may look better than it is.');
    case 'accuracy-loss':
      return accuracy === undefined
        ? message
        : l10n.t(
            'Accuracy fell by {0} points. Try more calibration samples, another calibration method, or exclude nodes.',
            (-accuracy.changePoints).toFixed(2),
          );
    case 'low-agreement':
      return agreement === undefined
        ? message
        : l10n.t(
            'Only {0} of the answers are the same as before. Measure with labelled data before you use this model.',
            formatPercent(agreement.value),
          );
    case 'low-baseline':
      return accuracy === undefined
        ? message
        : l10n.t(
            'The original itself is right on {0} of the samples only. Check preprocessing and labels of the data.',
            formatPercent(accuracy.before.value),
          );
    case 'slower':
      return latency === undefined
        ? message
        : l10n.t(
            'On this machine the quantized model is {0}× as fast, so it is slower. Keep the original where speed matters.',
            latency.speedup.median.toFixed(2),
          );
    case 'kept-convolutions':
      return l10n.t('Weights of convolutions stay floating-point; the command line stores them with --include-conv.');
    case 'stored-convolutions':
      return l10n.t('Convolutions compute in floating point as before: the file is smaller, and runs no faster.');
    case 'fp16-for-gpu':
      return l10n.t(
        'This model is meant for a GPU. On a CPU it is slower, and ONNX Runtime must load it at graph optimization level "extended", since "all" can crash.',
      );
    case 'data':
      return note === undefined ? message : dataNoteText(note);
    default:
      return message;
  }
}

/** What is said of the figures of a whole recipe. */
function recipeWarning(code: string): string | undefined {
  switch (code) {
    case 'uncalibrated':
      return l10n.t('Compared on generated inputs, so the accuracy is unknown. Give the recipe data.');
    case 'same-samples':
      return l10n.t(
        'The data that the steps work with also measures, so accuracy may look better than it is. Give evaluationData.',
      );
    default:
      return undefined;
  }
}
