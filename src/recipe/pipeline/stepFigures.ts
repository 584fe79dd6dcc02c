import type { AccuracyReport, LatencyReport, Proportion, StepFigures } from '../../protocol';

/** The parts of a compression's report that its figures come from. */
interface MeasuredReport {
  readonly output: { readonly sizeBytes: number };
  /** Of a pruning. */
  readonly macs?: { readonly after: number };
  readonly accuracy?: AccuracyReport;
  readonly agreement?: Proportion;
  readonly latency?: LatencyReport;
}

/** The figures of the model that a compression made. Agreement is with the step's own input. */
export function compressionFigures({ output, macs, accuracy, agreement, latency }: MeasuredReport): StepFigures {
  return {
    sizeBytes: output.sizeBytes,
    ...(macs ? { macs: macs.after } : {}),
    ...(latency ? { latencyMs: latency.afterMs } : {}),
    ...(accuracy ? { accuracy: accuracy.after } : {}),
    ...(agreement ? { agreement } : {}),
  };
}
