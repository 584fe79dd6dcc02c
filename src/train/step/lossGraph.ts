import type { Model } from '../../onnx/model';
import type { TensorInfo } from '../../onnx/tensorValue';
import type { DistillationSettings, FeatureLoss, TaskLoss } from '../../protocol';
import { assertNever } from '../../util/assertNever';
import { PressError } from '../../util/pressError';
import { matchFeatures } from '../distil/matchFeatures';
import type { GraphWriter } from '../graph/graphWriter';
import { correlationLoss, softTargetLoss } from '../losses/answers';
import { attentionLoss, hintLoss, similarityLoss, type FeaturePair } from '../losses/features';
import { meanOf, type LossTensor } from '../losses/pieces';
import { relationalLoss } from '../losses/relational';
import { correctSamples, taskLoss } from '../losses/taskLoss';

/** Weights of feature losses as their authors use them with images, beside answers of weight one. */
const FEATURE_WEIGHTS: Readonly<Record<FeatureLoss, number>> = {
  attention: 1000,
  hint: 100,
  similarity: 3000,
  relational: 1,
};
/** Usual for soft targets on small images. */
const DEFAULT_TEMPERATURE = 4;
const DEFAULT_ALPHA = 0.9;

/** What a loss is made of. */
export interface LossParts {
  readonly model: Model;
  readonly types: ReadonlyMap<string, TensorInfo>;
  readonly writer: GraphWriter;
  readonly loss: TaskLoss;
  readonly labelSmoothing: number;
  readonly prediction: LossTensor;
  /** What is right: labels, or the input itself; undefined where only a teacher knows. */
  readonly target?: LossTensor;
  /** The teacher's logits. */
  readonly teacher?: LossTensor;
  readonly distillation: DistillationSettings;
  /** Names the learned projection of a pair of hints. */
  readonly projection: (index: number, pair: FeaturePair) => string;
}

/** Appends the loss that is minimised, a scalar, and returns its name. */
export function trainingLoss(parts: LossParts): string {
  const { writer, loss, prediction, target, teacher, distillation, labelSmoothing } = parts;
  const { op, float } = writer;
  const alpha = teacher === undefined ? 0 : target === undefined ? 1 : (distillation.alpha ?? DEFAULT_ALPHA);
  const weighted = (name: string, weight: number): string => (weight === 1 ? name : op('Mul', [name, float(weight)]));
  const terms: string[] = [];
  if (target && alpha < 1) {
    const samples = taskLoss(writer, loss, { prediction, target }, labelSmoothing);
    terms.push(weighted(meanOf(writer, { name: samples, dims: prediction.dims.slice(0, 1) }), 1 - alpha));
  }
  if (teacher && alpha > 0) terms.push(weighted(answerLoss(parts, teacher), alpha));
  if (teacher && distillation.features !== undefined) {
    terms.push(featureLoss(parts, distillation.features));
  }
  const [first, ...rest] = terms;
  if (first === undefined) throw nothingToLearn();
  return rest.reduce((sum, term) => op('Add', [sum, term]), first);
}

/** Appends what is measured: the loss by sample and, with classes, which samples are right. */
export function sampleMetrics(parts: LossParts, hasClasses: boolean): { loss: string; correct?: string } {
  const { writer, prediction, loss } = parts;
  const target = parts.target ?? teacherTarget(parts);
  const tensors = { prediction, target };
  return {
    loss: taskLoss(writer, loss, tensors),
    ...(hasClasses ? { correct: correctSamples(writer, tensors) } : {}),
  };
}

function answerLoss(parts: LossParts, teacher: LossTensor): string {
  const { writer, loss, prediction, distillation } = parts;
  if (loss !== 'cross-entropy') {
    const samples = taskLoss(writer, loss, { prediction, target: teacherTarget(parts) });
    return meanOf(writer, { name: samples, dims: prediction.dims.slice(0, 1) });
  }
  if (prediction.dims.slice(1).join() !== teacher.dims.slice(1).join()) {
    throw new PressError(
      'bad-input',
      `Student and teacher answer with ${prediction.dims.slice(1).join('x')} and ${teacher.dims.slice(1).join('x')} numbers a sample. Give a teacher for the same classes.`,
    );
  }
  const answers = { student: prediction, teacher, temperature: distillation.temperature ?? DEFAULT_TEMPERATURE };
  return distillation.answers === 'dist' ? correlationLoss(writer, answers) : softTargetLoss(writer, answers);
}

/** The teacher's answers as a target of the task's loss. */
function teacherTarget({ writer, loss, teacher }: LossParts): LossTensor {
  if (!teacher) throw nothingToLearn();
  if (loss === 'cross-entropy') return { name: writer.op('Softmax', [teacher.name], { axis: 1 }), dims: teacher.dims };
  if (loss === 'bce') return { name: writer.op('Sigmoid', [teacher.name]), dims: teacher.dims };
  return teacher;
}

function featureLoss(parts: LossParts, features: FeatureLoss): string {
  const { writer, distillation, projection } = parts;
  const pairs = matchFeatures(parts.model, parts.types, features, distillation.pairs);
  const terms = pairs.map((pair, i) => {
    switch (features) {
      case 'attention':
        return attentionLoss(writer, pair);
      case 'hint':
        return hintLoss(writer, pair, projection(i, pair));
      case 'similarity':
        return similarityLoss(writer, pair);
      case 'relational':
        return relationalLoss(writer, pair);
      default:
        return assertNever(features);
    }
  });
  const sum = terms.reduce((total, term) => writer.op('Add', [total, term]));
  return writer.op('Mul', [sum, writer.float(distillation.featureWeight ?? FEATURE_WEIGHTS[features])]);
}

/** There are neither labels nor a teacher. */
export function nothingToLearn(): PressError {
  return new PressError(
    'no-data',
    'There is nothing to train against: the samples have no labels that fit the answers of the model. Give labelled data, or a teacher.',
  );
}
