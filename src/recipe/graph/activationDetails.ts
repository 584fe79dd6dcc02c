import type { ActivationDetails, CalibrationMethod, Histogram, RangeOfMethod } from '../../protocol';
import { ACTIVATION_TYPES } from '../../quantize/activationParameters';
import type { Histogram as FineHistogram, TensorStatistics } from '../../quantize/observer';
import { chooseRange } from '../../quantize/ranges';
import { histogramOf, type CalibrationRecord, type TensorRecord } from '../calibrationFile';
import { findCalibration } from './findCalibration';

const METHODS: readonly CalibrationMethod[] = ['minmax', 'moving-average', 'percentile', 'entropy', 'mse'];
/** Bins that are shown: a panel is some 300 pixels wide. */
const SHOWN_BINS = 128;
/** Names that QuantizeLinear and DequantizeLinear give to the tensors around an activation. */
const ENDINGS = /_(quantized|dequantized|float)$/;

/**
 * What calibration saw of an activation of a model, original or quantized, and what every method would have chosen from
 * it; null where no calibration was kept, or the tensor was not part of it.
 */
export function activationDetails(path: string, tensor: string): ActivationDetails | null {
  const record = findCalibration(path);
  const found = record && tensorOf(record, tensor);
  return record && found ? describe(record, found) : null;
}

/** The share of values outside a range, 0..1; values of a bin are taken as spread evenly over it. */
export function clippedShare(histogram: FineHistogram, range: { readonly low: number; readonly high: number }): number {
  const { low, high, counts } = histogram;
  const width = (high - low) / counts.length;
  let inside = 0;
  let total = 0;
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i] as number; // within its length
    if (count === 0) continue;
    total += count;
    const start = low + i * width;
    const covered = Math.min(start + width, range.high) - Math.max(start, range.low);
    inside += count * Math.min(1, Math.max(0, covered / width));
  }
  return total === 0 ? 0 : Math.max(0, 1 - inside / total);
}

/** What was clipped of a tensor by the range that was chosen. */
export function clippedByChoice(record: TensorRecord): number {
  const histogram = histogramOf(record);
  return histogram ? shareBeyond(histogram, record, record.chosen.minimum, record.chosen.maximum) : 0;
}

function tensorOf(record: CalibrationRecord, tensor: string): TensorRecord | undefined {
  const plain = tensor.replace(ENDINGS, '');
  return (
    record.tensors.find((candidate) => candidate.tensor === tensor) ??
    record.tensors.find((candidate) => candidate.tensor === plain)
  );
}

function describe(record: CalibrationRecord, tensor: TensorRecord): ActivationDetails {
  const { chosen } = tensor;
  const histogram = histogramOf(tensor);
  const share = (minimum: number, maximum: number): number =>
    histogram ? shareBeyond(histogram, tensor, minimum, maximum) : 0;
  return {
    tensor: tensor.tensor,
    samples: record.samples,
    minimum: tensor.minimum,
    maximum: tensor.maximum,
    histogram: histogram
      ? folded(histogram, tensor.minimum, tensor.maximum)
      : { low: tensor.minimum, high: tensor.maximum, counts: [] },
    chosen: {
      method: record.method,
      minimum: chosen.minimum,
      maximum: chosen.maximum,
      clippedShare: share(chosen.minimum, chosen.maximum),
      dataType: chosen.dataType,
      scale: chosen.scale,
      zeroPoint: chosen.zeroPoint,
    },
    methods: METHODS.filter((method) => histogram || method === 'minmax' || method === 'moving-average').map(
      (method): RangeOfMethod => {
        const { low, high } = chooseRange(statisticsOf(tensor, histogram), method, levelsOf(chosen.dataType));
        return { method, minimum: low, maximum: high, clippedShare: share(low, high) };
      },
    ),
  };
}

/** Nothing lies beyond the extremes, whatever the bins at the ends would say. */
function shareBeyond(histogram: FineHistogram, tensor: TensorRecord, minimum: number, maximum: number): number {
  return clippedShare(histogram, {
    low: minimum <= tensor.minimum ? -Infinity : minimum,
    high: maximum >= tensor.maximum ? Infinity : maximum,
  });
}

function levelsOf(dataType: keyof typeof ACTIVATION_TYPES): number {
  const { min, max } = ACTIVATION_TYPES[dataType];
  return max - min + 1;
}

function statisticsOf(tensor: TensorRecord, histogram: FineHistogram | undefined): TensorStatistics {
  return {
    min: tensor.minimum,
    max: tensor.maximum,
    averageMin: tensor.averageMinimum,
    averageMax: tensor.averageMaximum,
    count: tensor.values,
    nonFinite: tensor.nonFinite,
    ...(histogram ? { histogram } : {}),
  };
}

/** The histogram over the values' own range, in as many bins as are shown. */
function folded(histogram: FineHistogram, minimum: number, maximum: number): Histogram {
  const { low, high, counts } = histogram;
  const width = (high - low) / counts.length;
  const first = Math.max(0, Math.floor((Math.min(minimum, 0) - low) / width));
  const last = Math.min(counts.length, Math.ceil((Math.max(maximum, 0) - low) / width));
  const perBin = Math.max(1, Math.ceil((last - first) / SHOWN_BINS));
  const bins: number[] = [];
  for (let start = first; start < last; start += perBin) {
    let sum = 0;
    for (let i = start; i < Math.min(start + perBin, counts.length); i++) sum += counts[i] as number; // within its length
    bins.push(sum);
  }
  return { low: low + first * width, high: low + (first + bins.length * perBin) * width, counts: bins };
}
