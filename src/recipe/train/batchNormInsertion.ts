import type { Dataset } from '../../data/dataset';
import { cloneModel, type Model } from '../../onnx/model';
import type { TensorMap } from '../../onnx/tensorValue';
import type { TrainParams } from '../../protocol';
import { channelMoments } from '../../prune/recalibration/channelMoments';
import { normaliseModel } from '../../runtime/normaliseModel';
import { bareConvolutions, insertBatchNorm } from '../../train/step/insertBatchNorm';
import type { CompressionJob } from '../compressionJob';
import { selectedSamples, type SampleSplit } from './trainJob';

/** Samples that the first statistics are of; training moves them on. */
const SAMPLES = 256;

/** A copy of a normalised model with BatchNormalization behind every convolution that has none, and the same answers. */
export async function withBatchNorm(
  { params, context: { signal } }: CompressionJob<TrainParams>,
  model: Model,
  dataset: Dataset,
  split: SampleSplit,
): Promise<Model> {
  const tensors = new Map([...bareConvolutions(model).keys()].map((tensor) => [tensor, 1 as const]));
  const samples = selectedSamples(dataset, split.training.slice(0, SAMPLES)).samples({ signal });
  const copy = cloneModel(model);
  insertBatchNorm(copy, await channelMoments(model, tensors, samples, { threads: params.threads ?? 0, signal }));
  return copy;
}

/** The trained model with its normalisation folded, as it was before. */
export async function withoutBatchNorm(
  { context: { signal } }: CompressionJob<TrainParams>,
  model: Model,
  feeds: TensorMap,
): Promise<Model> {
  return (await normaliseModel(model, { feeds: [feeds], signal })).model;
}
