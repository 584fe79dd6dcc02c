import type { Sample } from '../../data/dataset';
import { badDataset, formatShape } from '../../data/errors';
import { openMasks, type Mask } from '../../data/masks';
import type { SegmentationTask } from '../../data/taskSchema';
import type { TensorInfo, TensorMap } from '../../onnx/tensorValue';
import type { Estimate, Metric } from '../../protocol';
import { createSumBootstrap, type SumBootstrap } from '../bootstrap';
import { nameOf } from '../confusion';
import { outputOfSample, type TaskFigure, type TaskMeter, type TaskSettings } from '../taskMeter';
import { predictedClasses, type Prediction } from './predictedClasses';

const DEFAULT_IGNORE = 255;
/** Sums of each class of each model: pixels that are it and were taken for it, pixels that are it, pixels taken for it. */
const FIELDS = 3;

/**
 * Measures the mean intersection over union of all classes that occur, and the share of right pixels, with intervals from
 * resampling samples. Throws `bad-dataset` for masks that cannot be used, or an output that the model does not have.
 */
export async function createSegmentationMeter(
  task: SegmentationTask,
  outputs: readonly TensorInfo[],
  settings: TaskSettings,
): Promise<TaskMeter> {
  const name = outputName(task, outputs);
  const masks = await openMasks(task);
  let classCount = 0;
  let sums: SumBootstrap | undefined;
  return {
    async add(samples, byModel) {
      for (const [row, sample] of samples.entries()) {
        const mask = await masks.maskOf(sample);
        const predictions = byModel.map((map) => predictionIn(map, name, row, samples.length, task));
        classCount ||= predictions[0]?.classCount ?? 0;
        sums ??= createSumBootstrap(settings.modelCount * classCount * FIELDS);
        sums.add(predictions.flatMap((prediction) => [...countPixels(mask, prediction, sample, classCount, task)]));
      }
    },
    finish: () => Promise.resolve(sums ? figuresOf(sums, classCount, settings) : []),
    dispose: () => Promise.resolve(),
  };
}

function figuresOf(
  sums: SumBootstrap,
  classCount: number,
  { modelCount, seed, classNames }: TaskSettings,
): TaskFigure[] {
  const partOf = (all: Float64Array, model: number): Float64Array =>
    all.subarray(model * classCount * FIELDS, (model + 1) * classCount * FIELDS);
  const figures = [
    { name: 'mIoU', of: meanOverlap },
    { name: 'Pixel accuracy', of: pixelAccuracy },
  ];
  return figures.map(({ name, of }) => {
    const statistics = Array.from({ length: modelCount }, (_, model) => (all: Float64Array) => of(partOf(all, model)));
    const change = (all: Float64Array): number => of(partOf(all, 1)) - of(partOf(all, 0));
    const estimates = sums.estimates(modelCount === 2 ? [...statistics, change] : statistics, seed);
    const models = statistics.map((_, model): Metric => {
      const figure = estimates[model] as Estimate; // one a statistic
      const classes = name === 'mIoU' ? { classes: classFigures(partOf(sums.totals(), model), classNames) } : {};
      return { name, figure, ...classes };
    });
    const changed = estimates[modelCount];
    return { models, ...(changed ? { change: changed } : {}) };
  });
}

function classFigures(
  part: Float64Array,
  names: readonly string[] | undefined,
): NonNullable<Metric['classes']>[number][] {
  return overlaps(part).flatMap((value, label) =>
    Number.isNaN(value)
      ? []
      : [{ label, ...nameOf('name', label, names), value, count: part[label * FIELDS + 1] ?? 0 }],
  );
}

/** Intersection over union by class; NaN for a class that neither occurs nor was predicted. */
function overlaps(part: Float64Array): number[] {
  return Array.from({ length: part.length / FIELDS }, (_, label) => {
    const [both = 0, really = 0, predicted = 0] = part.subarray(label * FIELDS, (label + 1) * FIELDS);
    return both / (really + predicted - both);
  });
}

function meanOverlap(part: Float64Array): number {
  const counted = overlaps(part).filter((value) => !Number.isNaN(value));
  return counted.reduce((sum, value) => sum + value, 0) / Math.max(1, counted.length);
}

