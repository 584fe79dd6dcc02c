import type { TensorData, TensorElementType, TensorInfo } from '../onnx/tensorValue';
import { allocateData, integerRange, saturate } from './castNumbers';
import { dataNote, type DataNote } from './dataNotes';
import type { Preprocess } from './datasetFile';
import { badDataset } from './errors';
import { toFloat16 } from '../util/float16';
import type { Pixels } from './pixels';

type ImageType = Exclude<TensorElementType, 'string' | 'bool'>;
type NumericData = Exclude<TensorData, readonly string[]>;

/** The value of each of the 256 pixel levels in each channel, in the model's element type. */
export interface ValueTables {
  readonly notes: readonly DataNote[];
  /** Writes an image of the plan's channel count in the layout; `data` is as long as the image has bytes. */
  write(pixels: Pixels, layout: 'NCHW' | 'NHWC', data: NumericData): void;
}

/** Computes x * scale, then (x - mean) / std per channel; integer types are rounded and clamped. */
export function createValueTables(
  info: TensorInfo,
  type: ImageType,
  channelOrder: 'rgb' | 'bgr' | 'gray',
  preprocess: Preprocess,
): ValueTables {
  const channelCount = channelOrder === 'gray' ? 1 : 3;
  const scale = preprocess.scale ?? 1;
  const mean = perChannel('mean', preprocess.mean ?? 0, channelCount);
  const std = perChannel('std', preprocess.std ?? 1, channelCount);
  let rounded = false;
  const tables = mean.map((channelMean, channel) => {
    const table = allocateData(type, 256);
    for (let level = 0; level < 256; level++) {
      const exact = (level * scale - channelMean) / (std[channel] ?? 1);
      const value = saturate(exact, type);
      rounded ||= value !== exact;
      if (table instanceof BigInt64Array || table instanceof BigUint64Array) table[level] = BigInt(value);
      else table[level] = type === 'float16' ? toFloat16(value) : value;
    }
    return table;
  });
  const source = channelOrder === 'gray' ? [0] : channelOrder === 'bgr' ? [2, 1, 0] : [0, 1, 2];

  const write: ValueTables['write'] = (pixels, layout, data) => {
    const planeSize = pixels.width * pixels.height;
    for (let channel = 0; channel < channelCount; channel++) {
      // Same element type on both sides, so a level's value is copied as it is, bigint or number.
      const table = tables[channel] as Float32Array;
      const target = data as Float32Array;
      const step = layout === 'NCHW' ? 1 : channelCount;
      let at = layout === 'NCHW' ? channel * planeSize : channel;
      const first = source[channel] ?? 0;
      for (let i = first; i < pixels.data.length; i += channelCount, at += step) {
        target[at] = table[pixels.data[i] ?? 0] ?? 0;
      }
    }
  };
  return { notes: describeValues(info, type, preprocess, rounded), write };
}

function describeValues(info: TensorInfo, type: ImageType, preprocess: Preprocess, rounded: boolean): DataNote[] {
  const isSet = preprocess.scale !== undefined || preprocess.mean !== undefined || preprocess.std !== undefined;
  if (!isSet && !integerRange(type)) {
    return [dataNote('raw-pixels', { input: info.name })];
  }
  if (!rounded) return [];
  return [dataNote('rounded', { input: info.name, type })];
}

function perChannel(key: string, value: number | readonly number[], count: number): readonly number[] {
  const values = typeof value === 'number' ? [value] : value;
  if (values.length === count) return values;
  const [only] = values;
  if (only !== undefined && values.length === 1) return Array.from({ length: count }, () => only);
  throw badDataset(
    'The dataset file',
    `has ${values.length} values in "${key}", but the images have ${count} channels.`,
  );
}
