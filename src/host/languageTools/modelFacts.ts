import type { AnyReport, CompareResult, InspectResult } from '../../protocol';
import { reportCore } from '../../protocol/anyReport';

/** Longer lists are cut; an assistant reads the figures, a person the report. */
const MAX_LISTED = 30;

type NamePath = (path: string) => string;

/** What a model holds, as plain data for an assistant. Sizes in bytes. */
export function inspectionFacts(result: InspectResult, name: NamePath): object {
  const { path, compressible, ...rest } = result;
  return {
    model: name(path),
    ...rest,
    canBeCompressed: compressible.map(({ method, nodes, bytes, note }) => ({ method, nodes, bytes, note })),
  };
}

/** What a run did, gained and cost: shares in 0..1, times in milliseconds, sizes in bytes. */
export function reportFacts(report: AnyReport, name: NamePath): object {
  const { source, output, accuracy, agreement, fidelity } = report;
  const { mode, uncalibrated, latency, kept, advice } = reportCore(report);
  return {
    original: { model: name(source.path), sizeBytes: source.sizeBytes },
    compressed: { model: name(output.path), sizeBytes: output.sizeBytes },
    sizeRatio: source.sizeBytes / output.sizeBytes,
    mode,
    uncalibrated,
    ...(accuracy === undefined ? {} : { accuracy }),
    ...(agreement === undefined ? {} : { agreementWithOriginal: agreement }),
    outputs: fidelity.map(({ output: tensor, sqnrDb, cosine }) => ({ output: tensor, sqnrDb, cosine })),
    ...(latency === undefined
      ? { latency: 'not measured' }
      : { latencyMs: { before: latency.beforeMs.median, after: latency.afterMs.median, speedup: latency.speedup } }),
    ...ownFacts(report),
    keptNodes: kept.length,
    kept: cut(kept.map(({ node, opType, reason }) => ({ node, opType, reason }))),
    warnings: report.warnings.map(({ message }) => message),
    advice: advice.map(({ message }) => message),
  };
}

/** What only reports of one kind say. */
function ownFacts(report: AnyReport): object {
  switch (report.kind) {
    case 'quantize': {
      const { calibration, quantized } = report;
      const method = calibration && { method: calibration.method, samples: calibration.samples };
      return { ...(method === undefined ? {} : { calibration: method }), quantizedNodes: quantized.length };
    }
    case 'prune': {
      const { macs, parameters, channels, sparsity, finetuned } = report;
      return {
        multiplyAccumulates: macs,
        parameters,
        ...(channels ? { channels: { before: channels.channelsBefore, after: channels.channelsAfter } } : {}),
        ...(sparsity ? { shareOfZeroWeights: sparsity.modelSparsity, note: sparsity.note } : {}),
        ...(finetuned
          ? {
              trainedAfterSteps: finetuned.map(({ step, start, best, history }) => ({
                step,
                epochs: history.length,
                heldOutBefore: start,
                heldOutAfter: best,
              })),
            }
          : {}),
      };
    }
    case 'recipe': {
      const { steps, targets, flips } = report;
      return {
        targets: targets.map(({ key, isMet, message }) => ({ key, isMet, message })),
        steps: steps.map(({ kind, summary, seconds, figures }) => ({ kind, summary, seconds, figures })),
        ...(flips ? { pairedTest: flips } : {}),
      };
    }
    case 'train': {
      const { history, start, bestEpoch, endedBy, samples, settings, quantization } = report;
      const { qat } = settings;
      return {
        epochs: history.length,
        keptAfterEpoch: bestEpoch,
        heldOutBefore: start,
        endedBy,
        samples,
        ...(quantization ? { quantizedNodes: quantization.quantized.length, weightBits: qat?.weightBits ?? 8 } : {}),
      };
    }
  }
}

/** How two models fare on the same samples; units as in {@link reportFacts}. */
export function comparisonFacts(result: CompareResult, name: NamePath): object {
  const { before, after, data, comparison, latency } = result;
  const { samples, accuracy, flips, agreement, fidelity, metrics, nonFinite } = comparison;
  return {
    before: { ...before, path: name(before.path) },
    after: { ...after, path: name(after.path) },
    data: {
      description: data.description,
      generated: data.synthetic,
      notes: data.notes.map(({ message }) => message),
      skipped: data.skipped.length,
    },
    samples,
    ...(accuracy === undefined ? {} : { accuracy }),
    ...(flips === undefined ? {} : { pairedTest: flips }),
    ...(agreement === undefined ? {} : { agreement }),
    ...(metrics === undefined
      ? {}
      : {
          metrics: metrics.map(({ name: metric, before: a, after: b, change }) => ({
            metric,
            before: a.figure,
            after: b.figure,
            change,
          })),
        }),
    outputs: fidelity.map(({ output, sqnrDb, cosine }) => ({ output, sqnrDb, cosine })),
    nonFinite,
    latencyMs: { before: latency.beforeMs.median, after: latency.afterMs.median, speedup: latency.speedup },
    advice: (result.advice ?? []).map(({ message }) => message),
  };
}

function cut<T>(list: readonly T[]): readonly (T | string)[] {
  return list.length <= MAX_LISTED ? list : [...list.slice(0, MAX_LISTED), `and ${list.length - MAX_LISTED} more`];
}
