import type { Advice } from './advice';
import type { PruneReport } from './prune';
import type { RecipeReport, RecipeStepReport } from './recipe';
import type {
  LatencyReport,
  LayerKept,
  LayerQuantized,
  NodeMapping,
  QuantizeReport,
  RangeChosen,
  RewriteRecord,
} from './report';
import type { TrainReport } from './train';

/** The report of a single run, whatever made the model. */
export type AnyReport = QuantizeReport | PruneReport | TrainReport | RecipeReport;

/** What every report says, or leaves empty, beyond what all kinds have under one name. */
export interface ReportCore {
  /** What was done: `static`, `channel`, `train`, `distil`; of a recipe all steps: `channel + distil + static`. */
  readonly mode: string;
  /** The file in the run folder that holds what was asked for. */
  readonly recipePath: string;
  readonly uncalibrated: boolean;
  readonly latency?: LatencyReport;
  readonly quantized: readonly LayerQuantized[];
  readonly kept: readonly LayerKept[];
  /** Of the activations that are quantized. */
  readonly ranges: readonly RangeChosen[];
  readonly mapping: readonly NodeMapping[];
  readonly rewrites: readonly RewriteRecord[];
  readonly skippedSamples: readonly { readonly source: string; readonly reason: string }[];
  readonly advice: readonly Advice[];
}

/** The parts that reports of all kinds have in common. */
export function reportCore(report: AnyReport): ReportCore {
  if (report.kind === 'train') {
    const { quantized = [], kept = [], ranges = [], mapping = [] } = report.quantization ?? {};
    return {
      mode: report.teacher === undefined ? 'train' : 'distil',
      recipePath: report.settingsPath,
      uncalibrated: report.data.synthetic,
      quantized,
      kept,
      ranges,
      mapping,
      rewrites: report.rewrites,
      skippedSamples: report.data.skipped,
      advice: [],
    };
  }
  if (report.kind === 'recipe') {
    const { steps, recipePath, uncalibrated, latency, mapping, data } = report;
    return {
      mode: steps.map(stepMode).join(' + '),
      recipePath,
      uncalibrated,
      latency,
      quantized: [],
      kept: [],
      ranges: [],
      mapping,
      rewrites: [],
      skippedSamples: data.skipped,
      advice: [],
    };
  }
  const { mode, recipePath, uncalibrated, latency, kept, mapping, rewrites, skippedSamples, advice = [] } = report;
  const { quantized, ranges } = report.kind === 'quantize' ? report : { quantized: [], ranges: [] };
  return {
    mode,
    recipePath,
    uncalibrated,
    ...(latency === undefined ? {} : { latency }),
    quantized,
    kept,
    ranges,
    mapping,
    rewrites,
    skippedSamples,
    advice,
  };
}

/** What a step of a recipe is called in short: its mode or method, else its kind. */
export function stepMode({ kind, settings }: Pick<RecipeStepReport, 'kind' | 'settings'>): string {
  const named = [settings['mode'], settings['method']].find((value) => typeof value === 'string');
  return named ?? kind;
}
