import type { QuantizeMode } from '../protocol';

/** One option of a command, as it is parsed and as the help shows it. */
export interface OptionSpec {
  readonly kind: 'flag' | 'text' | 'count' | 'choice';
  /** May be given several times. */
  readonly repeatable?: boolean;
  /** What stands for the value in the help. */
  readonly value?: string;
  /** Of a choice. */
  readonly choices?: readonly string[];
  /** Smallest and largest count. */
  readonly range?: readonly [number, number];
  /** The modes of quantization that it changes; all when absent. */
  readonly modes?: readonly QuantizeMode[];
  readonly text: string;
}

/** Options that every command takes. */
export const COMMON_OPTIONS = {
  json: { kind: 'flag', text: 'Print one JSON object on stdout.' },
  quiet: { kind: 'flag', text: 'No progress; quantize, prune and run print the path of the new model only.' },
  threads: {
    kind: 'count',
    value: 'N',
    range: [0, 256],
    text: 'Threads of ONNX Runtime; 0, the default, lets it decide.',
  },
  seed: { kind: 'count', value: 'N', range: [0, 0xffffffff], text: 'Seed of everything random (default 0).' },
  help: { kind: 'flag', text: 'Show this help.' },
} as const satisfies Record<string, OptionSpec>;

/** What to feed a model. */
export const DATA_OPTIONS = {
  data: {
    kind: 'text',
    value: 'PATH',
    text: 'Dataset file, folder of class folders, CIFAR-10, IDX, .npz, .npy or JSON Lines.',
  },
  shape: { kind: 'text', value: 'NAME=1x576', repeatable: true, text: 'Shape of a dynamic input; repeatable.' },
  fill: { kind: 'text', value: 'NAME=16000', repeatable: true, text: 'Constant value of an input; repeatable.' },
  synthetic: { kind: 'flag', text: 'Run on generated inputs instead of data; says nothing about accuracy.' },
} as const satisfies Record<string, OptionSpec>;

/** What only quantizing takes. */
export const QUANTIZE_OPTIONS = {
  mode: {
    kind: 'choice',
    choices: ['static', 'dynamic', 'weights', 'fp16'],
    text: 'static (default): int8 weights and activations, needs data. dynamic: int8 MatMul, Gemm, LSTM. weights: int8 or int4 weights only. fp16: half the size.',
  },
  'eval-data': { kind: 'text', value: 'PATH', text: 'Measure on this instead of on a part of --data.' },
  calibration: {
    kind: 'choice',
    choices: ['minmax', 'moving-average', 'percentile', 'entropy', 'mse'],
    modes: ['static'],
    text: 'How ranges are chosen (default mse).',
  },
  samples: {
    kind: 'count',
    value: 'N',
    range: [1, 1_000_000],
    modes: ['static'],
    text: 'Samples that calibrate (default 512); the rest measures.',
  },
  exclude: {
    kind: 'text',
    value: 'NODE',
    repeatable: true,
    text: 'Keep these as they are: node name, glob or operator type; repeatable.',
  },
  'keep-fp16': {
    kind: 'text',
    value: 'NODE',
    repeatable: true,
    modes: ['static', 'dynamic', 'weights'],
    text: 'Keep these in float with weights stored in 16 bits; named like --exclude; repeatable.',
  },
  activations: {
    kind: 'choice',
    choices: ['uint8', 'int8', 'uint16', 'int16'],
    modes: ['static'],
    text: 'Type of activations (default uint8).',
  },
  'per-tensor': {
    kind: 'flag',
    modes: ['static', 'dynamic'],
    text: 'One weight scale a tensor instead of one a channel.',
  },
  'reduce-range': { kind: 'flag', modes: ['static', 'dynamic'], text: '7-bit weights, for processors without VNNI.' },
  'no-bias-correction': { kind: 'flag', modes: ['static'], text: 'Leave biases as they are.' },
  rounding: {
    kind: 'choice',
    choices: ['nearest', 'adaround'],
    modes: ['static'],
    text: 'How weights are rounded: nearest (default), or up or down as is learned from the samples (AdaRound).',
  },
  bits: { kind: 'choice', choices: ['4', '8'], modes: ['static', 'weights'], text: 'Bits a weight (default 8).' },
  block: {
    kind: 'count',
    value: 'N',
    range: [16, 1024],
    modes: ['weights'],
    text: 'Weights that share a scale, a power of two from 16.',
  },
  'include-conv': {
    kind: 'flag',
    modes: ['weights'],
    text: 'Store convolution weights as int8 too: a quarter of the size, computed in float, no faster.',
  },
  'fp16-compute': {
    kind: 'flag',
    modes: ['fp16'],
    text: 'Compute in fp16 too, for GPUs; slower on a CPU, where ONNX Runtime must load it at graph optimisation level "extended", since "all" can crash.',
  },
  out: {
    kind: 'text',
    value: 'FILE',
    text: 'Name of the new model (default: MODEL.int8.onnx beside the model). Never overwrites.',
  },
} as const satisfies Record<string, OptionSpec>;

