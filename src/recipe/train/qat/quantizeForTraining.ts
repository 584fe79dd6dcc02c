import { basename } from 'node:path';
import type { Dataset } from '../../../data/dataset';
import type { Model } from '../../../onnx/model';
import type { TrainParams, TrainReport } from '../../../protocol';
import { quantizedTraining, type QuantizedTraining } from './quantizedTraining';
import { PressError } from '../../../util/pressError';
import type { CompressionJob } from '../../compressionJob';
import { isHopeless, refuseQuantized } from '../../quantizeMode';
import { selectedSamples, type SampleSplit } from '../trainJob';

/** Samples that calibrate; more changes little and takes longer. */
const CALIBRATION_SAMPLES = 512;

/** Throws `bad-option` for settings that quantization-aware training cannot follow. */
export function refuseQatCombinations({ settings }: TrainParams): void {
  const other =
    settings.fromScratch === true
      ? '--from-scratch'
      : settings.batchNorm === 'train' || settings.batchNorm === 'insert'
        ? `--batch-norm ${settings.batchNorm}`
        : undefined;
  if (!settings.qat || other === undefined) return;
  const why =
    other === '--from-scratch' ? 'there are no ranges to calibrate yet' : 'normalisation is folded into weights';
  throw new PressError(
    'bad-option',
    `Quantization-aware training does not go with ${other}: ${why}. Train the float model first, then train it with --qat.`,
    { option: other },
  );
}

/**
 * Quantizes the normalised model of a training, calibrated on samples that train, so that none that is held out was seen.
 * Throws `already-quantized`, and `nothing-to-quantize` with the reasons.
 */
export async function quantizeForTraining(
  { params, context, file }: CompressionJob<TrainParams>,
  model: Model,
  dataset: Dataset,
  split: SampleSplit,
): Promise<QuantizedTraining> {
  const { signal, onProgress } = context;
  const { qat = {} } = params.settings;
  refuseQuantized(file.model, params.model);
  const part = selectedSamples(dataset, split.training.slice(0, CALIBRATION_SAMPLES));
  const options = { signal, onProgress, threads: params.threads ?? 0, total: part.count };
  const prepared = isHopeless(model, { mode: 'static' })
    ? undefined
    : await quantizedTraining(model, part.samples({ signal }), qat, options);
  if (prepared && prepared.outcome.quantized.length > 0) return prepared;
  const [first] = prepared?.outcome.kept ?? [];
  throw new PressError(
    'nothing-to-quantize',
    `${basename(params.model)} has no layer that can be quantized${first ? `: ${first.node}: ${first.reason}` : '.'} Train it without --qat.`,
    { path: params.model },
  );
}

/** What the report says of it. */
export function quantizationFacts({ outcome }: QuantizedTraining): NonNullable<TrainReport['quantization']> {
  const { quantized, kept, ranges, mapping } = outcome;
  return { quantized, kept, ranges, mapping };
}
