import type { LatencyReport, PairComparison, QuantizeSettings, ReportWarning } from '../protocol';

/** A loss that a person should look at, in percentage points. */
const NOTABLE_LOSS_POINTS = 1;
/** Agreement below this without labels means that many answers changed. */
const NOTABLE_AGREEMENT = 0.97;
/** Accuracy of the original below this suggests that preprocessing differs from training. */
const SUSPICIOUS_ACCURACY_FACTOR = 2;

/** What the figures of a quantization tell a person to do, each with the figure that says so. */
export function qualityWarnings(
  settings: QuantizeSettings,
  comparison: PairComparison,
  latency: LatencyReport,
  uncalibrated: boolean,
): ReportWarning[] {
  const warnings: ReportWarning[] = [];
  const { accuracy, agreement } = comparison;
  if (accuracy && !uncalibrated && accuracy.changePoints <= -NOTABLE_LOSS_POINTS) {
    const advice =
      settings.mode === 'static'
        ? 'Try more calibration samples, another calibration method, or exclude sensitive layers.'
        : 'Try excluding sensitive layers, or another mode.';
    warnings.push({
      code: 'accuracy-loss',
      message: `Accuracy fell by ${(-accuracy.changePoints).toFixed(2)} points. ${advice}`,
    });
  }
  if (!accuracy && !uncalibrated && agreement && agreement.value < NOTABLE_AGREEMENT) {
    warnings.push({
      code: 'low-agreement',
      message: `Only ${(agreement.value * 100).toFixed(1)} % of the answers are the same as before. Measure with labelled data before you use this model.`,
    });
  }
  if (accuracy && !uncalibrated && accuracy.before.value < SUSPICIOUS_ACCURACY_FACTOR * guessing(comparison)) {
    warnings.push({
      code: 'low-baseline',
      message: `The original itself is right on only ${(accuracy.before.value * 100).toFixed(1)} % of the samples. Check the preprocessing and the labels of the data.`,
    });
  }
  if (latency.speedup.high < 1 && settings.mode !== 'fp16') {
    warnings.push({
      code: 'slower',
      message: `On this machine the quantized model is slower (${latency.speedup.median.toFixed(2)}x). Keep the original where speed matters, or try another mode.`,
    });
  }
  if (settings.fp16Compute) {
    warnings.push({
      code: 'fp16-for-gpu',
      message:
        'This model is meant for a GPU: a CPU computes fp16 through float, which is slower, and ONNX Runtime can crash on it at graph optimisation level "all", so load it at "extended" there.',
    });
  }
  return warnings;
}

/** The accuracy of guessing, at least 1 %; the class count is not known here, so ten classes are assumed at most. */
function guessing(comparison: PairComparison): number {
  return comparison.accuracy?.top5Before ? 0.05 : 0.1;
}
