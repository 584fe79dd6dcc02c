import type { Dataset, Sample } from '../../data/dataset';
import { findClassOutput } from '../../evaluate/classify';
import { divergenceOf } from '../../evaluate/divergence';
import { runSamples } from '../../evaluate/runSamples';
import { mainGraph, type Model } from '../../onnx/model';
import type { TensorMap } from '../../onnx/tensorValue';
import { validateModel } from '../../onnx/validateModel';
import type { GraphSensitivityParams, OverlayData } from '../../protocol';
import { calibrateSingleLayers, quantizeSingleLayer, type SingleLayerInput } from '../../quantize/singleLayer';
import { openModel } from '../../runtime/modelFile';
import { normaliseModel } from '../../runtime/normaliseModel';
import { createSession, type Session } from '../../runtime/session';
import { inferTensorTypes } from '../../runtime/tensorTypes';
import { PressError, throwIfCancelled } from '../../util/pressError';
import { requireData, timingFeeds } from '../evaluationData';
import { openData } from '../openData';
import { refuseQuantized } from '../quantizeMode';
import type { RunContext } from '../runContext';
import { overlayOf, readMeasurement, writeMeasurement, type Measurement } from './measurementFile';

/** Enough to rank layers; more only takes longer. */
const DEFAULT_SAMPLES = 64;
/** Inputs and outputs of all samples are held; of large ones there are fewer. */
const MAX_HELD_BYTES = 256 << 20;
/** Every layer costs what this costs, so slow models are measured on fewer samples, though not on fewer than these. */
const MAX_REFERENCE_MS = 3000;
const FEW_SAMPLES = 8;

/**
 * Measures what quantizing each layer of a model alone does to its outputs: static mode with default settings, one
 * calibration for all layers, the divergence of the outputs on the same samples. What is done is kept in the run folder
 * layer by layer, and an interrupted measurement with the same settings goes on where it was.
 * Throws `no-data`, `already-quantized`, `nothing-to-quantize`, `model-does-not-run` and what reading a model throws.
 */
export async function sensitivityGraph(params: GraphSensitivityParams, context: RunContext): Promise<OverlayData> {
  requireData(params, params.path, 'Measuring the sensitivity of');
  const file = openModel(params.path);
  const sessions: Session[] = [];
  try {
    validateModel(file.model);
    refuseQuantized(file.model, params.path);
    const original = await openSession(params, params.path, sessions);
    const dataset = await openData(params.path, original.inputs, { limit: DEFAULT_SAMPLES, ...dataOf(params) });
    const { feeds } = await timingFeeds(dataset, [original.inputs], context.signal);
    const { model } = await normaliseModel(file.model, { feeds: [feeds], ...context });
    const input: SingleLayerInput = { model, types: await inferTensorTypes(model), settings: { mode: 'static' } };
    const reference = await openSession(params, model, sessions);
    const held = await holdRuns(reference, dataset, context, unfinishedSamples(params));
    const measurement = await measureLayers({ params, context, input, reference, held, dataset });
    return overlayOf(measurement);
  } finally {
    for (const session of sessions) await session.release();
    file.close();
  }
}

/** Samples and what the model gives for them. */
interface HeldRuns {
  readonly samples: readonly Sample[];
  readonly outputs: readonly TensorMap[];
}

interface Job {
  readonly params: GraphSensitivityParams;
  readonly context: RunContext;
  readonly input: SingleLayerInput;
  readonly reference: Session;
  readonly held: HeldRuns;
  readonly dataset: Dataset;
}

async function measureLayers(job: Job): Promise<Measurement> {
  const { params, context, input, held, dataset } = job;
  const { signal, onProgress } = context;
  const layers = await calibrateSingleLayers(input, iterate(held.samples), {
    signal,
    onProgress,
    total: held.samples.length,
    ...(params.threads ? { threads: params.threads } : {}),
  });
  if (layers.names.length === 0) throw nothing(params.path, input.model);
  const settings = settingsText(params, held.samples.length);
  const earlier = readMeasurement(params.path, 'sensitivity');
  const values = new Map(
    earlier?.settings === settings && !earlier.complete ? Object.entries(earlier.values) : undefined,
  );
  const keep = (complete: boolean): void =>
    writeMeasurement(params.path, 'sensitivity', {
      settings,
      complete,
      origin: originOf(dataset, held.samples.length, { done: values.size, total: layers.names.length }),
      values: Object.fromEntries(values),
    });
  for (const [done, name] of layers.names.entries()) {
    throwIfCancelled(signal);
    onProgress({ stage: 'sensitivity', done, total: layers.names.length });
    if (values.has(name)) continue;
    const model = await quantizeSingleLayer(input, name, layers.statistics);
    if (model) {
      values.set(name, await measureModel(job, model));
      keep(false);
    }
  }
  onProgress({ stage: 'sensitivity', done: layers.names.length, total: layers.names.length });
  keep(true);
  const written = readMeasurement(params.path, 'sensitivity');
  if (!written) throw new PressError('file-access', `${params.path} changed while it was measured. Try again.`, {});
  return written;
}