/** What only pruning takes. */
export const PRUNE_OPTIONS = {
  method: {
    kind: 'choice',
    choices: ['magnitude', 'nm', 'block', 'channel', 'depth', 'low-rank'],
    text: 'channel: fewer channels, a smaller and faster dense model. depth: without some residual branches, shallower. magnitude, nm, block: zeros in weights, for sparse formats. low-rank: weights as the product of two.',
  },
  amount: {
    kind: 'text',
    value: 'SHARE',
    text: 'Share of channels (default 0.3), residual branches (default 0.25), weights, blocks or ranks (default 0.5) to remove.',
  },
  importance: {
    kind: 'choice',
    choices: ['l1', 'l2', 'bn-scale', 'geometric-median', 'activation', 'taylor', 'random'],
    text: 'What channels (default l2) or blocks (l1, the default, or l2) are weighed by; random is the control.',
  },
  scope: {
    kind: 'choice',
    choices: ['global', 'local'],
    text: 'Whether layers compete for the amount (global, the default) or each loses as much.',
  },
  protect: {
    kind: 'text',
    value: 'NODE',
    repeatable: true,
    text: 'Prune nothing of these: node name, glob or operator type; repeatable.',
  },
  'min-channels': {
    kind: 'count',
    value: 'N',
    range: [1, 1_000_000],
    text: 'Channels that every layer keeps at least.',
  },
  'target-macs': {
    kind: 'text',
    value: 'SHARE',
    text: 'Keep this share of the multiply-accumulates instead of --amount (channel, depth).',
  },
  'target-size': { kind: 'text', value: 'SHARE', text: 'With --auto: keep this share of the bytes of the weights.' },
  'target-latency': {
    kind: 'text',
    value: 'SHARE',
    text: 'With --auto: keep this share of the latency, measured here.',
  },
  auto: { kind: 'flag', text: 'Find the amount of each layer from a measurement of how sensitive it is.' },
  steps: { kind: 'count', value: 'N', range: [1, 1000], text: 'Take the amount in so many steps (default 1).' },
  'finetune-epochs': {
    kind: 'count',
    value: 'N',
    range: [1, 10_000],
    text: 'Train what is left on --data for so many epochs after each step; needs --eval-data.',
  },
  teacher: {
    kind: 'choice',
    choices: ['original'],
    text: 'With --finetune-epochs: the original teaches, besides labels.',
  },
  'learning-rate': { kind: 'text', value: 'X', text: 'With --finetune-epochs (default 0.01).' },
  nm: { kind: 'text', value: 'N:M', text: 'Keep N of every M weights along the inputs (default 2:4).' },
  block: { kind: 'text', value: 'RxC', text: 'Blocks of outputs x inputs (default 4x1).' },
  energy: { kind: 'text', value: 'SHARE', text: 'Keep this share of the squared singular values instead of --amount.' },
  'no-recalibration': { kind: 'flag', text: 'Do not fit what is left to the original.' },
  out: {
    kind: 'text',
    value: 'FILE',
    text: 'Name of the new model (default: MODEL.pruned.onnx, .shallow, .sparse, .2of4 or .lowrank beside the model). Never overwrites.',
  },
} as const satisfies Record<string, OptionSpec>;

/** At most so many samples, for evaluating and comparing. */
export const LIMIT_OPTION = {
  limit: { kind: 'count', value: 'N', range: [1, 1_000_000_000], text: 'Use at most so many samples.' },
} as const satisfies Record<string, OptionSpec>;

/** For measuring with a program that a dataset file names. */
export const METRIC_OPTION = {
  'allow-metric-command': {
    kind: 'flag',
    text: 'Run the program that the dataset file names under "metric"; only for files that you trust.',
  },
} as const satisfies Record<string, OptionSpec>;

/** What to compare outputs with. */
export const REFERENCE_OPTION = {
  reference: {
    kind: 'text',
    value: 'MODEL',
    text: 'Another model: agreement, SQNR, cosine and divergence against it, with or without labels.',
  },
} as const satisfies Record<string, OptionSpec>;

/** How to profile. */
export const PROFILE_OPTIONS = {
  provider: {
    kind: 'choice',
    choices: ['cpu', 'webgpu', 'cuda', 'dml', 'coreml'],
    text: 'What runs the model (default cpu).',
  },
  batch: {
    kind: 'text',
    value: '1,4,8',
    text: 'Batch sizes, where the model leaves its batch open; nodes are reported for the first one.',
  },
  runs: { kind: 'count', value: 'N', range: [3, 1000], text: 'Runs that count (default: some seconds of them).' },
  shape: DATA_OPTIONS.shape,
  fill: DATA_OPTIONS.fill,
} as const satisfies Record<string, OptionSpec>;
