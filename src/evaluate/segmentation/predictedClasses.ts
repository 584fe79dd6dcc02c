import type { SegmentationTask } from '../../data/taskSchema';
import type { TensorValue } from '../../onnx/tensorValue';
import { isFloatType, plainNumbers } from '../numbers';

/** The class that a model gives every pixel. */
export interface Prediction {
  readonly width: number;
  readonly height: number;
  readonly classCount: number;
  readonly classes: Uint16Array;
  /** True when it comes from one channel: something or nothing. */
  readonly isBinary: boolean;
}

const DEFAULT_THRESHOLD = 0.5;
/** What whole numbers in an output may be at most, for want of a class axis that would tell. */
const MAX_CLASSES = 256;

/**
 * The classes in the output of one sample: the highest score along the class axis, a threshold where there is one channel,
 * or whole numbers as they are. Undefined for an output that is no picture.
 */
export function predictedClasses(value: TensorValue, task: SegmentationTask): Prediction | undefined {
  const numbers = plainNumbers(value);
  const dims = value.dims.length === 4 && value.dims[0] === 1 ? value.dims.slice(1) : value.dims;
  if (!numbers || dims.length < 2 || dims.length > 3) return undefined;
  const isLast = task.layout === 'NHWC' && dims.length === 3;
  const channels = dims.length === 2 ? 1 : ((isLast ? dims[2] : dims[0]) ?? 1);
  const [height = 0, width = 0] = dims.length === 2 ? dims : isLast ? dims : dims.slice(1);
  const pixels = height * width;
  if (pixels === 0 || numbers.length !== pixels * channels) return undefined;
  const classes = new Uint16Array(pixels);
  if (channels === 1) {
    if (!isFloatType(value.type)) {
      classes.set(numbers);
      return { width, height, classes, classCount: MAX_CLASSES, isBinary: false };
    }
    const threshold = task.threshold ?? DEFAULT_THRESHOLD;
    const isSigmoid = task.activation === 'sigmoid';
    for (let i = 0; i < pixels; i++) {
      const score = isSigmoid ? 1 / (1 + Math.exp(-(numbers[i] ?? 0))) : (numbers[i] ?? 0);
      classes[i] = score >= threshold ? 1 : 0;
    }
    return { width, height, classes, classCount: 2, isBinary: true };
  }
  const [pixelStride, channelStride] = isLast ? [channels, 1] : [1, pixels];
  for (let i = 0; i < pixels; i++) {
    let best = -Infinity;
    for (let channel = 0; channel < channels; channel++) {
      const score = numbers[i * pixelStride + channel * channelStride] ?? NaN;
      if (score > best) {
        best = score;
        classes[i] = channel;
      }
    }
  }
  return { width, height, classes, classCount: channels, isBinary: false };
}
