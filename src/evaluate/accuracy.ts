import type { Sample } from '../data/dataset';
import type { ClassReport, Proportion } from '../protocol';
import { PressError } from '../util/pressError';
import { proportionOf } from '../util/stats';
import type { ClassScores } from './classify';
import { createConfusionCounter } from './confusion';

/** From so many classes on, the share of samples whose label is among the best five says something. */
const TOP5_CLASSES = 10;

/** Counts how often a model is right on labelled samples. */
export interface AccuracyCounter {
  /** True when the row's highest score is the sample's label. Throws `bad-dataset` for a label that is no class. */
  add(scores: ClassScores, row: number, sample: Sample, label: number): boolean;
  top1(): Proportion;
  /** Undefined with fewer than 10 classes. */
  top5(): Proportion | undefined;
  /** Accuracy by class, and what is taken for what. */
  classes(names: readonly string[] | undefined): ClassReport;
}

/** Creates a counter that has seen nothing yet. */
export function createAccuracyCounter(): AccuracyCounter {
  let count = 0;
  let top1 = 0;
  let top5 = 0;
  let classCount = 0;
  const confusion = createConfusionCounter();
  return {
    add(scores, row, sample, label) {
      classCount = scores.classCount;
      if (label >= classCount) throw labelOutOfRange(sample, label, classCount);
      count++;
      const top = scores.topClass(row);
      const isRight = top === label;
      confusion.add(label, top);
      if (isRight) top1++;
      if (classCount >= TOP5_CLASSES && scores.isInTop(row, label, 5)) top5++;
      return isRight;
    },
    top1: () => proportionOf(top1, count),
    top5: () => (classCount >= TOP5_CLASSES ? proportionOf(top5, count) : undefined),
    classes: (names) => confusion.result(classCount, names),
  };
}

function labelOutOfRange(sample: Sample, label: number, classCount: number): PressError {
  return new PressError(
    'bad-dataset',
    `${sample.source} has label ${label}, but the model has ${classCount} classes (0 to ${classCount - 1}). ` +
      'Check that the labels belong to this model, or set "labelOffset" in a dataset file.',
    { sample: sample.source, label, classCount },
  );
}
