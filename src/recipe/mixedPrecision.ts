import { dirname, join } from 'node:path';
import { timingFeeds } from './evaluationData';
import type { Model } from '../onnx/model';
import type {
  LayerSensitivity,
  MixedCandidate,
  MixedPrecisionParams,
  MixedPrecisionResult,
  QuantizeSettings,
  Remedy,
} from '../protocol';
import { calibrateLayers, quantizeLayers, type CalibratedLayers } from '../quantize/layerSubset';
import { DEFAULT_CALIBRATION } from '../quantize/quantizeStatic';
import { modelSizeBytes } from '../runtime/modelFile';
import { writeTextFile } from '../util/files';
import { PressError } from '../util/pressError';
import { createTimeBudget } from './mixedPrecisionBudget';
import { confirmBest, type Confirmation } from './mixedPrecisionConfirm';
import { FRONTIER_MODELS, timeFrontier } from './mixedPrecisionFrontier';
import { isWithin, searchMixed, type MixedConfig, type SearchProblem, type SearchResult } from './mixedPrecisionSearch';
import { outputPaths, quantizedSuffix, requireWritable } from './outputPaths';
import { quantizeModel } from './quantizeModel';
import { openQuantizeSamples, samplesOf, type QuantizeSamples } from './quantizeSamples';
import type { RunContext } from './runContext';
import { rankLayers } from './sensitivity';
import { leastCertain } from './sensitivitySamples';
import { holdRuns, measureHeld, measureReference, withBench, type Bench, type HeldMeasure } from './sensitivityBench';

const DEFAULT_DROP_POINTS = 1;
const DEFAULT_SECONDS = 180;
const REMEDIES: readonly Remedy[] = ['calibration', 'per-channel', 'float'];
/** Samples that rank layers, out of those that measure. */
const RANKING_SAMPLES = 64;
/** Seconds of latency for each model of the frontier. */
const LATENCY_SECONDS = 0.7;
/** The name of the file in the run folder that holds the search. */
const SEARCH_FILE = 'mixed-precision.json';

/**
 * Keeps as little of a model in floating point as an accuracy budget allows and quantizes the rest to static int8. The
 * model is written as a quantization with the settings that were found, so that its recipe makes it again. It is written
 * also when the goal is not met or time runs out: then it is the best one seen, and the result says why the search ended.
 * Throws `bad-option` for another mode, `no-data`, and what a quantization throws.
 */
export async function mixedPrecision(params: MixedPrecisionParams, context: RunContext): Promise<MixedPrecisionResult> {
  const { maxDropPoints = DEFAULT_DROP_POINTS, maxSeconds = DEFAULT_SECONDS, remedies = REMEDIES, ...rest } = params;
  const { model: path, settings } = params;
  if (settings.mode !== 'static')
    throw new PressError('bad-option', `Mixed precision starts from static mode, not from ${settings.mode}.`, { path });
  requireWritable(outputPaths(path, quantizedSuffix(settings), params.output).model);
  const start = performance.now();
  const found = await withBench(
    { path, settings, threads: params.threads ?? 0 },
    context,
    async (inputs) => {
      const samples = await openQuantizeSamples(rest, inputs);
      return { samples, dataset: samples.evaluation.dataset };
    },
    (bench, { samples }) => searchOn(bench, samples, { start, maxSeconds, maxDropPoints, remedies, context }),
  );
  const final = settingsOf(settings, found.search.best.config);
  const written = await quantizeModel({ ...rest, settings: final }, context);
  const { search, facts, measure } = found;
  const { accuracy } = written.report;
  const drop = accuracy && measure === 'accuracy' ? -accuracy.changePoints : search.best.candidate.dropPoints;
  const latencyMs = written.report.latency?.afterMs.median;
  const result: MixedPrecisionResult = {
    ...written,
    goal: { measure, maxDropPoints, met: isWithin(drop, maxDropPoints) },
    stop: search.stop,
    reason: reasonOf(search, { drop, maxDropPoints, maxSeconds }),
    original: { ...facts.original, sizeBytes: written.report.source.sizeBytes },
    chosen: { ...search.best.candidate, ...(latencyMs === undefined ? {} : { latencyMs }) },
    frontier: facts.frontier,
    candidates: search.tried.length,
    samples: facts.samples,
    seconds: (performance.now() - start) / 1000,
    sensitivity: search.ranking,
    settings: final,
    ...(accuracy ? { accuracy: { before: accuracy.before, after: accuracy.after } } : {}),
  };
  keepSearch(result);
  return result;
}

