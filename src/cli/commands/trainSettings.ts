import type {
  AugmentationSettings,
  DistillationSettings,
  FeatureLoss,
  QatSettings,
  TrainSettings,
} from '../../protocol';
import type { OptionSpec } from '../optionSpecs';
import type { ParsedOptions } from '../parseOptions';
import { UsageError } from '../usageError';

/** How images are changed each time that they are seen. */
export const AUGMENTATION_OPTIONS = {
  flip: { kind: 'flag', text: 'Mirror images at random.' },
  'crop-padding': { kind: 'count', value: 'PIXELS', range: [1, 1024], text: 'Shift images at random by up to this.' },
  cutout: { kind: 'count', value: 'PIXELS', range: [1, 4096], text: 'Side of a square that is blanked at random.' },
  mixup: { kind: 'text', value: 'ALPHA', text: 'Mix samples with each other, such as 0.2.' },
} as const satisfies Record<string, OptionSpec>;

/** What decides how a model is trained. */
export const TRAIN_OPTIONS = {
  epochs: { kind: 'count', value: 'N', range: [1, 10_000], text: 'Times that all samples are seen (default 10).' },
  batch: {
    kind: 'count',
    value: 'N',
    range: [1, 65_536],
    text: 'Samples of one step (default 128, fewer large ones).',
  },
  shards: {
    kind: 'count',
    value: 'N',
    range: [1, 4096],
    text: 'Parts of a batch that are computed by themselves: more need less memory (default: one a worker, at least 2).',
  },
  optimizer: { kind: 'choice', choices: ['sgd', 'adam', 'adamw'], text: 'Default sgd, with momentum.' },
  'learning-rate': {
    kind: 'text',
    value: 'X',
    text: 'Default 0.01 for sgd and 0.0001 for adam and adamw; ten times that from scratch, a tenth with --qat.',
  },
  momentum: { kind: 'text', value: 'X', text: 'Of sgd (default 0.9).' },
  nesterov: { kind: 'flag', text: 'Nesterov momentum.' },
  'weight-decay': { kind: 'text', value: 'X', text: 'Default 0.0001; not for biases and normalisation.' },
  schedule: { kind: 'choice', choices: ['cosine', 'step', 'constant'], text: 'How the rate falls (default cosine).' },
  warmup: {
    kind: 'text',
    value: 'SHARE',
    text: 'Share of all steps during which the rate rises, 0 to 1 (default 0.05; 0 from scratch without a teacher).',
  },
  'clip-norm': {
    kind: 'text',
    value: 'X',
    text: 'Scales larger gradients down to this norm, 0 for none (default 1; none from scratch without a teacher).',
  },
  average: { kind: 'text', value: 'DECAY', text: 'Keeps a moving average of the weights, such as 0.999.' },
  loss: {
    kind: 'choice',
    choices: ['cross-entropy', 'mse', 'l1', 'bce'],
    text: 'Default: what suits the output of the model.',
  },
  smoothing: { kind: 'text', value: 'SHARE', text: 'Label smoothing, 0 to 1 (default 0).' },
  temperature: { kind: 'text', value: 'T', text: 'Of the soft targets of --teacher (default 4).' },
  alpha: { kind: 'text', value: 'SHARE', text: 'Weight of the teacher; labels have the rest (default 0.9).' },
  answers: {
    kind: 'choice',
    choices: ['kl', 'dist'],
    text: 'How answers are compared to those of --teacher (default kl).',
  },
  features: {
    kind: 'choice',
    choices: ['attention', 'hint', 'similarity', 'relational'],
    text: 'What else is learned from --teacher, from layers that match by shape and position.',
  },
  'feature-weight': { kind: 'text', value: 'X', text: 'Weight of --features (default: the usual one of each).' },
  pair: {
    kind: 'text',
    value: 'STUDENT=TEACHER',
    repeatable: true,
    text: 'Tensors that --features compares, instead of automatic ones; repeatable.',
  },
  ...AUGMENTATION_OPTIONS,
  patience: {
    kind: 'count',
    value: 'N',
    range: [1, 10_000],
    text: 'End after so many epochs without a better result.',
  },
  'held-out': { kind: 'text', value: 'SHARE', text: 'Share of --data that chooses the best weights (default 0.1).' },
  'from-scratch': { kind: 'flag', text: 'Begin with new weights.' },
  'batch-norm': {
    kind: 'choice',
    choices: ['train', 'frozen', 'insert'],
    text: 'Statistics of each batch, or those of the model, folded (default frozen; train from scratch). insert: as train, also behind convolutions whose normalisation was folded before; folded again in the end.',
  },
  qat: {
    kind: 'flag',
    text: 'Quantization-aware training: writes a model with int8 activations and weights, trained as it will compute.',
  },
  'weight-bits': { kind: 'choice', choices: ['4', '8'], text: 'Of weights with --qat (default 8).' },
  'learn-scales': { kind: 'flag', text: 'With --qat: scales of weights are trained too (LSQ).' },
  exclude: {
    kind: 'text',
    value: 'PATTERN',
    repeatable: true,
    text: 'With --qat: nodes that stay float, by name, glob or operator type; repeatable.',
  },
} as const satisfies Record<string, OptionSpec>;