async function measureModel(
  { params, context, reference, held }: Job,
  model: Model,
): Promise<Measurement['values'][string]> {
  const classOutput = findClassOutput(reference.outputs, reference.inputs, { labelled: false })?.name;
  const session = await openSession(params, model, []);
  try {
    let [sum, runs, rows, changed] = [0, 0, 0, 0];
    for await (const { outputs } of runSamples([session], iterate(held.samples), { batchSize: 1, ...context })) {
      const difference = divergenceOf(held.outputs[runs] ?? {}, outputs[0] ?? {}, classOutput);
      sum += difference.divergence;
      rows += difference.rows;
      changed += difference.changedRows;
      runs++;
    }
    const value = runs > 0 ? sum / runs : 0;
    return { value, ...(rows > 0 ? { detail: `${changed} of ${rows} samples change their class.` } : {}) };
  } finally {
    await session.release();
  }
}

/** Runs the reference on as many samples as are wanted and can be held. */
async function holdRuns(
  reference: Session,
  dataset: Dataset,
  { signal, onProgress }: RunContext,
  exactly: number | undefined,
): Promise<HeldRuns> {
  const samples: Sample[] = [];
  const outputs: TensorMap[] = [];
  let bytes = 0;
  const total = exactly ?? dataset.count;
  const start = performance.now();
  for await (const run of runSamples([reference], dataset.samples({ signal }), { batchSize: 1, signal })) {
    samples.push(...run.samples);
    outputs.push(run.outputs[0] ?? {});
    bytes += sizeOf(run.outputs[0] ?? {}) + run.samples.reduce((sum, { inputs }) => sum + sizeOf(inputs), 0);
    onProgress({ stage: 'reference', done: samples.length, total });
    const isSlow = samples.length >= FEW_SAMPLES && performance.now() - start > MAX_REFERENCE_MS;
    if (exactly === undefined ? isSlow || bytes > MAX_HELD_BYTES : samples.length >= exactly) break;
  }
  return { samples, outputs };
}

/** How many samples an interrupted measurement of the same data was made on. */
function unfinishedSamples(params: GraphSensitivityParams): number | undefined {
  const earlier = readMeasurement(params.path, 'sensitivity');
  const count = Number(earlier?.settings.match(/^(\d+) samples /)?.[1]);
  return earlier?.complete === false && earlier.settings === settingsText(params, count) ? count : undefined;
}

function settingsText(params: GraphSensitivityParams, samples: number): string {
  return `${samples} samples of ${JSON.stringify(dataOf(params))}`;
}

function dataOf({
  path: _path,
  samples,
  ...rest
}: GraphSensitivityParams): Omit<GraphSensitivityParams, 'path' | 'samples'> & { limit?: number } {
  return { ...rest, ...(samples === undefined ? {} : { limit: samples }) };
}

async function openSession(
  params: GraphSensitivityParams,
  source: string | Model,
  sessions: Session[],
): Promise<Session> {
  const session = await createSession(source, params.threads ? { threads: params.threads } : {});
  sessions.push(session);
  return session;
}

async function* iterate(samples: readonly Sample[]): AsyncGenerator<Sample> {
  yield* samples;
}

function sizeOf(values: TensorMap): number {
  return Object.values(values).reduce(
    (sum, { data }) => sum + (ArrayBuffer.isView(data) ? data.byteLength : data.length * 16),
    0,
  );
}

function originOf(dataset: Dataset, samples: number, { done, total }: { done: number; total: number }): string {
  const part = done < total ? ` (${done} of ${total} layers so far)` : '';
  return `Divergence of the outputs when one layer at a time is quantized to static int8, on ${samples} samples (${dataset.description}), ${new Date().toISOString().slice(0, 10)}${part}.`;
}

function nothing(path: string, model: Model): PressError {
  return new PressError(
    'nothing-to-quantize',
    `${path} has no layer that static quantization could act on, among ${mainGraph(model).node.length} nodes; there is no sensitivity to measure.`,
    { path },
  );
}