function pixelAccuracy(part: Float64Array): number {
  let right = 0;
  let all = 0;
  for (let at = 0; at < part.length; at += FIELDS) {
    right += part[at] ?? 0;
    all += part[at + 1] ?? 0;
  }
  return right / Math.max(1, all);
}

/** Compares a prediction with its mask at the prediction's own pixels; pixels outside the image do not count. */
function countPixels(
  mask: Mask,
  prediction: Prediction,
  sample: Sample,
  classCount: number,
  task: SegmentationTask,
): Float64Array {
  const counts = new Float64Array(classCount * FIELDS);
  // Masks of something or nothing are black and white: 0 and 255, so that none of the two can be what does not count.
  const isBlackAndWhite = prediction.isBinary && task.ignore === undefined && !task.colors;
  const ignore = isBlackAndWhite ? -1 : (task.ignore ?? DEFAULT_IGNORE);
  const { columns, rows } = pixelsOf(mask, prediction, sample);
  const raise = (label: number, field: number): void => {
    counts[label * FIELDS + field] = (counts[label * FIELDS + field] ?? 0) + 1;
  };
  for (let y = 0; y < prediction.height; y++) {
    const row = rows[y] ?? -1;
    for (let x = 0; x < prediction.width; x++) {
      const column = columns[x] ?? -1;
      if (row < 0 || column < 0) continue;
      const value = mask.classes[row * mask.width + column] ?? ignore;
      const label = isBlackAndWhite ? Math.min(1, value) : value;
      if (label === ignore || label >= classCount) {
        // A class that the model does not have is one that it cannot get right; say so rather than leave it out.
        if (label !== ignore && !task.colors) throw unknownClass(sample, label, classCount);
        continue;
      }
      const predicted = prediction.classes[y * prediction.width + x] ?? 0;
      raise(label, 1);
      if (predicted < classCount) raise(predicted, 2);
      if (predicted === label) raise(label, 0);
    }
  }
  return counts;
}

/**
 * Which column and row of the mask lie under each column and row of the prediction: through the placement of the sample's
 * image where the mask has the size of the original, else scaled. -1 outside.
 */
function pixelsOf(
  mask: Mask,
  prediction: Prediction,
  { placement }: Sample,
): { columns: Int32Array; rows: Int32Array } {
  const isPlaced = placement?.original[0] === mask.height && placement.original[1] === mask.width;
  const axis = (size: number, maskSize: number, at: 0 | 1): Int32Array =>
    Int32Array.from({ length: size }, (_, i) => {
      const share = (i + 0.5) / size;
      if (!placement || !isPlaced) return Math.floor(share * maskSize);
      const [start, length] =
        at === 0 ? [placement.region.top, placement.region.height] : [placement.region.left, placement.region.width];
      const position = Math.floor(((start + share * length) * maskSize) / placement.resized[at]);
      return position >= 0 && position < maskSize ? position : -1;
    });
  return { columns: axis(prediction.width, mask.width, 1), rows: axis(prediction.height, mask.height, 0) };
}

function predictionIn(
  outputs: TensorMap,
  name: string,
  row: number,
  samples: number,
  task: SegmentationTask,
): Prediction {
  const value = outputs[name];
  const prediction = value && predictedClasses(outputOfSample(value, row, samples), task);
  if (prediction) return prediction;
  throw badDataset(
    'The task of the dataset file',
    `reads classes from output "${name}" of shape ${formatShape(value?.dims ?? [])}, which is not [batch, classes, height, width]. Name another "output", or set "layout".`,
    { output: name },
  );
}

function outputName({ output }: SegmentationTask, outputs: readonly TensorInfo[]): string {
  const names = outputs.map((info) => `"${info.name}"`).join(', ');
  const found =
    output === undefined ? outputs.find(({ dims }) => dims.length >= 3) : outputs.find(({ name }) => name === output);
  if (found) return found.name;
  const what =
    output === undefined ? 'finds no output of rank 3 or 4 for segmentation' : `names the output "${output}"`;
  throw badDataset('The task of the dataset file', `${what}, but the model has ${names}.`);
}

function unknownClass({ source }: Sample, label: number, classCount: number): Error {
  return badDataset(
    `The mask of ${source}`,
    `has class ${label}, but the model has ${classCount} (0 to ${classCount - 1}). Say which value does not count with "ignore" in "task".`,
    { label, classCount },
  );
}
