import { mainGraph } from '../onnx/model';
import type {
  EvaluationDataParams,
  LayerSensitivity,
  OutputShift,
  SensitivityParams,
  SensitivityResult,
} from '../protocol';
import { calibrateLayers, quantizeLayers, type CalibratedLayers } from '../quantize/layerSubset';
import { PressError, throwIfCancelled } from '../util/pressError';
import { dataFacts, requireData } from './evaluationData';
import { readMeasurement, writeMeasurement, type Measurement } from './graph/measurementFile';
import { openData } from './openData';
import type { RunContext } from './runContext';
import {
  holdRuns,
  iterate,
  measureHeld,
  withBench,
  type Bench,
  type HeldMeasure,
  type HeldRuns,
} from './sensitivityBench';

/** Enough to rank layers; more only takes longer. */
const DEFAULT_SAMPLES = 64;
/** What the original may take on all samples, since every layer costs what it costs. */
const MAX_REFERENCE_MS = 3000;
/** A model that answers differently more often than this has collapsed. */
const COLLAPSED_SHARE = 0.5;

/**
 * Measures what quantizing each layer of a model alone does to its outputs: static mode, one calibration for all layers,
 * the divergence of the outputs on the same samples. Where the whole model has collapsed when quantized, it also measures
 * what keeping each layer alone in floating point does. What is done is kept in the run folder layer by layer, and an
 * interrupted measurement with the same settings goes on where it was.
 * Throws `no-data`, `already-quantized`, `nothing-to-quantize`, `model-does-not-run` and what reading a model throws.
 */
export async function measureSensitivity(params: SensitivityParams, context: RunContext): Promise<SensitivityResult> {
  const { model: path, settings = { mode: 'static' }, ...data } = params;
  requireData(data, path, 'Measuring the sensitivity of');
  return withBench(
    { path, settings, threads: params.threads ?? 0 },
    context,
    async (inputs) => ({ dataset: await openData(path, inputs, { ...data, limit: data.limit ?? DEFAULT_SAMPLES }) }),
    async (bench, { dataset }) => {
      const exactly = unfinishedSamples(params);
      const held = await holdRuns(
        bench,
        dataset.samples({ signal: context.signal }),
        { total: dataset.count, most: exactly ?? dataset.count, ...(exactly ? {} : { maxMs: MAX_REFERENCE_MS }) },
        context,
      );
      const layers = await calibrateLayers(bench, iterate(held.samples), {
        ...context,
        threads: bench.threads,
        total: held.samples.length,
      });
      if (layers.layers.length === 0) throw nothing(path, mainGraph(bench.model).node.length);
      const ranking = await rankLayers(bench, layers, held, context, keptRanking(params, held, dataset.description));
      const facts = dataFacts(dataset);
      return { model: path, data: facts, samples: held.samples.length, settings, ...ranking };
    },
  );
}

/** Layers that were measured before, and where what is measured is kept. */
export interface KeptRanking {
  readonly known: ReadonlyMap<string, { readonly alone: OutputShift; readonly keptFloat?: OutputShift }>;
  keep(layers: readonly LayerSensitivity[], total: number, complete: boolean): void;
}

/** What a ranking says. */
export type Ranking = Pick<SensitivityResult, 'whole' | 'collapsed' | 'layers'>;

