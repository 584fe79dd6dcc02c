import type { Dataset } from '../../data/dataset';
import { channelMoments, type MomentOptions } from '../../evaluate/channelMoments';
import { cloneModel, type Model } from '../../onnx/model';
import type { TensorMap } from '../../onnx/tensorValue';
import { normaliseModel } from '../../runtime/normaliseModel';
import { bareConvolutions, insertBatchNorm } from '../../train/step/insertBatchNorm';
import { selectedSamples, type SampleSplit } from './trainJob';
import type { TrainedForm } from './trainedForm';

/** Samples that the first statistics are of; training moves them on. */
const SAMPLES = 256;

/**
 * A normalised model with BatchNormalization behind every convolution that has none, and the same answers; its export
 * folds all of it, verified on `feeds`.
 */
export async function withBatchNorm(
  model: Model,
  dataset: Dataset,
  split: SampleSplit,
  feeds: TensorMap,
  options: MomentOptions,
): Promise<TrainedForm> {
  const { signal } = options;
  const tensors = new Map([...bareConvolutions(model).keys()].map((tensor) => [tensor, 1 as const]));
  const samples = selectedSamples(dataset, split.training.slice(0, SAMPLES)).samples({ signal });
  const student = cloneModel(model);
  insertBatchNorm(student, await channelMoments(model, tensors, samples, options));
  return {
    student,
    batchNorm: 'train',
    export: async (trained) => (await normaliseModel(trained, { feeds: [feeds], signal })).model,
  };
}
