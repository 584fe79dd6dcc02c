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
import type { TimeBudget } from './mixedPrecisionBudget';
import { openData } from './openData';
import type { RunContext } from './runContext';
import { measureHeld, withBench, type Bench, type HeldMeasure, type HeldRuns } from './sensitivityBench';
import { chooseSamples, leastCertain, type RankingSamples } from './sensitivitySamples';

/** Enough to tell the sensitive layers of a slow model. */
const FEWEST_SAMPLES = 64;
/** So many, where all layers take no longer than this on them. */
const MOST_SAMPLES = 256;
const MAX_LAYERS_MS = 10_000;
/** Samples to choose from; what running the original on them may take. */
const MAX_POOL = 10_000;
const MAX_REFERENCE_MS = 5000;
/** Samples that calibrate; ranges change little beyond. */
const CALIBRATION_SAMPLES = 128;
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
    async (inputs) => {
      const { limit, ...rest } = data;
      // Generated samples are as good as each other.
      const count = data.synthetic ? { limit: limit ?? FEWEST_SAMPLES } : {};
      return { dataset: await openData(path, inputs, { ...rest, ...count }) };
    },
    async (bench, { dataset }) => {
      const earlier = unfinished(params);
      const keep = data.limit ?? earlier?.samples;
      const pool = earlier?.pool ?? Math.min(dataset.count, Math.max(MAX_POOL, keep ?? 0));
      const chosen = await chooseSamples(
        bench,
        dataset.samples({ signal: context.signal }),
        {
          telling: keep ?? MOST_SAMPLES,
          typical: Math.min(keep ?? FEWEST_SAMPLES, FEWEST_SAMPLES),
          pool,
          ...(earlier ? {} : { maxMs: MAX_REFERENCE_MS }),
        },
        context,
      );
      const total = Math.min(chosen.pool, CALIBRATION_SAMPLES);
      const calibration = dataset.samples({ end: total, signal: context.signal });
      const options = { ...context, threads: bench.threads, total };
      const layers = await calibrateLayers(bench, calibration, options);
      if (layers.layers.length === 0) throw nothing(path, mainGraph(bench.model).node.length);
      const wanted = keep ?? affordable(layers.layers.length * chosen.msPerSample);
      const samples = { ...chosen, telling: leastCertain(chosen.telling, wanted) };
      const kept = keptRanking(params, samples, dataset.description);
      const ranking = await rankLayers(bench, layers, samples, context, { kept });
      const count = samples.telling.samples.length;
      return { model: path, data: dataFacts(dataset), samples: count, pool: chosen.pool, settings, ...ranking };
    },
  );
}

/** How many samples are measured when one of them takes so long over all layers. */
function affordable(msPerSample: number): number {
  return Math.max(FEWEST_SAMPLES, Math.min(MOST_SAMPLES, Math.floor(MAX_LAYERS_MS / Math.max(msPerSample, 1e-3))));
}

/** Layers that were measured before, and where what is measured is kept. */
export interface KeptRanking {
  readonly known: ReadonlyMap<string, { readonly alone: OutputShift; readonly keptFloat?: OutputShift }>;
  keep(layers: readonly LayerSensitivity[], total: number, complete: boolean): void;
}

/** What a ranking says. */
export type Ranking = Pick<SensitivityResult, 'whole' | 'collapsed' | 'layers'>;

/** What a ranking goes by besides layers and samples. */
export interface RankingOptions {
  readonly kept?: KeptRanking;
  /** Where it runs out, the ranking ends with the layers that it got to. */
  readonly budget?: TimeBudget;
}

/** Quantizes every layer alone, and keeps every layer alone in float where the whole has collapsed. */
export async function rankLayers(
  bench: Bench,
  layers: CalibratedLayers,
  { typical, telling }: Pick<RankingSamples, 'typical' | 'telling'>,
  context: RunContext,
  { kept, budget }: RankingOptions = {},
): Promise<Ranking> {
  const { onProgress, signal } = context;
  const measure = async (isInt8: (name: string) => boolean, held: HeldRuns): Promise<OutputShift | undefined> => {
    throwIfCancelled(signal);
    const part = await quantizeLayers(bench, layers, isInt8);
    return part && shiftOf(await measureHeld(part.model, held, { threads: bench.threads, signal }));
  };
  const shiftWith = (isInt8: (name: string) => boolean): Promise<OutputShift | undefined> =>
    budget ? budget.take('layer', () => measure(isInt8, telling)) : measure(isInt8, telling);
  const none: OutputShift = { divergence: 0, changed: 0, rows: 0 };
  const whole = (await measure(() => true, typical)) ?? none;
  const collapsed = hasCollapsed(whole);
  const allMacs = [...bench.macs.values()].reduce((sum, macs) => sum + macs, 0);
  const total = layers.layers.length;
  const measured: LayerSensitivity[] = [];
  for (const [done, { name, opType }] of layers.layers.entries()) {
    if (budget?.hasTimeFor('layer') === false) break;
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
function keptRanking(params: SensitivityParams, { telling, pool }: RankingSamples, data: string): KeptRanking {
  const settings = settingsText(params, telling.samples.length, pool);
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
        origin: originOf(
          `the ${telling.samples.length} least certain of ${pool} samples (${data})`,
          layers.length,
          total,
        ),
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

/** The samples that an interrupted measurement of the same data was made on. */
function unfinished(params: SensitivityParams): { readonly samples: number; readonly pool: number } | undefined {
  const earlier = readMeasurement(params.model, 'sensitivity');
  const [, samples, pool] = (earlier?.settings.match(/^(\d+) out of (\d+) samples/) ?? []).map(Number);
  if (earlier?.complete !== false || samples === undefined || pool === undefined) return undefined;
  return earlier.settings === settingsText(params, samples, pool) ? { samples, pool } : undefined;
}

function settingsText(params: SensitivityParams, samples: number, pool: number): string {
  const { model: _model, settings = { mode: 'static' }, ...data } = params;
  const source: EvaluationDataParams = data;
  return `${samples} out of ${pool} samples of ${JSON.stringify(source)}, ${JSON.stringify(settings)}`;
}

function originOf(samples: string, done: number, total: number): string {
  const part = done < total ? ` (${done} of ${total} layers so far)` : '';
  return `Divergence of the outputs when one layer at a time is quantized to static int8, on ${samples}, ${new Date().toISOString().slice(0, 10)}${part}.`;
}

function nothing(path: string, nodes: number): PressError {
  return new PressError(
    'nothing-to-quantize',
    `${path} has no layer that static quantization could act on, among ${nodes} nodes; there is no sensitivity to measure.`,
    { path },
  );
}
