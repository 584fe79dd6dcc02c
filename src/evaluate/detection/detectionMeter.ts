import { readAnnotations, type Annotations, type TrueBox } from '../../data/annotations';
import type { Sample } from '../../data/dataset';
import { badDataset } from '../../data/errors';
import type { BoxDecoder, DetectionTask } from '../../data/taskSchema';
import type { TensorInfo, TensorMap } from '../../onnx/tensorValue';
import type { Metric } from '../../protocol';
import { throwIfCancelled } from '../../util/pressError';
import { estimateOf, resample } from '../bootstrap';
import { nameOf } from '../confusion';
import { outputOfSample, type TaskFigure, type TaskMeter, type TaskSettings } from '../taskMeter';
import {
  averagePrecisions,
  matchClasses,
  meanPrecisions,
  type ClassMatches,
  type ImageBoxes,
} from './averagePrecision';
import type { Box, Detection } from './box';
import { decodeBoxes } from './decodeBoxes';

const MAX_REPLICATES = 1000;
const MIN_REPLICATES = 100;
/** Detections times thresholds that resampling looks at in all; a few seconds. */
const MAX_WORK = 3e8;

/** Figures that the mean average precision has; the first one is COCO's main figure. */
const FIGURES = [
  { name: 'mAP 0.5:0.95', key: 'overall' },
  { name: 'mAP 0.5', key: 'at50' },
] as const;

/**
 * Measures mean average precision as COCO defines it, with intervals from resampling images. Throws `bad-dataset` for
 * annotations that cannot be read, or a decoder that names outputs that the model does not have.
 */
export async function createDetectionMeter(
  task: DetectionTask,
  outputs: readonly TensorInfo[],
  settings: TaskSettings,
): Promise<TaskMeter> {
  checkOutputs(task.decoder, outputs);
  const annotations = await readAnnotations(task, settings.classNames);
  const names = settings.classNames ?? annotations.classNames;
  const found = Array.from({ length: settings.modelCount }, (): Detection[][] => []);
  const truth: (readonly TrueBox[])[] = [];
  return {
    add(samples, byModel) {
      samples.forEach((sample, row) => {
        truth.push(truthOf(annotations, sample, task));
        byModel.forEach((map, model) => {
          const own = Object.fromEntries(
            Object.entries(map).map(([name, value]) => [name, outputOfSample(value, row, samples.length)]),
          );
          found[model]?.push(detectionsIn(own, task.decoder, annotations, sample));
        });
      });
      return Promise.resolve();
    },
    finish(signal) {
      const classes = found.map((images) => {
        throwIfCancelled(signal);
        return matchClasses(images.map((boxes, image): ImageBoxes => ({ found: boxes, truth: truth[image] ?? [] })));
      });
      return Promise.resolve(figuresOf(classes, truth.length, names, settings.seed, signal));
    },
    dispose: () => Promise.resolve(),
  };
}

function figuresOf(
  models: readonly ClassMatches[][],
  imageCount: number,
  names: readonly string[] | undefined,
  seed: number,
  signal: AbortSignal | undefined,
): TaskFigure[] {
  const work = models.flat().reduce((sum, { scores, verdicts }) => sum + (scores.length + 100) * verdicts.length, 1);
  const replicates = Math.round(Math.max(MIN_REPLICATES, Math.min(MAX_REPLICATES, MAX_WORK / work)));
  const weights = new Float64Array(imageCount);
  // All models see the same images in each replicate, so that their difference is paired.
  const drawn = resample(imageCount, seed, replicates, (images) => {
    throwIfCancelled(signal);
    weights.fill(0);
    for (const image of images) weights[image] = (weights[image] ?? 0) + 1;
    return models.map((classes) => meanPrecisions(classes, weights));
  });
  const means = models.map((classes) => meanPrecisions(classes));
  return FIGURES.map(({ name, key }) => {
    const metrics = models.map((classes, model): Metric => {
      const value = means[model]?.[key] ?? NaN;
      const figure = estimateOf(
        orZero(value),
        drawn.map((each) => each[model]?.[key] ?? NaN),
        imageCount,
      );
      return { name, figure, classes: classes.map((matches) => classFigure(matches, key, names)) };
    });
    if (models.length < 2) return { models: metrics };
    const change = orZero((means[1]?.[key] ?? NaN) - (means[0]?.[key] ?? NaN));
    const changes = drawn.map((each) => (each[1]?.[key] ?? NaN) - (each[0]?.[key] ?? NaN));
    return { models: metrics, change: estimateOf(change, changes, imageCount) };
  });
}

function classFigure(
  matches: ClassMatches,
  key: (typeof FIGURES)[number]['key'],
  names: readonly string[] | undefined,
): NonNullable<Metric['classes']>[number] {
  const precisions = averagePrecisions(matches);
  const mean = precisions.reduce((sum, value) => sum + value, 0) / precisions.length;
  return {
    label: matches.label,
    ...nameOf('name', matches.label, names),
    value: key === 'at50' ? (precisions[0] ?? 0) : mean,
    count: matches.objects.reduce((sum, { count }) => sum + count, 0),
  };
}

/** No object in any image: nothing was there to be found. */
function orZero(value: number): number {
  return Number.isNaN(value) ? 0 : value;
}

function truthOf(annotations: Annotations, sample: Sample, { annotations: path }: DetectionTask): readonly TrueBox[] {
  const boxes = annotations.boxesOf(sample);
  if (boxes) return boxes;
  throw badDataset(
    path,
    `does not list ${sample.source}. Add the image, with or without objects, or leave it out of the data.`,
    {
      sample: sample.source,
    },
  );
}

/** The boxes of one sample in pixels of its original image. */
function detectionsIn(outputs: TensorMap, decoder: BoxDecoder, annotations: Annotations, sample: Sample): Detection[] {
  const toOriginal = mapping(decoder, annotations, sample);
  return decodeBoxes(outputs, decoder).map((detection) => ({ ...detection, ...toOriginal(detection) }));
}

/** From the units of the decoder to pixels of the original image, back through crop and resize. */
function mapping(decoder: BoxDecoder, annotations: Annotations, sample: Sample): (box: Box) => Box {
  const isNormalized = decoder.units === 'normalized';
  const { placement } = sample;
  if (!placement) {
    if (!isNormalized) return (box) => box;
    const size = annotations.sizeOf(sample);
    if (size) return (box) => scaled(box, size[1], size[0], 0, 0);
    throw badDataset(
      sample.source,
      'is no image of known size, which boxes between 0 and 1 need. Give width and height in the annotations.',
    );
  }
  const { original, resized, region } = placement;
  const [scaleX, scaleY] = [original[1] / resized[1], original[0] / resized[0]];
  const [width, height] = isNormalized ? [region.width, region.height] : [1, 1];
  return (box) => scaled(box, width * scaleX, height * scaleY, region.left * scaleX, region.top * scaleY);
}

function scaled(box: Box, x: number, y: number, left: number, top: number): Box {
  return {
    left: box.left * x + left,
    top: box.top * y + top,
    right: box.right * x + left,
    bottom: box.bottom * y + top,
  };
}

function checkOutputs({ output, boxes, scores, classes }: BoxDecoder, outputs: readonly TensorInfo[]): void {
  const names = outputs.map(({ name }) => name);
  for (const name of [output, boxes, scores, classes]) {
    if (name === undefined || names.includes(name)) continue;
    throw badDataset(
      'The decoder of the dataset file',
      `names the output "${name}", but the model has ${names.map((each) => `"${each}"`).join(', ')}.`,
      { output: name },
    );
  }
}
