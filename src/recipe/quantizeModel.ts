import { basename, join } from 'node:path';
import { mkdirSync, rmSync } from 'node:fs';
import { version } from '../../package.json';
import { comparePair } from '../evaluate/compareModels';
import { measureLatencyPair } from '../evaluate/latency';
import { weightBytes } from '../onnx/writeModel';
import { cloneModel, mainGraph, type Model } from '../onnx/model';
import { validateModel } from '../onnx/validateModel';
import type {
  LatencyReport,
  PairComparison,
  QuantizeParams,
  QuantizeReport,
  QuantizeResult,
  ReportWarning,
} from '../protocol';
import { createExclusion } from '../quantize/exclude';
import type { QuantizeOutcome } from '../quantize/outcome';
import { DEFAULT_CALIBRATION } from '../quantize/quantizeStatic';
import { openModel, saveModel, type OpenModel } from '../runtime/modelFile';
import { normaliseModel, type NormalisedModel } from '../runtime/normaliseModel';
import { createSession, runtimeVersion, type Session } from '../runtime/session';
import { inferTensorTypes } from '../runtime/tensorTypes';
import { fileError, writeTextFile } from '../util/files';
import { PressError, throwIfCancelled } from '../util/pressError';
import { adviseOnCompression } from './advise';
import { CALIBRATION_FILE, calibrationRecord, type CalibrationRecord } from './calibrationFile';
import { convolutionWarnings, nothingToQuantize } from './convolutionAdvice';
import { applyMode, isHopeless, refuseQuantized } from './quantizeMode';
import { openQuantizeSamples, samplesOf, type QuantizeSamples } from './quantizeSamples';
import { mixesSamples, optimizationFor, timingFeeds, type Optimization } from './evaluationData';
import { stampOf } from './graph/runFiles';
import { outputPaths, requireWritable } from './outputPaths';
import { qualityWarnings } from './qualityWarnings';
import { recipeOf } from './recipeFile';
import type { RunContext } from './runContext';
import { createStopwatch } from './stopwatch';

/** Latency of a slow model is measured for at most so long. */
const LATENCY_SECONDS = 4;

/**
 * Quantizes the model of `params`: normalises it, quantizes a copy, runs both on samples, measures, and only then writes
 * the model, its report and its run folder. Nothing is written when anything fails or is cancelled.
 */
export async function quantizeModel(params: QuantizeParams, context: RunContext): Promise<QuantizeResult> {
  const paths = outputPaths(params.model, params.settings, params.output);
  const file = openModel(params.model);
  const sessions: Session[] = [];
  try {
    requireWritable(paths.model);
    return await run({ params, context, paths, file, sessions });
  } finally {
    for (const session of sessions) await session.release();
    file.close();
  }
}

interface Job {
  readonly params: QuantizeParams;
  readonly context: RunContext;
  readonly paths: ReturnType<typeof outputPaths>;
  readonly file: OpenModel;
  /** Released at the end, whatever happens. */
  readonly sessions: Session[];
}

async function run(job: Job): Promise<QuantizeResult> {
  const { params, context, paths, file } = job;
  const { settings } = params;
  const { onProgress, signal } = context;
  const watch = createStopwatch();
  onProgress({ stage: 'read', done: 0, total: 0 });
  validateModel(file.model);
  refuseQuantized(file.model, params.model);
  if (isHopeless(file.model, settings)) throw nothingToQuantize(params, []);
  // Refuses tensors that no memory could hold, before ONNX Runtime begins to compute them at load.
  await inferTensorTypes(file.model);
  const before = await openSession(job, params.model, optimizationFor(file.model));
  const samples = await watch.time('read', openQuantizeSamples(params, before.inputs));
  const timing = await timingFeeds(samples.evaluation.dataset, [before.inputs], signal);
  const normalised = await watch.time('normalise', normalise(job, samples, before));
  throwIfCancelled(signal);
  const model = cloneModel(normalised.model);
  const types = await inferTensorTypes(model);
  const outcome = await watch.time(
    'quantize',
    applyMode({
      model,
      types,
      settings,
      samples: samplesOf(samples.calibration, signal),
      total: samples.calibration.count,
      threads: params.threads ?? 0,
      context,
    }),
  );
  if (outcome.quantized.length === 0) throw nothingToQuantize(params, outcome.kept);
  throwIfCancelled(signal);
  onProgress({ stage: 'verify', done: 0, total: samples.evaluation.count });
  const after = await openSession(job, model, optimizationFor(model));
  const comparison = await watch.time('verify', compare(job, model, samples, before, after));
  refuseNonFinite(params.model, comparison);
  onProgress({ stage: 'measure', done: 0, total: 0 });
  const latency = await watch.time(
    'measure',
    measureLatencyPair(before, after, timing.feeds, {
      batchSize: timing.batchSize,
      threads: params.threads ?? 0,
      maxSeconds: context.latencySeconds ?? LATENCY_SECONDS,
      signal,
    }),
  );
  throwIfCancelled(signal);
  onProgress({ stage: 'write', done: 0, total: 0 });
  const advice = adviseOnCompression({ comparison, latency, settings, uncalibrated: samples.uncalibrated });
  const warnings: ReportWarning[] = [
    ...samples.warnings,
    ...unusedPatterns(normalised.model, '--exclude', settings.exclude),
    ...unusedPatterns(normalised.model, 'keepFp16', settings.keepFp16),
    ...convolutionWarnings(params, normalised.model, outcome.kept),
    ...qualityWarnings(settings, advice),
  ];
  const recipePath = join(paths.runFolder, 'recipe.press.json');
  const build = (sizeBytes: number): QuantizeReport => ({
    format: 'onnx-press-report',
    version: 1,
    kind: 'quantize',
    tool: { name: 'ONNX Press', version, runtime: runtimeVersion },
    source: { path: params.model, sizeBytes: file.sizeBytes + weightBytes(file.model).external },
    output: { path: paths.model, sizeBytes },
    mode: settings.mode,
    recipePath,
    ...(settings.mode === 'static' ? { calibration: calibrationFacts(params, samples) } : {}),
    uncalibrated: samples.uncalibrated,
    ...measured(comparison, latency, samples.uncalibrated),
    quantized: outcome.quantized,
    kept: outcome.kept,
    ranges: outcome.ranges,
    rewrites: normalised.records,
    mapping: outcome.mapping,
    skippedSamples: [...new Set([...samples.calibration.dataset.skipped, ...samples.evaluation.dataset.skipped])],
    warnings,
    advice,
    timings: watch.seconds(),
  });
  return write(job, model, recipePath, build, () => calibrationOf(job, outcome, samples));
}

