import type { Model } from '../../onnx/model';
import type { TensorInfo } from '../../onnx/tensorValue';
import type { DistillationSettings, TaskLoss } from '../../protocol';
import type { TrainableWeight } from './trainableWeights';
import type { VectorPart } from './weightVector';

/** What a training step is built from. */
export interface StepSpec {
  /** Normalised, of operator set 14 or later when BatchNormalization is trained; the weights as initializers. */
  readonly student: Model;
  /** Normalised and of the student's operator set. */
  readonly teacher?: Model;
  /** The student's inputs with the shapes of one sample, whose first dimension is the batch. */
  readonly inputs: readonly TensorInfo[];
  /** Samples of one run. */
  readonly shardSize: number;
  readonly labelled: boolean;
  /** Chosen by what the model answers when absent. */
  readonly loss?: TaskLoss;
  readonly labelSmoothing?: number;
  readonly distillation?: DistillationSettings;
  /** What is trained; {@link trainableWeights} when absent. */
  readonly trainable?: readonly TrainableWeight[];
  readonly batchNorm: 'train' | 'frozen';
  /** Of weights that only training has. Default 0. */
  readonly seed?: number;
  /** Freezes what lies before an operator without a gradient, instead of refusing. */
  readonly freeze?: boolean;
}

/** A trained weight in the vector of all. */
export interface WeightPart extends VectorPart {
  readonly decays: boolean;
  /** Multiplies the learning rate; 1 when absent. */
  readonly rateFactor?: number;
  /** False for what only training has, such as the projection of hints. */
  readonly isExported: boolean;
}

/** Where samples and targets go, what they are and where results come from. */
export interface StepGraph {
  /** Inputs: the model's own, `train/target` where there are labels, every weight and every statistic. */
  readonly model: Model;
  /** The name of the gradient of each part; undefined in a graph that only evaluates. */
  readonly gradients?: readonly string[];
  /** The name of the new value of each statistic; undefined where they are not trained. */
  readonly statistics?: readonly string[];
}

/** Both graphs of a training, and what they share. */
export interface TrainingGraphs {
  /** Outputs {@link LOSS}, {@link SAMPLE_LOSS}, {@link CORRECT} where there are classes, gradients and statistics. */
  readonly step: StepGraph;
  /** Outputs {@link SAMPLE_LOSS} and {@link CORRECT}: the loss of the task without smoothing, by sample. */
  readonly evaluation: StepGraph;
  readonly weights: readonly WeightPart[];
  readonly statistics: readonly VectorPart[];
  /** Where the vectors begin. */
  readonly start: { readonly weights: Float32Array; readonly statistics: Float32Array };
  readonly loss: TaskLoss;
  /** Classes of a target, or elements; undefined where targets come from the teacher or the input. */
  readonly targetSize?: number;
  readonly hasClasses: boolean;
  /** Weights that no gradient reaches, in words for a person. */
  readonly frozen: readonly string[];
}

/** The graph input of targets: float32 [shard, targetSize]. */
export const TARGET = 'train/target';
/** The scalar that is minimised. */
export const LOSS = 'train/loss';
/** The loss of the task by sample, [shard]. */
export const SAMPLE_LOSS = 'train/sampleLoss';
/** 1 for each sample that is right, [shard]. */
export const CORRECT = 'train/correct';
