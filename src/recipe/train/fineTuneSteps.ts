import { basename } from 'node:path';
import { opsetOf } from '../../onnx/graphIndex';
import type { Model } from '../../onnx/model';
import type { TensorInfo } from '../../onnx/tensorValue';
import type { FineTunedStep, PruneParams, TrainParams } from '../../protocol';
import { buildGraphs } from '../../train/step/buildGraphs';
import { bareConvolutions } from '../../train/step/insertBatchNorm';
import { PressError } from '../../util/pressError';
import { openData } from '../openData';
import { withBatchNorm } from './batchNormInsertion';
import type { CheckpointFile } from './checkpointFile';
import { runTraining, type TrainContext } from './runTraining';
import { inputsOf, splitSamples, TRAINING_OPSET } from './trainJob';
import { exportBest, type TrainedForm } from './trainedForm';
import { fullSettings } from './trainSettings';
import { zeroMasks } from './zeroMasks';

/** A step of a pruning is trained in minutes; what is lost when it is killed is the pruning itself. */
const NO_CHECKPOINT: CheckpointFile = {
  read: () => undefined,
  write: () => undefined,
  remove: () => undefined,
  release: () => undefined,
};

/** Trains what a pruning left after each of its steps. */
export interface FineTuner {
  /** A copy of the model with its best weights. */
  train(model: Model, step: number): Promise<Model>;
  /** What each training did, in order. */
  readonly steps: readonly FineTunedStep[];
}

/** Throws `no-data` where the samples that train would measure as well. */
export function requireFineTuneData({ model, data, evaluationData, synthetic }: PruneParams): void {
  if (data !== undefined && evaluationData !== undefined && !synthetic) return;
  throw new PressError(
    'no-data',
    `Fine-tuning ${basename(model)} between the steps of a pruning needs samples to train on and others to measure with. Give both --data and --eval-data.`,
    { path: model },
  );
}

/**
 * Prepares fine-tuning for the models that a pruning makes of `original`, which is the teacher where the settings say so.
 * A share of the data is held out and chooses the best weights of each step; zeros stay zero when the method masks.
 * Convolutions are normalised while they train, by layers that are folded away again; below operator set 15 they are not.
 */
export async function createFineTuner(
  params: PruneParams,
  original: Model,
  modelInputs: readonly TensorInfo[],
  context: TrainContext,
): Promise<FineTuner> {
  const { finetune, method } = params.settings;
  const { epochs = 3, teacher, ...training } = finetune ?? {};
  const dataset = await openData(params.model, modelInputs, params);
  const seed = params.seed ?? 0;
  const split = splitSamples(dataset, 0.1, seed);
  const first = await dataset.read(split.training[0] ?? 0);
  const inputs = inputsOf(first.inputs);
  const { settings: _settings, ...rest } = params;
  const own: TrainParams = {
    ...rest,
    settings: { epochs, ...training },
  };
  const settings = fullSettings(own, first.inputs, split.training.length);
  const isSparse = method === 'magnitude' || method === 'nm' || method === 'block';
  const steps: FineTunedStep[] = [];
  const options = { threads: params.threads ?? 0, signal: context.signal };
  const formOf = (model: Model): Promise<TrainedForm> | TrainedForm =>
    opsetOf(model) >= TRAINING_OPSET && bareConvolutions(model).size > 0
      ? withBatchNorm(model, dataset, split, first.inputs, options)
      : { student: model, batchNorm: 'frozen', export: (trained) => trained };
  return {
    steps,
    async train(model, step) {
      const form = await formOf(model);
      const graphs = await buildGraphs({
        ...form,
        inputs,
        shardSize: settings.batchSize / settings.shards,
        labelled: dataset.hasLabels,
        seed,
        ...(teacher === 'original' ? { teacher: original } : {}),
      });
      const { state } = await runTraining({
        params: own,
        context: { ...context, onTrain: (progress) => context.onTrain?.({ ...progress, round: step + 1 }) },
        checkpoint: NO_CHECKPOINT,
        settings,
        graphs,
        split,
        dataset,
        skipped: [],
        seed: seed + step,
        masks: zeroMasks(form.student, graphs.weights, ({ decays }) => isSparse && decays),
      });
      const { start, best, history } = state;
      steps.push({ step: step + 1, start, best: best.figures, bestEpoch: best.epoch, history });
      return exportBest(form, graphs, state);
    },
  };
}