interface SearchOptions {
  readonly start: number;
  readonly maxSeconds: number;
  readonly maxDropPoints: number;
  readonly remedies: readonly Remedy[];
  readonly context: RunContext;
}

interface Found {
  readonly search: SearchResult;
  readonly measure: MixedPrecisionResult['goal']['measure'];
  readonly facts: {
    readonly original: { readonly score: number; readonly latencyMs: number };
    readonly frontier: readonly MixedCandidate[];
    readonly samples: number;
  };
}

async function searchOn(bench: Bench, samples: QuantizeSamples, options: SearchOptions): Promise<Found> {
  const { context, maxDropPoints, maxSeconds, remedies, start } = options;
  const { signal, onProgress } = context;
  const { evaluation, calibration } = samples;
  const began = performance.now();
  const layers = await calibrateLayers(bench, samplesOf(calibration, signal), {
    ...context,
    threads: bench.threads,
    total: calibration.count,
  });
  if (layers.layers.length === 0) throw nothing();
  const calibrated = performance.now();
  const limits = { total: evaluation.count, most: evaluation.count };
  const held = await holdRuns(bench, samplesOf(evaluation, signal), limits, context);
  const budget = createTimeBudget(
    {
      endMs: start + maxSeconds * 1000,
      calibrateMs: calibrated - began,
      originalMs: performance.now() - calibrated,
      samplesRatio: Math.max(1, evaluation.count / Math.max(1, held.samples.length)),
      timedModels: FRONTIER_MODELS,
      timingMs: LATENCY_SECONDS * 1000,
    },
    () => performance.now(),
  );
  const reference = measureReference(held);
  const { measure, scoreOf } = scoring(reference);
  const build = (config: MixedConfig) =>
    quantizeLayers(bench, layers, (name) => !config.float.has(name), settingsOf(bench.settings, config));
  const telling = leastCertain(held, RANKING_SAMPLES);
  const run = (model: Model, on = held): Promise<HeldMeasure> =>
    measureHeld(model, on, { threads: bench.threads, signal });
  let done = 0;
  const problem: SearchProblem = {
    layers: layers.layers.map(({ name }) => name),
    maxDropPoints,
    remedies: new Set(remedies),
    calibration: bench.settings.calibration ?? DEFAULT_CALIBRATION,
    isPerTensor: bench.settings.perChannel === false,
    hasTimeFor: (step) => budget.hasTimeFor(step),
    async measure(config) {
      onProgress({ stage: 'search', done: done++, total: 0 });
      const seen = await budget.take('measure', async () => {
        const built = await build(config);
        return built && { built, measured: await run(built.model) };
      });
      if (!seen) return undefined;
      const { built, measured } = seen;
      const score = scoreOf(measured);
      return {
        float: orderedBy(layers, config.float),
        floatMacShare: floatShare(bench, layers, config.float),
        perChannel: orderedBy(layers, config.perChannel),
        calibration: config.calibration,
        sizeBytes: modelSizeBytes(built.model),
        score,
        dropPoints: (scoreOf(reference) - score) * 100,
        divergence: measured.divergence,
      };
    },
    async glance(config) {
      return budget.take('glance', async () => {
        const built = await build(config);
        return built ? (await run(built.model, telling)).divergence : 0;
      });
    },
    async rank(config): Promise<readonly LayerSensitivity[]> {
      const settings = settingsOf(bench.settings, config);
      const ranking = await rankLayers({ ...bench, settings }, layers, { typical: held, telling }, context, { budget });
      return ranking.layers;
    },
  };
  const searched = await searchMixed(problem);
  const isAll = held.samples.length >= evaluation.count;
  const confirmation: Confirmation = {
    maxDropPoints,
    bench,
    reference,
    rest: () => {
      const { dataset, start: first, count } = evaluation;
      return dataset.samples({ start: first + held.samples.length, end: first + count, signal });
    },
    build: async ({ config }) => (await build(config))?.model,
    budget,
    signal,
  };
  const best = isAll ? searched.best : await confirmBest(searched.tried, confirmation);
  const search = { ...searched, best };
  onProgress({ stage: 'measure', done: 0, total: 0 });
  const { feeds } = await timingFeeds(evaluation.dataset, [bench.reference.inputs], signal);
  const { originalMs, frontier } = await timeFrontier(bench, search.tried, search.best, {
    feeds,
    seconds: LATENCY_SECONDS,
    signal,
    budget,
    build: confirmation.build,
  });
  const original = { score: scoreOf(reference), latencyMs: originalMs };
  return { search, measure, facts: { original, frontier, samples: held.samples.length } };
}