/** Options that change nothing without --qat. */
const QAT_ONLY = ['weight-bits', 'learn-scales', 'exclude'];
/** Options that change nothing without a teacher. */
const TEACHER_ONLY = ['temperature', 'alpha', 'answers', 'features', 'feature-weight', 'pair'];

/** The settings that the options of `train` ask for. Throws {@link UsageError}. */
export function trainSettings(options: ParsedOptions): TrainSettings {
  const misplaced = options.has('teacher') ? undefined : TEACHER_ONLY.find((name) => options.has(name));
  if (misplaced !== undefined) {
    throw new UsageError(`--${misplaced} changes nothing without --teacher. Leave it out, or name a teacher.`, 'train');
  }
  const lonely = options.has('qat') ? undefined : QAT_ONLY.find((name) => options.has(name));
  if (lonely !== undefined) {
    throw new UsageError(`--${lonely} changes nothing without --qat. Leave it out, or give --qat.`, 'train');
  }
  const number = (name: string, most = Infinity): number | undefined => positiveNumber('train', options, name, most);
  const distillation = distillationSettings(options, number);
  const augmentation = augmentationSettings('train', options);
  return defined<TrainSettings>({
    // The choices of an option are the members of the type that it stands for.
    loss: options.text('loss') as TrainSettings['loss'],
    labelSmoothing: number('smoothing', 1),
    distillation: Object.keys(distillation).length > 0 ? distillation : undefined,
    epochs: options.count('epochs'),
    batchSize: options.count('batch'),
    shards: options.count('shards'),
    optimizer: options.text('optimizer') as TrainSettings['optimizer'],
    learningRate: number('learning-rate'),
    momentum: number('momentum', 1),
    nesterov: options.has('nesterov') ? true : undefined,
    weightDecay: number('weight-decay'),
    schedule: options.text('schedule') as TrainSettings['schedule'],
    warmup: number('warmup', 1),
    clipNorm: number('clip-norm'),
    averageDecay: number('average', 1),
    augmentation,
    patience: options.count('patience'),
    heldOut: number('held-out', 0.5),
    fromScratch: options.has('from-scratch') ? true : undefined,
    batchNorm: options.text('batch-norm') as TrainSettings['batchNorm'],
    qat: options.has('qat') ? qatSettings(options) : undefined,
  });
}

function qatSettings(options: ParsedOptions): QatSettings {
  const bits = options.text('weight-bits');
  const exclude = options.texts('exclude');
  return defined<QatSettings>({
    weightBits: bits === undefined ? undefined : bits === '4' ? 4 : 8,
    learnScales: options.has('learn-scales') ? true : undefined,
    exclude: exclude.length > 0 ? exclude : undefined,
  });
}

type NumberOf = (name: string, most?: number) => number | undefined;

function distillationSettings(options: ParsedOptions, number: NumberOf): DistillationSettings {
  const pairs = options.texts('pair').map((text): [string, string] => {
    const [student, teacher, ...rest] = text.split('=');
    if (student && teacher && rest.length === 0) return [student, teacher];
    throw new UsageError(`--pair ${text} is not possible. Give two names of tensors: --pair STUDENT=TEACHER.`, 'train');
  });
  return defined<DistillationSettings>({
    temperature: number('temperature'),
    alpha: number('alpha', 1),
    answers: options.text('answers') as DistillationSettings['answers'],
    features: options.text('features') as FeatureLoss | undefined,
    featureWeight: number('feature-weight'),
    pairs: pairs.length > 0 ? pairs : undefined,
  });
}

/** What {@link AUGMENTATION_OPTIONS} ask for, undefined when none is given. Throws {@link UsageError}. */
export function augmentationSettings(command: string, options: ParsedOptions): AugmentationSettings | undefined {
  const settings = defined<AugmentationSettings>({
    flip: options.has('flip') ? true : undefined,
    cropPadding: options.count('crop-padding'),
    cutout: options.count('cutout'),
    mixup: positiveNumber(command, options, 'mixup'),
  });
  return Object.keys(settings).length > 0 ? settings : undefined;
}

/** The number of an option of `command`, from 0 to `most`; undefined when absent. Throws {@link UsageError}. */
export function positiveNumber(
  command: string,
  options: ParsedOptions,
  name: string,
  most = Infinity,
): number | undefined {
  const text = options.text(name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^(\d+\.?\d*|\.\d+)(e-?\d+)?$/i.test(text) && value <= most && Number.isFinite(value)) return value;
  const range = most === Infinity ? 'a number from 0' : `a number from 0 to ${most}`;
  throw new UsageError(`--${name} ${text} is not possible. Give ${range}.`, command);
}

/** Without the keys that nobody gave. */
function defined<T extends object>(values: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T;
}