/** Writes the model, then the report and the recipe; takes the model back when those cannot be written. */
function write(
  job: Job,
  model: Model,
  recipePath: string,
  build: (sizeBytes: number) => QuantizeReport,
  calibration: () => CalibrationRecord | undefined,
): QuantizeResult {
  const { paths, params } = job;
  const saved = saveModel(model, paths.model);
  try {
    const report = build(saved.sizeBytes);
    mkdirSync(paths.runFolder, { recursive: true });
    writeTextFile(recipePath, `${JSON.stringify(recipeOf(params, recipePath), null, 2)}\n`);
    const record = calibration();
    if (record) writeTextFile(join(paths.runFolder, CALIBRATION_FILE), `${JSON.stringify(record)}\n`);
    writeTextFile(paths.report, `${JSON.stringify(report, null, 2)}\n`);
    return { outputPath: saved.path, reportPath: paths.report, report };
  } catch (error) {
    for (const path of [saved.path, saved.dataPath]) if (path !== undefined) rmSync(path, { force: true });
    rmSync(paths.runFolder, { recursive: true, force: true });
    throw fileError(paths.runFolder, error);
  }
}

async function openSession(job: Job, source: string | Model, optimization: Optimization): Promise<Session> {
  const { threads } = job.params;
  const session = await createSession(source, { optimization, ...(threads ? { threads } : {}) });
  job.sessions.push(session);
  return session;
}

async function normalise(job: Job, samples: QuantizeSamples, before: Session): Promise<NormalisedModel> {
  const { feeds } = await timingFeeds(samples.calibration.dataset, [before.inputs], job.context.signal);
  // fp16 and weight-only work on any operator set; the int8 modes need per-channel QDQ.
  const anyOpset = job.params.settings.mode === 'fp16' || job.params.settings.mode === 'weights';
  return normaliseModel(job.file.model, {
    feeds: [feeds],
    ...(anyOpset ? { requiredOpset: 7 } : {}),
    signal: job.context.signal,
    onProgress: job.context.onProgress,
  });
}

function compare(
  job: Job,
  model: Model,
  samples: QuantizeSamples,
  before: Session,
  after: Session,
): Promise<PairComparison> {
  const { signal, onProgress } = job.context;
  return comparePair(before, after, samplesOf(samples.evaluation, signal), {
    // One by one where a sample's result depends on its neighbours: that is how a person would run it.
    ...(mixesSamples(model) ? { batchSize: 1 } : {}),
    total: samples.evaluation.count,
    signal,
    onProgress: ({ done, total }) => onProgress({ stage: 'verify', done, total }),
  });
}

function measured(comparison: PairComparison, latency: LatencyReport, uncalibrated: boolean) {
  return {
    ...(comparison.accuracy && !uncalibrated ? { accuracy: comparison.accuracy } : {}),
    ...(comparison.agreement ? { agreement: comparison.agreement } : {}),
    fidelity: comparison.fidelity,
    latency,
  };
}

function calibrationFacts(params: QuantizeParams, samples: QuantizeSamples) {
  return {
    method: params.settings.calibration ?? DEFAULT_CALIBRATION,
    samples: samples.calibration.count,
    data: samples.calibration.dataset.description,
  };
}

/** What the graph panel shows of activations; only static mode looks at them. */
function calibrationOf(
  { params, file, paths }: Job,
  outcome: QuantizeOutcome,
  samples: QuantizeSamples,
): CalibrationRecord | undefined {
  const [source, output] = [stampOf(file.path), stampOf(paths.model)];
  if (!outcome.observed || !source || !output) return undefined;
  const { method, samples: count, data } = calibrationFacts(params, samples);
  return calibrationRecord({
    observed: outcome.observed,
    ranges: outcome.ranges,
    method,
    samples: count,
    data,
    source,
    outputBytes: output.sizeBytes,
    date: new Date(),
  });
}

/** A pattern that matches nothing is a typo, or names nodes of another model. */
function unusedPatterns(model: Model, setting: string, patterns: readonly string[] = []): ReportWarning[] {
  const exclusion = createExclusion(patterns);
  for (const node of mainGraph(model).node) exclusion.match(node);
  return exclusion
    .unused()
    .map((pattern) => ({ code: 'unused-exclude', message: `${setting} ${pattern} matches no node.` }));
}

function refuseNonFinite(model: string, { nonFinite }: PairComparison): void {
  if (nonFinite.after === 0 || nonFinite.before > 0) return;
  throw new PressError(
    'verification-failed',
    `The quantized ${basename(model)} gives ${nonFinite.after} values that are infinite or not a number, and the original gives none; nothing was written. Exclude the layers in question, or choose another mode.`,
    { path: model, count: nonFinite.after },
  );
}