/** What models are compared by: accuracy where there are labels, else agreement, else divergence. */
function scoring(reference: HeldMeasure): {
  measure: MixedPrecisionResult['goal']['measure'];
  scoreOf: (measured: HeldMeasure) => number;
} {
  if (reference.labelled > 0) return { measure: 'accuracy', scoreOf: ({ right, labelled }) => right / labelled };
  if (reference.rows > 0) return { measure: 'agreement', scoreOf: ({ changed, rows }) => 1 - changed / rows };
  return { measure: 'divergence', scoreOf: ({ divergence }) => 1 - divergence };
}

/** The settings of a quantization that makes what a search found. */
function settingsOf(settings: QuantizeSettings, { float, perChannel, calibration }: MixedConfig): QuantizeSettings {
  const exclude = [...(settings.exclude ?? []), ...float];
  const layers = Object.fromEntries([...perChannel].map((name) => [name, { perChannel: true }]));
  return {
    ...settings,
    ...(calibration === (settings.calibration ?? DEFAULT_CALIBRATION) ? {} : { calibration }),
    ...(exclude.length > 0 ? { exclude } : {}),
    ...(perChannel.size > 0 ? { layers: { ...settings.layers, ...layers } } : {}),
  };
}

/** The share of all multiply-accumulates that stay in float, those of layers that static mode cannot quantize included. */
function floatShare({ macs }: Bench, { layers }: CalibratedLayers, float: ReadonlySet<string>): number {
  const all = [...macs.values()].reduce((sum, count) => sum + count, 0);
  const int8 = layers.reduce((sum, { name }) => sum + (float.has(name) ? 0 : (macs.get(name) ?? 0)), 0);
  return all > 0 ? 1 - int8 / all : 0;
}

function orderedBy({ layers }: CalibratedLayers, names: ReadonlySet<string>): string[] {
  return layers.flatMap(({ name }) => (names.has(name) ? [name] : []));
}

function reasonOf(
  { stop, best }: SearchResult,
  { drop, maxDropPoints, maxSeconds }: { drop: number; maxDropPoints: number; maxSeconds: number },
): string {
  const loses = `loses ${Math.max(0, drop).toFixed(2)} points of the ${maxDropPoints} allowed`;
  if (isWithin(best.candidate.dropPoints, maxDropPoints) && !isWithin(drop, maxDropPoints))
    return `The search met the goal on its samples (${best.candidate.dropPoints.toFixed(2)} points), but the model ${loses} on all of them. Give more data, or allow less and search again.`;
  switch (stop) {
    case 'nothing-to-do':
      return `With every layer in int8, the model ${loses}; nothing has to stay in float.`;
    case 'smallest-found':
      return best.config.float.size === 0
        ? `The model ${loses}, and no layer has to stay in float.`
        : `The model ${loses}; with any of its float layers in int8 too it would lose more than that.`;
    case 'time':
      return isWithin(drop, maxDropPoints)
        ? `The ${maxSeconds} seconds were over; the model ${loses}, and a smaller one may exist.`
        : `The ${maxSeconds} seconds were over before the goal was met; this is the best model seen, which ${loses}. Give more time.`;
    case 'goal-not-met':
      return `Nothing that was tried meets the goal; this is the best model seen, which ${loses}. Allow more, or more remedies.`;
  }
}

/** The search beside the recipe, for whoever looks at runs. */
function keepSearch(result: MixedPrecisionResult): void {
  const { report: _report, outputPath: _output, reportPath: _path, ...search } = result;
  const content = { format: 'onnx-press-mixed-precision', version: 1, ...search };
  writeTextFile(join(dirname(result.report.recipePath), SEARCH_FILE), `${JSON.stringify(content, null, 2)}\n`);
}

function nothing(): PressError {
  return new PressError('nothing-to-quantize', 'It has no layer that static quantization could act on.', {});
}
