import { join } from 'node:path';
import { version } from '../../package.json';
import type { Sample } from '../data/dataset';
import { measureLatencyPair } from '../evaluate/latency';
import { cloneModel } from '../onnx/model';
import { validateModel } from '../onnx/validateModel';
import type { QuantizeParams, QuantizeReport, QuantizeResult, ReportWarning } from '../protocol';
import type { QuantizeOutcome } from '../quantize/outcome';
import { DEFAULT_CALIBRATION } from '../quantize/quantizeStatic';
import { runtimeVersion } from '../runtime/session';
import { inferTensorTypes } from '../runtime/tensorTypes';
import { throwIfCancelled } from '../util/pressError';
import { adviseOnCompression } from './advise';
import { CALIBRATION_FILE, calibrationRecord, type CalibrationRecord } from './calibrationFile';
import {
  compareJob,
  jsonText,
  measuredFacts,
  normaliseJob,
  openSession,
  refuseNonFinite,
  sourceFacts,
  unusedPatterns,
  withJob,
  writeJob,
  type CompressionJob,
} from './compressionJob';
import { convolutionWarnings, nothingToQuantize } from './convolutionAdvice';
import { applyMode, isHopeless, refuseQuantized } from './quantizeMode';
import { fewSamplesWarning, openQuantizeSamples, samplesOf, type QuantizeSamples } from './quantizeSamples';
import { optimizationFor, timingFeeds } from './evaluationData';
import { stampOf } from './graph/runFiles';
import { outputPaths, quantizedSuffix } from './outputPaths';
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
  const paths = outputPaths(params.model, quantizedSuffix(params.settings), params.output);
  return withJob(params, context, paths, run);
}

type Job = CompressionJob<QuantizeParams>;

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
  // fp16 and weight-only work on any operator set; the int8 modes need per-channel QDQ.
  const anyOpset = settings.mode === 'fp16' || settings.mode === 'weights';
  const checked = await timingFeeds(samples.calibration.dataset, [before.inputs], signal);
  const normalised = await watch.time(
    'normalise',
    normaliseJob(job, checked.feeds, anyOpset ? { requiredOpset: 7 } : {}),
  );
  throwIfCancelled(signal);
  const model = cloneModel(normalised.model);
  const types = await inferTensorTypes(model);
  let calibrated = 0;
  const outcome = await watch.time(
    'quantize',
    applyMode({
      model,
      types,
      settings,
      samples: counted(samplesOf(samples.calibration, signal), () => calibrated++),
      total: samples.calibration.count,
      threads: params.threads ?? 0,
      seed: params.seed ?? 0,
      context,
    }),
  );
  if (outcome.quantized.length === 0) throw nothingToQuantize(params, outcome.kept);
  throwIfCancelled(signal);
  onProgress({ stage: 'verify', done: 0, total: samples.evaluation.count });
  const after = await openSession(job, model, optimizationFor(model));
  const comparison = await watch.time('verify', compareJob(job, model, samples.evaluation, [before, after]));
  refuseNonFinite(params.model, 'quantized', comparison);
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
    ...(settings.mode === 'static' && !samples.uncalibrated ? fewSamplesWarning(calibrated) : []),
    ...unusedPatterns(normalised.model, '--exclude', settings.exclude),
    ...unusedPatterns(normalised.model, '--keep-fp16', settings.keepFp16),
    ...convolutionWarnings(params, normalised.model, outcome.kept),
    ...qualityWarnings(settings, advice),
  ];
  const recipePath = join(paths.runFolder, 'recipe.press.json');
  const build = (sizeBytes: number): QuantizeReport => ({
    format: 'onnx-press-report',
    version: 1,
    kind: 'quantize',
    tool: { name: 'ONNX Press', version, runtime: runtimeVersion },
    source: sourceFacts(job),
    output: { path: paths.model, sizeBytes },
    mode: settings.mode,
    recipePath,
    ...(settings.mode === 'static' ? { calibration: calibrationFacts(params, samples, calibrated) } : {}),
    uncalibrated: samples.uncalibrated,
    ...measuredFacts(comparison, latency, samples.uncalibrated),
    quantized: outcome.quantized,
    ...(outcome.rounding ? { rounding: outcome.rounding } : {}),
    kept: outcome.kept,
    ranges: outcome.ranges,
    rewrites: normalised.records,
    mapping: outcome.mapping,
    skippedSamples: [...new Set([...samples.calibration.dataset.skipped, ...samples.evaluation.dataset.skipped])],
    warnings,
    advice,
    timings: watch.seconds(),
  });
  return writeJob(job, model, (saved) => {
    const report = build(saved.sizeBytes);
    const record = calibrationOf(job, outcome, samples, calibrated);
    const texts = new Map([[recipePath, jsonText(recipeOf({ kind: 'quantize', params }, recipePath))]]);
    if (record) texts.set(join(paths.runFolder, CALIBRATION_FILE), `${JSON.stringify(record)}\n`);
    texts.set(paths.report, jsonText(report));
    return { texts, result: { outputPath: saved.path, reportPath: paths.report, report } };
  });
}

/** Samples as they come, each counted: those that cannot be read are left out, so there may be fewer than asked for. */
async function* counted(samples: AsyncIterable<Sample>, count: () => void): AsyncGenerator<Sample> {
  for await (const sample of samples) {
    count();
    yield sample;
  }
}

function calibrationFacts(params: QuantizeParams, samples: QuantizeSamples, calibrated: number) {
  return {
    method: params.settings.calibration ?? DEFAULT_CALIBRATION,
    samples: calibrated,
    data: samples.calibration.dataset.description,
  };
}

/** What the graph panel shows of activations; only static mode looks at them. */
function calibrationOf(
  { params, file, paths }: Job,
  outcome: QuantizeOutcome,
  samples: QuantizeSamples,
  calibrated: number,
): CalibrationRecord | undefined {
  const [source, output] = [stampOf(file.path), stampOf(paths.model)];
  if (!outcome.observed || !source || !output) return undefined;
  const { method, samples: count, data } = calibrationFacts(params, samples, calibrated);
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
