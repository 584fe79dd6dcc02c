import { deflateSync, inflateSync } from 'node:zlib';
import { z } from 'zod';
import type { RangeChosen } from '../protocol';
import type { Histogram, TensorStatistics } from '../quantize/observer';
import type { ModelStamp } from './graph/runFiles';

/** The name of the file in a run folder. */
export const CALIBRATION_FILE = 'calibration.json';

const finite = z.number();
const stamp = z.object({ sizeBytes: finite, mtimeMs: finite });

const tensorSchema = z.object({
  tensor: z.string(),
  /** Values that were seen. */
  values: finite,
  minimum: finite,
  maximum: finite,
  averageMinimum: finite,
  averageMaximum: finite,
  nonFinite: finite,
  /** Counts as little-endian uint32, deflated, in base64; absent where the method needs none. */
  histogram: z.object({ low: finite, high: finite, counts: z.string().max(1 << 20) }).optional(),
  chosen: z.object({
    minimum: finite,
    maximum: finite,
    scale: finite,
    zeroPoint: finite,
    dataType: z.enum(['uint8', 'int8', 'uint16', 'int16']),
  }),
});

/** The schema of `calibration.json`: what calibration saw of every activation that was quantized, and chose for it. */
export const calibrationSchema = z.object({
  format: z.literal('onnx-press-calibration'),
  version: z.literal(1),
  method: z.enum(['minmax', 'moving-average', 'percentile', 'entropy', 'mse']),
  samples: finite,
  /** What the data was, in words. */
  data: z.string(),
  date: z.string(),
  /** The original, as it was. */
  source: stamp,
  /** Size of the model that was written. */
  outputBytes: finite,
  tensors: z.array(tensorSchema),
});

export type CalibrationRecord = z.infer<typeof calibrationSchema>;
export type TensorRecord = CalibrationRecord['tensors'][number];

/** What a record is made from. */
export interface CalibrationFacts {
  readonly observed: ReadonlyMap<string, TensorStatistics>;
  readonly ranges: readonly RangeChosen[];
  readonly method: CalibrationRecord['method'];
  readonly samples: number;
  readonly data: string;
  readonly source: ModelStamp;
  readonly outputBytes: number;
  readonly date: Date;
}

/** The record of a calibration, to be written beside the recipe. */
export function calibrationRecord(facts: CalibrationFacts): CalibrationRecord {
  const { observed, ranges, date, ...rest } = facts;
  return {
    format: 'onnx-press-calibration',
    version: 1,
    ...rest,
    date: date.toISOString(),
    tensors: ranges.flatMap((range) => {
      const statistics = observed.get(range.tensor);
      return statistics ? [tensorRecord(range, statistics)] : [];
    }),
  };
}

/** The histogram of a record; undefined where there is none, or a damaged one. */
export function histogramOf({ histogram }: TensorRecord): Histogram | undefined {
  if (!histogram || !(histogram.high > histogram.low)) return undefined;
  try {
    const bytes = inflateSync(Buffer.from(histogram.counts, 'base64'), { maxOutputLength: 1 << 20 });
    const counts = new Float64Array(new Uint32Array(Uint8Array.from(bytes).buffer));
    return counts.length > 0 ? { low: histogram.low, high: histogram.high, counts } : undefined;
  } catch {
    return undefined;
  }
}

function tensorRecord(range: RangeChosen, statistics: TensorStatistics): TensorRecord {
  const { histogram } = statistics;
  return {
    tensor: range.tensor,
    values: statistics.count,
    minimum: statistics.min,
    maximum: statistics.max,
    averageMinimum: statistics.averageMin,
    averageMaximum: statistics.averageMax,
    nonFinite: statistics.nonFinite,
    ...(histogram ? { histogram: { low: histogram.low, high: histogram.high, counts: packed(histogram.counts) } } : {}),
    chosen: {
      minimum: range.min,
      maximum: range.max,
      scale: range.scale,
      zeroPoint: range.zeroPoint,
      dataType: range.dataType,
    },
  };
}

/** Counts as they come out of calibration: whole, and of tensors beyond 4 billion values scaled to fit. */
function packed(counts: Float64Array): string {
  const largest = counts.reduce((a, b) => Math.max(a, b), 0);
  const share = largest > 0xffffffff ? 0xffffffff / largest : 1;
  const integers = Uint32Array.from(counts, (count) => Math.round(count * share));
  return deflateSync(new Uint8Array(integers.buffer), { level: 6 }).toString('base64');
}
