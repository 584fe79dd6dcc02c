import { basename } from 'node:path';
import { batchSamples } from '../data/batchSamples';
import type { Dataset, Sample } from '../data/dataset';
import { planBatch } from '../evaluate/batchPlan';
import { computesInHalf } from '../onnx/computesInHalf';
import type { TensorInfo, TensorMap } from '../onnx/tensorValue';
import { graphsOf, mainGraph, type Model } from '../onnx/model';
import { validateModel } from '../onnx/validateModel';
import { weightBytes } from '../onnx/writeModel';
import type { DataFacts, EvaluationDataParams, ModelFileFacts } from '../protocol';
import { openModel } from '../runtime/modelFile';
import { PressError } from '../util/pressError';
import { countWeights } from './modelFacts';

/** A model file that was looked at before it is run. */
export interface CheckedModel {
  readonly facts: ModelFileFacts;
  /** True when a scale is found over the whole batch at run time: then a sample's result depends on its neighbours. */
  readonly mixesSamples: boolean;
  readonly optimization: Optimization;
}

/** How far ONNX Runtime may optimise a model. */
export type Optimization = 'extended' | 'all';

/** Checks that a model file can be run at all, and says how large it is. Throws what reading a model throws. */
export function checkModelFile(path: string): CheckedModel {
  const file = openModel(path);
  try {
    validateModel(file.model);
    return {
      facts: {
        path,
        sizeBytes: file.sizeBytes + weightBytes(file.model).external,
        parameterCount: countWeights(file.model).parameterCount,
      },
      mixesSamples: mixesSamples(file.model),
      optimization: optimizationFor(file.model),
    };
  } finally {
    file.close();
  }
}

/** True when a model finds a scale over the whole batch at run time, as dynamic quantization does. */
export function mixesSamples(model: Model): boolean {
  return [...graphsOf(mainGraph(model))].some((graph) =>
    graph.node.some(({ opType }) => opType.startsWith('DynamicQuantize')),
  );
}

/** Everything, but for graphs that compute in fp16: ONNX Runtime's last optimisations for the CPU can crash on them. */
export function optimizationFor(model: Model): Optimization {
  return computesInHalf(model) ? 'extended' : 'all';
}

/** Does `work` on a model file; a refusal that names no file names this one in its details. */
export async function aboutModel<T>(path: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof PressError) || error.details['path'] !== undefined) throw error;
    throw new PressError(error.code, error.message, { ...error.details, path }, { cause: error });
  }
}

/** The batch that was asked for, or one by one where a batch would change what a model computes. */
export function batchFor(
  params: EvaluationDataParams,
  models: readonly CheckedModel[],
): { readonly batchSize?: number } {
  if (params.batchSize !== undefined) return { batchSize: params.batchSize };
  return models.some(({ mixesSamples }) => mixesSamples) ? { batchSize: 1 } : {};
}

/** Throws `no-data` when there is nothing to run the model on and generated inputs were not asked for. */
export function requireData(params: EvaluationDataParams, model: string, purpose: string): void {
  if (params.data !== undefined || params.synthetic) return;
  throw new PressError(
    'no-data',
    `${purpose} ${basename(model)} needs samples. Give a dataset file, a folder of images or an array file with --data, or --synthetic to run on generated inputs (says nothing about accuracy).`,
    { path: model },
  );
}

/** What the data was, for a result; call it when the samples have been read, so that the skipped ones are known. */
export function dataFacts(dataset: Dataset): DataFacts {
  return {
    description: dataset.description,
    synthetic: dataset.kind === 'synthetic',
    skipped: [...dataset.skipped],
    notes: dataset.notes,
  };
}

/** What to time a model on: the first readable sample, repeated where the model fixes a batch of several. */
export async function timingFeeds(
  dataset: Dataset,
  models: readonly (readonly TensorInfo[])[],
  signal: AbortSignal,
): Promise<{ feeds: TensorMap; batchSize: number }> {
  const sample = await firstSample(dataset, signal);
  const plan = planBatch(models, sample);
  const batchSize = plan.isFixed ? plan.size : 1;
  if (batchSize === 1) return { feeds: sample.inputs, batchSize };
  return { feeds: batchSamples(Array.from({ length: batchSize }, () => sample)).inputs, batchSize };
}

async function firstSample(dataset: Dataset, signal: AbortSignal): Promise<Sample> {
  for await (const sample of dataset.samples({ signal })) return sample;
  throw new PressError('bad-dataset', `${dataset.description}: there is no sample in it.`);
}
