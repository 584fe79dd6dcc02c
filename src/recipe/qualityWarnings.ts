import type { Advice, QuantizeSettings, ReportWarning } from '../protocol';

/** What a report warns of besides what the run itself met: its advice in words, and what a mode is not meant for. */
export function qualityWarnings(settings: QuantizeSettings, advice: readonly Advice[]): ReportWarning[] {
  const warnings: ReportWarning[] = advice.map(({ code, message }) => ({ code, message }));
  if (settings.fp16Compute) {
    warnings.push({
      code: 'fp16-for-gpu',
      message:
        'This model is meant for a GPU: a CPU computes fp16 through float, which is slower, and ONNX Runtime can crash on it at graph optimisation level "all", so load it at "extended" there.',
    });
  }
  return warnings;
}
