import type { Dataset, Sample } from '../data/dataset';
import { findClassOutput, scoresOf } from '../evaluate/classify';
import { countMacs } from '../evaluate/countMacs';
import { divergenceOf } from '../evaluate/divergence';
import { runSamples } from '../evaluate/runSamples';
import { mainGraph, type Model } from '../onnx/model';
import type { TensorMap } from '../onnx/tensorValue';
import { validateModel } from '../onnx/validateModel';
import type { QuantizeSettings } from '../protocol';
import type { LayerSource } from '../quantize/layerSubset';
import { openModel, type OpenModel } from '../runtime/modelFile';
import { normaliseModel } from '../runtime/normaliseModel';
import { createSession, type Session } from '../runtime/session';
import { inferTensorTypes } from '../runtime/tensorTypes';
import { throwIfCancelled } from '../util/pressError';
import { aboutModel, timingFeeds } from './evaluationData';
import { refuseQuantized } from './quantizeMode';
import type { RunContext } from './runContext';

/** Inputs and outputs of all samples are held; of large ones there are fewer. */
const MAX_HELD_BYTES = 256 << 20;

/** A normalised model whose parts are to be quantized, and the open file behind it. */
export interface Bench extends LayerSource {
  readonly reference: Session;
  readonly threads: number;
  /** Multiply-accumulates by node, of one sample. */
  readonly macs: ReadonlyMap<string, number>;
}

/** Samples and what the original gives for them. */
export interface HeldRuns {
  readonly samples: readonly Sample[];
  readonly outputs: readonly TensorMap[];
  readonly classOutput: string | undefined;
}

/** How a model fares on held samples. */
export interface HeldMeasure {
  /** Mean divergence of the outputs from those of the original. */
  readonly divergence: number;
  /** Rows of class scores, and how many of them have another class on top. */
  readonly rows: number;
  readonly changed: number;
  /** Samples with a label, and how many of them are answered right. */
  readonly labelled: number;
  readonly right: number;
}

/**
 * Opens a float model for quantizing parts of it, has `work` done, and closes everything again.
 * `openData` gets the inputs of the model. Throws `already-quantized`, `model-does-not-run` and what reading throws.
 */
export async function withBench<D extends { readonly dataset: Dataset }, T>(
  params: { readonly path: string; readonly settings: QuantizeSettings; readonly threads: number },
  context: RunContext,
  openData: (inputs: Session['inputs']) => Promise<D>,
  work: (bench: Bench, data: D) => Promise<T>,
): Promise<T> {
  const { path, settings, threads } = params;
  context.onProgress({ stage: 'read', done: 0, total: 0 });
  let file: OpenModel | undefined;
  let reference: Session | undefined;
  try {
    const opened = await aboutModel(path, () => openModel(path));
    file = opened;
    validateModel(opened.model);
    refuseQuantized(opened.model, path);
    const original = await aboutModel(path, () => createSession(path, { threads }));
    const { inputs } = original;
    await original.release();
    const data = await openData(inputs);
    const { feeds } = await timingFeeds(data.dataset, [inputs], context.signal);
    const { model } = await normaliseModel(opened.model, { feeds: [feeds], ...context });
    const types = await inferTensorTypes(model);
    const macs = new Map(mainGraph(model).node.map((node) => [node.name, countMacs(node, types)]));
    reference = await createSession(model, { threads });
    return await work({ model, types, settings, reference, threads, macs }, data);
  } finally {
    await reference?.release();
    file?.close();
  }
}

/** How many samples to hold. */
export interface HoldLimits {
  /** For progress. */
  readonly total: number;
  /** No more than this. */
  readonly most: number;
}

/** Runs the original on as many samples as are wanted and can be held. */
export async function holdRuns(
  { reference }: Pick<Bench, 'reference'>,
  samples: AsyncIterable<Sample> | Iterable<Sample>,
  { total, most }: HoldLimits,
  { signal, onProgress }: RunContext,
): Promise<HeldRuns> {
  const kept: Sample[] = [];
  const outputs: TensorMap[] = [];
  let bytes = 0;
  for await (const run of runSamples([reference], samples, { batchSize: 1, signal })) {
    kept.push(...run.samples);
    outputs.push(run.outputs[0] ?? {});
    bytes += sizeOf(run.outputs[0] ?? {}) + run.samples.reduce((sum, { inputs }) => sum + sizeOf(inputs), 0);
    onProgress({ stage: 'reference', done: kept.length, total });
    if (kept.length >= most || bytes > MAX_HELD_BYTES) break;
  }
  const labelled = kept.some(({ label }) => label !== undefined);
  return {
    samples: kept,
    outputs,
    classOutput: findClassOutput(reference.outputs, reference.inputs, { labelled })?.name,
  };
}

/** Runs a model on held samples and compares its outputs with those of the original. */
export async function measureHeld(
  model: Model,
  held: HeldRuns,
  { threads, signal }: { readonly threads: number; readonly signal: AbortSignal },
): Promise<HeldMeasure> {
  const session = await createSession(model, { threads });
  try {
    const meter = createHeldMeter(held);
    for await (const { outputs } of runSamples([session], held.samples, { batchSize: 1, signal }))
      meter.add(outputs[0] ?? {});
    throwIfCancelled(signal);
    return meter.result();
  } finally {
    await session.release();
  }
}

/** What the original itself answers on held samples. */
export function measureReference(held: HeldRuns): HeldMeasure {
  const meter = createHeldMeter(held);
  for (const outputs of held.outputs) meter.add(outputs);
  return meter.result();
}

function createHeldMeter({ samples, outputs, classOutput }: HeldRuns) {
  let [runs, sum, rows, changed, labelled, right] = [0, 0, 0, 0, 0, 0];
  return {
    /** Adds the outputs for the next sample. */
    add(after: TensorMap): void {
      const difference = divergenceOf(outputs[runs] ?? {}, after, classOutput);
      sum += difference.divergence;
      rows += difference.rows;
      changed += difference.changedRows;
      const label = samples[runs]?.label;
      const scores = label === undefined ? undefined : scoresOf(after, classOutput);
      if (scores?.rowCount === 1) {
        labelled++;
        if (scores.topClass(0) === label) right++;
      }
      runs++;
    },
    result: (): HeldMeasure => ({ divergence: runs > 0 ? sum / runs : 0, rows, changed, labelled, right }),
  };
}

/** The bytes that values take. */
export function sizeOf(values: TensorMap): number {
  return Object.values(values).reduce(
    (sum, { data }) => sum + (ArrayBuffer.isView(data) ? data.byteLength : data.length * 16),
    0,
  );
}
