import type { Dataset, Sample } from '../data/dataset';
import type { TensorInfo } from '../onnx/tensorValue';
import type { PruneParams, QuantizeParams, ReportWarning } from '../protocol';
import { PressError } from '../util/pressError';
import { openData } from './openData';

/** Samples that calibrate unless the person says otherwise; more changes little and takes longer. */
const DEFAULT_CALIBRATION_SAMPLES = 512;
/** Samples that layers of a pruned model are fitted on, some of them held out to see whether that helped. */
const FIT_SAMPLES = 352;
/** Fewer samples than this make ranges a matter of luck. */
const FEW_CALIBRATION_SAMPLES = 32;
/** Samples that measure: 95 % intervals of about ±1 point, at a cost that a person waits for. */
const MAX_EVALUATION_SAMPLES = 2000;

/** A part of a dataset. */
export interface SamplePart {
  readonly dataset: Dataset;
  readonly start: number;
  readonly count: number;
}

/** What calibrates and what measures. */
export interface QuantizeSamples {
  readonly calibration: SamplePart;
  readonly evaluation: SamplePart;
  readonly uncalibrated: boolean;
  readonly warnings: readonly ReportWarning[];
}

/** The samples of a part, in order. */
export function samplesOf(part: SamplePart, signal: AbortSignal): AsyncIterable<Sample> {
  return part.dataset.samples({ start: part.start, end: part.start + part.count, signal });
}

/** What a run does with its data besides measuring. */
interface SampleUse {
  /** True when it looks at samples before it measures: then no sample does both. */
  readonly calibrates: boolean;
  /** Samples that it looks at. */
  readonly wanted: number;
  /** What it says of a model that was made on generated inputs. */
  readonly uncalibrated: string;
}

const ONLY_MEASURED = 'Measured on generated inputs: accuracy is unknown. Give data with --data to measure it.';
const RANGES_GENERATED =
  'Uncalibrated: the ranges come from generated inputs, so the accuracy of this model is unknown. Quantize it again with real data.';

/**
 * Opens the data of a quantization; see {@link openRunSamples}. Throws `no-data` when static quantization has nothing to
 * look at.
 */
export async function openQuantizeSamples(
  params: QuantizeParams,
  inputs: readonly TensorInfo[],
): Promise<QuantizeSamples> {
  const { settings } = params;
  const calibrates = settings.mode === 'static';
  if (calibrates && params.data === undefined && !params.synthetic) throw noData(params.model);
  const wanted = settings.calibrationSamples ?? DEFAULT_CALIBRATION_SAMPLES;
  return openRunSamples(params, inputs, {
    calibrates,
    wanted,
    uncalibrated: calibrates ? RANGES_GENERATED : ONLY_MEASURED,
  });
}

/** Opens the data of a pruning: generated inputs where there is none. */
export function openPruneSamples(params: PruneParams, inputs: readonly TensorInfo[]): Promise<QuantizeSamples> {
  const { recalibrate, importance } = params.settings;
  const calibrates = recalibrate !== false || importance === 'activation' || importance === 'taylor';
  return openRunSamples(params, inputs, {
    calibrates,
    wanted: FIT_SAMPLES,
    uncalibrated: ONLY_MEASURED,
  });
}

/**
 * Opens the data of a run. With one dataset, the first samples calibrate and the rest measures, so that no sample does
 * both; with evaluation data, each does its own.
 */
async function openRunSamples(
  params: Omit<QuantizeParams, 'settings'>,
  inputs: readonly TensorInfo[],
  { calibrates, wanted, uncalibrated: message }: SampleUse,
): Promise<QuantizeSamples> {
  const uncalibrated = params.data === undefined || params.synthetic === true;
  const dataset = await openData(params.model, inputs, params);
  const warnings: ReportWarning[] = [];
  if (uncalibrated) {
    const part = { dataset, start: 0, count: dataset.count };
    warnings.push({ code: 'uncalibrated', message });
    return { calibration: part, evaluation: part, uncalibrated, warnings };
  }
  for (const note of dataset.notes) warnings.push({ code: 'data', message: note.message, note });
  const own = params.evaluationData !== undefined;
  const count = Math.min(wanted, own || !calibrates ? dataset.count : Math.max(1, Math.ceil(dataset.count / 2)));
  const calibration = { dataset, start: 0, count };
  if (own) {
    const { evaluationData, ...rest } = params;
    const measured = await openData(params.model, inputs, {
      ...rest,
      ...(evaluationData === undefined ? {} : { data: evaluationData }),
    });
    return { calibration, evaluation: measuringPart(measured, 0), uncalibrated, warnings };
  }
  if (!calibrates) return { calibration, evaluation: measuringPart(dataset, 0), uncalibrated, warnings };
  if (count >= dataset.count) {
    warnings.push({
      code: 'same-samples',
      message: 'The same samples calibrate and measure; accuracy may look better than it is.',
    });
    return { calibration, evaluation: calibration, uncalibrated, warnings };
  }
  return { calibration, evaluation: measuringPart(dataset, count), uncalibrated, warnings };
}

/** Says so when few samples calibrated; `count` is of those that were read, which corrupt files make fewer. */
export function fewSamplesWarning(count: number): readonly ReportWarning[] {
  if (count >= FEW_CALIBRATION_SAMPLES) return [];
  const message = `Only ${count} samples calibrated; give at least ${FEW_CALIBRATION_SAMPLES}, better a few hundred.`;
  return [{ code: 'few-samples', message }];
}

/** As much of the rest of a dataset as measures. */
function measuringPart(dataset: Dataset, start: number): SamplePart {
  return { dataset, start, count: Math.min(dataset.count - start, MAX_EVALUATION_SAMPLES) };
}

function noData(model: string): PressError {
  return new PressError(
    'no-data',
    `Static quantization of ${model} needs samples to find the ranges of its activations. Give a dataset file, a folder of images or an array file with --data, or --synthetic to do without (accuracy will be unknown).`,
    { path: model },
  );
}
