import { createDataset, type Dataset } from '../../../src/data/dataset';
import type { AugmentationSettings, DistillationSettings, TrainProgress } from '../../../src/protocol';
import type { Model } from '../../../src/onnx/model';
import { epochBatches, evenBatches, stepsPerEpoch } from '../../../src/train/data/batches';
import type { TrainLoopOptions } from '../../../src/train/loop/trainLoop';
import { createOptimiser } from '../../../src/train/optimisers/optimiser';
import type { OptimiserSettings } from '../../../src/train/optimisers/optimiserGraph';
import { buildGraphs } from '../../../src/train/step/buildGraphs';
import { createShardComputer, shardPlan } from '../../../src/train/step/shardComputer';
import type { TrainingGraphs } from '../../../src/train/step/stepGraph';
import type { TrainableWeight } from '../../../src/train/step/trainableWeights';
import type { StepRunner } from '../../../src/train/step/stepRunner';
import { sampleValues } from '../../fixtures/buildModel';
import { createNetwork } from '../../fixtures/networkBuilder';

/** A classifier of 4x4 images with two channels into three classes. */
export function tinyNetwork(width = 6, { batchNorm = false, seed = 1 } = {}): Model {
  const net = createNetwork();
  const weight = (dims: number[], k: number): string =>
    net.weight(
      dims,
      'float32',
      sampleValues(
        dims.reduce((a, b) => a * b, 1),
        seed + k,
      ).map((v) => 0.6 * v),
    );
  let x = net.op('Conv', ['x', weight([width, 2, 3, 3], 1), net.weight([width], 'float32', [0])], {
    pads: [1, 1, 1, 1],
  });
  if (batchNorm) {
    const statistics = [[1], [0], [0], [1]].map((values) => net.weight([width], 'float32', values));
    x = net.op('BatchNormalization', [x, ...statistics]);
  }
  x = net.op('Relu', [x]);
  const y = net.op('Conv', [x, weight([width, width, 3, 3], 2), net.weight([width], 'float32', [0])], {
    pads: [1, 1, 1, 1],
  });
  x = net.op('Relu', [net.op('Add', [x, y])]);
  x = net.op('Flatten', [net.op('GlobalAveragePool', [x])]);
  net.op('Gemm', [x, weight([3, width], 3), net.weight([3], 'float32', [0])], { transB: 1 }, { outputs: ['logits'] });
  return net.model({ x: ['float32', ['n', 2, 4, 4]] }, { logits: ['float32', ['n', 3]] });
}

/** Noise with a stripe whose place is the class. */
export function stripes(count: number): Dataset {
  return createDataset({
    kind: 'npz',
    description: 'stripes',
    count,
    hasLabels: true,
    notes: [],
    inputNames: ['x'],
    nameOf: (index) => `stripe ${index}`,
    labelOf: (index) => index % 3,
    contentOf: (index) => {
      const data = Float32Array.from(sampleValues(32, index + 7));
      for (let i = 0; i < 8; i++) data[(index % 3) * 8 + i] = (data[(index % 3) * 8 + i] as number) + 1;
      return { inputs: { x: { type: 'float32', dims: [1, 2, 4, 4], data } } };
    },
  });
}

/** What a test of the loop may change. */
export interface TinySettings {
  readonly student?: Model;
  readonly teacher?: Model;
  readonly trainable?: readonly TrainableWeight[];
  readonly labelled?: boolean;
  readonly distillation?: DistillationSettings;
  readonly batchNorm?: 'train' | 'frozen';
  readonly augmentation?: AugmentationSettings;
  readonly optimiser?: OptimiserSettings;
  readonly epochs?: number;
  readonly patience?: number;
  readonly learningRate?: number;
  readonly masks?: ReadonlyMap<string, Float32Array>;
}

/** A training of a tiny network in this process. */
export interface TinyTraining {
  readonly graphs: TrainingGraphs;
  readonly options: TrainLoopOptions;
  readonly progress: TrainProgress[];
  release(): Promise<void>;
}

/** Prepares a training on 60 stripes, 12 of them held out, in batches of 16 as two shards. */
export async function tinyTraining(settings: TinySettings = {}): Promise<TinyTraining> {
  const { labelled = true, epochs = 3, augmentation = {} } = settings;
  const graphs = await buildGraphs({
    student: settings.student ?? tinyNetwork(),
    inputs: [{ name: 'x', type: 'float32', dims: [1, 2, 4, 4] }],
    shardSize: 8,
    labelled,
    batchNorm: settings.batchNorm ?? 'frozen',
    ...(settings.trainable ? { trainable: settings.trainable } : {}),
    ...(settings.teacher ? { teacher: settings.teacher } : {}),
    ...(settings.distillation ? { distillation: settings.distillation } : {}),
  });
  const computer = await createShardComputer(shardPlan(graphs, 1));
  const runner: StepRunner = {
    step: async (shards, state) => inTurn(shards, (shard) => computer.step(shard, state)),
    evaluate: async (shards, state) => inTurn(shards, (shard) => computer.evaluate(shard, state)),
  };
  const optimiser = await createOptimiser(
    settings.optimiser ?? { optimizer: 'sgd' },
    graphs.weights.map(({ name, length, decays, rateFactor = 1 }) => {
      const mask = settings.masks?.get(name);
      return { length, rateFactor, weightDecay: decays ? 1e-3 : 0, ...(mask ? { mask } : {}) };
    }),
  );
  const dataset = stripes(60);
  const positions = Array.from({ length: 48 }, (_, i) => i);
  const held = Array.from({ length: 12 }, (_, i) => 48 + i);
  const target = graphs.targetSize === undefined ? {} : { targetSize: graphs.targetSize };
  const batch = { dataset, positions, batchSize: 16, seed: 5, augmentation, ...target };
  const progress: TrainProgress[] = [];
  let ticks = 0;
  const options: TrainLoopOptions = {
    runner,
    optimiser,
    schedule: { schedule: 'cosine', learningRate: settings.learningRate ?? 0.1 },
    epochs,
    steps: stepsPerEpoch(batch),
    batchSize: 16,
    shards: 2,
    batches: (epoch, start) => epochBatches(batch, epoch, start),
    heldOut: () => evenBatches({ dataset, positions: held, batchSize: 8, ...target }),
    hasClasses: graphs.hasClasses,
    signal: new AbortController().signal,
    now: () => ticks++,
    onProgress: (step) => progress.push(step),
    ...(settings.patience === undefined ? {} : { patience: settings.patience }),
  };
  return {
    graphs,
    options,
    progress,
    async release() {
      await computer.release();
      await optimiser.release();
    },
  };
}

async function inTurn<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const item of items) results.push(await work(item));
  return results;
}
