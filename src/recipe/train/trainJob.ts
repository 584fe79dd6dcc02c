import type { Dataset, SkippedSample } from '../../data/dataset';
import { hasBatchNorm } from '../../train/step/batchNorm';
import { isCorruptSample } from '../../data/errors';
import { pairInputs } from '../../evaluate/pairing';
import { opsetOf } from '../../onnx/graphIndex';
import type { Model } from '../../onnx/model';
import type { TensorInfo, TensorMap } from '../../onnx/tensorValue';
import { validateModel } from '../../onnx/validateModel';
import type { BatchNormMode, TrainParams } from '../../protocol';
import { openModel } from '../../runtime/modelFile';
import { DEFAULT_OPSET, normaliseModel, type NormalisedModel } from '../../runtime/normaliseModel';
import { createSession } from '../../runtime/session';
import { createRandom } from '../../util/random';
import { seedOf } from '../../train/data/seed';
import { PressError, throwIfCancelled } from '../../util/pressError';
import { aboutModel } from '../evaluationData';
import { normaliseJob, type CompressionJob } from '../compressionJob';
import type { RunContext } from '../runContext';

/** BatchNormalization has a training mode since operator set 14; 15 is what current exporters write. */
export const TRAINING_OPSET = 15;
/** Choosing among epochs needs no more samples: their intervals are within half a point. */
const MAX_HELD_OUT = 5000;

/** Which samples train and which choose the best weights. */
export interface SampleSplit {
  readonly training: readonly number[];
  readonly heldOut: readonly number[];
}

/** Divides the positions of a data set by a seed. Throws `bad-dataset` when there are not two samples. */
export function splitSamples(dataset: Dataset, share: number, seed: number): SampleSplit {
  const order = createRandom(seedOf(seed)).shuffle(Array.from({ length: dataset.count }, (_, i) => i));
  const heldOut = Math.min(MAX_HELD_OUT, Math.max(1, Math.round(dataset.count * share)));
  if (dataset.count <= heldOut) {
    throw new PressError(
      'bad-dataset',
      `${dataset.description}: ${dataset.count} samples are too few to train on and to choose the best weights by. Give more data.`,
      { count: dataset.count },
    );
  }
  return { training: order.slice(heldOut), heldOut: order.slice(0, heldOut) };
}

/** A data set of some positions of another. */
export function selectedSamples(dataset: Dataset, positions: readonly number[]): Dataset {
  return {
    ...dataset,
    count: positions.length,
    read: (position) => dataset.read(positions[position] ?? 0),
    async *samples({ start = 0, end = positions.length, signal } = {}) {
      for (const position of positions.slice(start, end)) {
        throwIfCancelled(signal);
        const sample = await dataset.read(position).catch((error: unknown) => {
          if (isCorruptSample(error)) return undefined; // told when it trained or measured an epoch
          throw error;
        });
        if (sample) yield sample;
      }
    },
  };
}

/** The inputs of a model with the shapes of a sample. */
export function inputsOf(sample: TensorMap): TensorInfo[] {
  return Object.entries(sample).map(([name, { type, dims }]) => ({ name, type, dims }));
}

/** Student and teacher, normalised and of one operator set. */
export interface TrainedModels {
  readonly student: NormalisedModel;
  readonly teacher?: Model;
  /** Releases what the models read from. */
  close(): void;
}

/** Reads and normalises the models of a training, verified on `feeds`, which are made for the student. */
export async function openTrainedModels(
  job: CompressionJob<TrainParams>,
  inputs: readonly TensorInfo[],
  feeds: TensorMap,
  batchNorm: BatchNormMode,
): Promise<TrainedModels> {
  const { params, file, context } = job;
  const keepBatchNorm = batchNorm !== 'frozen';
  const path = params.teacher;
  const teacherFile = path === undefined ? undefined : await aboutModel(path, () => openModel(path));
  try {
    const normalises = batchNorm === 'insert' || (keepBatchNorm && hasBatchNorm(file.model));
    const needed = normalises ? TRAINING_OPSET : DEFAULT_OPSET;
    const own = Math.max(needed, opsetOf(file.model), teacherFile ? opsetOf(teacherFile.model) : 0);
    const student = await normaliseJob(job, feeds, { minOpset: own, keepBatchNorm });
    if (!teacherFile) return { student, close: () => undefined };
    const teacher = await aboutModel(teacherFile.path, () =>
      normaliseTeacher(teacherFile.model, inputs, feeds, opsetOf(student.model), context),
    );
    return { student, teacher, close: () => teacherFile.close() };
  } catch (error) {
    teacherFile?.close();
    throw error;
  }
}

async function normaliseTeacher(
  model: Model,
  inputs: readonly TensorInfo[],
  feeds: TensorMap,
  minOpset: number,
  { signal }: RunContext,
): Promise<Model> {
  validateModel(model);
  const session = await createSession(model);
  const toTeacher = pairInputs(inputs, session.inputs);
  await session.release();
  const normalised = await normaliseModel(model, { feeds: [toTeacher(feeds)], minOpset, signal });
  return normalised.model;
}

/** What could not be read, each once. */
export function uniqueSkipped(...lists: readonly (readonly SkippedSample[])[]): SkippedSample[] {
  const found = new Map(lists.flat().map((entry) => [entry.source, entry]));
  return [...found.values()];
}