/** Quantizes every layer alone, and keeps every layer alone in float where the whole has collapsed. */
export async function rankLayers(
  bench: Bench,
  layers: CalibratedLayers,
  held: HeldRuns,
  context: RunContext,
  kept?: KeptRanking,
  count = held.samples.length,
): Promise<Ranking> {
  const { onProgress, signal } = context;
  const shiftWith = async (isInt8: (name: string) => boolean): Promise<OutputShift | undefined> => {
    throwIfCancelled(signal);
    const part = await quantizeLayers(bench, layers, isInt8);
    return part && shiftOf(await measureHeld(part.model, held, { threads: bench.threads, signal }, count));
  };
  const none: OutputShift = { divergence: 0, changed: 0, rows: 0 };
  const whole = (await shiftWith(() => true)) ?? none;
  const collapsed = hasCollapsed(whole);
  const allMacs = [...bench.macs.values()].reduce((sum, macs) => sum + macs, 0);
  const total = layers.layers.length;
  const measured: LayerSensitivity[] = [];
  for (const [done, { name, opType }] of layers.layers.entries()) {
    onProgress({ stage: 'sensitivity', done, total });
    const known = kept?.known.get(name);
    const alone = known?.alone ?? (await shiftWith((other) => other === name));
    if (!alone) continue; // it cannot be quantized on its own
    const keptFloat = known?.keptFloat ?? (collapsed ? await shiftWith((other) => other !== name) : undefined);
    const macs = bench.macs.get(name) ?? 0;
    measured.push({
      node: name,
      opType,
      macs,
      macShare: allMacs > 0 ? macs / allMacs : 0,
      alone,
      ...(keptFloat ? { keptFloat } : {}),
    });
    if (!known) kept?.keep(measured, total, false);
  }
  onProgress({ stage: 'sensitivity', done: total, total });
  kept?.keep(measured, total, true);
  return { whole, collapsed, layers: measured.sort((a, b) => b.alone.divergence - a.alone.divergence) };
}

/** True when a quantized model answers differently on more than half of the samples. */
export function hasCollapsed({ changed, rows }: OutputShift): boolean {
  return rows > 0 && changed / rows > COLLAPSED_SHARE;
}

function shiftOf({ divergence, changed, rows }: HeldMeasure): OutputShift {
  return { divergence, changed, rows };
}

/** The part of a ranking that the run folder of the model has, and how more is kept there. */
function keptRanking(params: SensitivityParams, held: HeldRuns, data: string): KeptRanking {
  const settings = settingsText(params, held.samples.length);
  const earlier = readMeasurement(params.model, 'sensitivity');
  const values = earlier?.settings === settings && !earlier.complete ? earlier.values : {};
  const known = Object.entries(values).flatMap(([name, { alone, keptFloat }]) =>
    alone ? [[name, { alone, ...(keptFloat ? { keptFloat } : {}) }] as const] : [],
  );
  return {
    known: new Map(known),
    keep: (layers, total, complete) =>
      writeMeasurement(params.model, 'sensitivity', {
        settings,
        complete,
        origin: originOf(data, held.samples.length, { done: layers.length, total }),
        values: { ...values, ...Object.fromEntries(layers.map((layer) => [layer.node, valueOf(layer)])) },
      }),
  };
}

function valueOf({ alone, keptFloat }: LayerSensitivity): Measurement['values'][string] {
  const parts = [
    ...(alone.rows > 0 ? [`${alone.changed} of ${alone.rows} samples change their class.`] : []),
    ...(keptFloat
      ? [`With this layer alone in float, ${keptFloat.changed} of ${keptFloat.rows} samples change their class.`]
      : []),
  ];
  return {
    value: alone.divergence,
    ...(parts.length > 0 ? { detail: parts.join(' ') } : {}),
    alone,
    ...(keptFloat ? { keptFloat } : {}),
  };
}

/** How many samples an interrupted measurement of the same data was made on. */
function unfinishedSamples(params: SensitivityParams): number | undefined {
  const earlier = readMeasurement(params.model, 'sensitivity');
  const count = Number(earlier?.settings.match(/^(\d+) samples /)?.[1]);
  return earlier?.complete === false && earlier.settings === settingsText(params, count) ? count : undefined;
}

function settingsText(params: SensitivityParams, samples: number): string {
  const { model: _model, settings = { mode: 'static' }, ...data } = params;
  const source: EvaluationDataParams = data;
  return `${samples} samples of ${JSON.stringify(source)}, ${JSON.stringify(settings)}`;
}

function originOf(data: string, samples: number, { done, total }: { done: number; total: number }): string {
  const part = done < total ? ` (${done} of ${total} layers so far)` : '';
  return `Divergence of the outputs when one layer at a time is quantized to static int8, on ${samples} samples (${data}), ${new Date().toISOString().slice(0, 10)}${part}.`;
}

function nothing(path: string, nodes: number): PressError {
  return new PressError(
    'nothing-to-quantize',
    `${path} has no layer that static quantization could act on, among ${nodes} nodes; there is no sensitivity to measure.`,
    { path },
  );
}
