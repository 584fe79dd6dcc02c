import { join } from 'node:path';
import { version } from '../../package.json';
import type { Model } from '../onnx/model';
import { validateModel } from '../onnx/validateModel';
import type { PruneParams, PruneReport, PruneResult, ReportWarning } from '../protocol';
import { DEFAULT_OPSET } from '../runtime/normaliseModel';
import { runtimeVersion } from '../runtime/session';
import { inferTensorTypes } from '../runtime/tensorTypes';
import { throwIfCancelled } from '../util/pressError';
import { adviseOnCompression } from './advise';
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
import { optimizationFor, timingFeeds } from './evaluationData';
import { MASK_FILE, maskRecord } from './maskFile';
import { requireLabels } from './gradientScores';
import { countWeights } from './modelFacts';
import { outputPaths, prunedSuffix } from './outputPaths';
import type { PruneHooks } from './pruneChannels';
import { nothingToPrune, refuseContradictions } from './pruneRefusals';
import { pruneByMethod, type PruneOutcome } from './pruneMethods';
import { refuseQuantized } from './quantizeMode';
import { openPruneSamples } from './quantizeSamples';
import { recipeOf } from './recipeFile';
import { createStopwatch } from './stopwatch';
import { createFineTuner, requireFineTuneData, type FineTuner } from './train/fineTuneSteps';
import type { TrainContext } from './train/runTraining';
import { TRAINING_OPSET } from './train/trainJob';

/**
 * Prunes the model of `params`: normalises it, prunes a copy, runs both on samples, measures, and only then writes the
 * model, its report and its run folder. Nothing is written when anything fails or is cancelled. Channel pruning never
 * gives a model that is slower here than the original. Throws `nothing-to-prune` with the reasons.
 */
export async function pruneModel(
  params: PruneParams,
  context: TrainContext,
  hooks: PruneHooks = {},
): Promise<PruneResult> {
  refuseContradictions(params);
  if (params.settings.finetune) requireFineTuneData(params);
  const paths = outputPaths(params.model, prunedSuffix(params.settings), params.output);
  return withJob(params, context, paths, (job) => run(job, context, hooks));
}

async function run(job: CompressionJob<PruneParams>, context: TrainContext, given: PruneHooks): Promise<PruneResult> {
  const { params, paths, file } = job;
  const { settings } = params;
  const { onProgress, signal } = context;
  const watch = createStopwatch();
  onProgress({ stage: 'read', done: 0, total: 0 });
  validateModel(file.model);
  refuseQuantized(file.model, params.model);
  await inferTensorTypes(file.model);
  const before = await openSession(job, params.model, optimizationFor(file.model));
  const samples = await watch.time('read', openPruneSamples(params, before.inputs));
  requireLabels(params, samples);
  const timing = await timingFeeds(samples.evaluation.dataset, [before.inputs], signal);
  // Training normalises by batches, where the operator set can be raised so far.
  const raised = settings.finetune ? { minOpset: TRAINING_OPSET, requiredOpset: DEFAULT_OPSET } : {};
  const normalised = await watch.time('normalise', normaliseJob(job, timing.feeds, raised));
  throwIfCancelled(signal);
  const tuner = settings.finetune && (await createFineTuner(params, normalised.model, before.inputs, context));
  const hooks: PruneHooks = { ...given, ...(tuner ? { betweenSteps: (model, step) => tuner.train(model, step) } : {}) };
  const pruned = await watch.time(
    'prune',
    pruneByMethod({ job, normalised: normalised.model, before, samples, timing, hooks }),
  );
  if (!pruned.isChanged) throw nothingToPrune(params, pruned.kept, pruned.model);
  const outcome = tuner ? await watch.time('train', trainedOutcome(job, pruned, tuner)) : pruned;
  throwIfCancelled(signal);
  onProgress({ stage: 'verify', done: 0, total: samples.evaluation.count });
  const comparison = await watch.time(
    'verify',
    compareJob(job, outcome.model, samples.evaluation, [before, outcome.session]),
  );
  refuseNonFinite(params.model, 'pruned', comparison);
  throwIfCancelled(signal);
  onProgress({ stage: 'write', done: 0, total: 0 });
  const recipePath = join(paths.runFolder, 'recipe.press.json');
  const { latency, model } = outcome;
  const advice = adviseOnCompression({ comparison, latency, uncalibrated: samples.uncalibrated });
  const build = (sizeBytes: number): PruneReport => ({
    format: 'onnx-press-report',
    version: 1,
    kind: 'prune',
    tool: { name: 'ONNX Press', version, runtime: runtimeVersion },
    source: sourceFacts(job),
    output: { path: paths.model, sizeBytes },
    mode: settings.method,
    settings,
    recipePath,
    uncalibrated: samples.uncalibrated,
    macs: outcome.macs,
    parameters: {
      before: countWeights(normalised.model).parameterCount,
      after: countWeights(model).parameterCount,
    },
    ...outcome.facts,
    ...(tuner ? { finetuned: tuner.steps } : {}),
    recalibration: outcome.recalibration,
    ...measuredFacts(comparison, latency, samples.uncalibrated),
    kept: outcome.kept,
    rewrites: normalised.records,
    mapping: outcome.mapping,
    skippedSamples: [...new Set([...samples.calibration.dataset.skipped, ...samples.evaluation.dataset.skipped])],
    warnings: [
      ...samples.warnings,
      ...unusedPatterns(normalised.model, '--protect', settings.protect),
      ...missedTarget(params, outcome, normalised.model),
      ...advice.map(({ code, message }) => ({ code, message })),
    ],
    advice,
    timings: watch.seconds(),
  });
  return writeJob(job, model, (saved) => {
    const report = build(saved.sizeBytes);
    const { sparsity, channels } = outcome.facts;
    const repeated = { ...params, settings: outcome.repeatable ?? settings };
    const masks = maskRecord(model, settings.method, sparsity?.tensors ?? [], channels?.groups ?? []);
    const texts = new Map([
      [recipePath, jsonText(recipeOf({ kind: 'prune', params: repeated }, recipePath))],
      [join(paths.runFolder, MASK_FILE), `${JSON.stringify(masks)}\n`],
      [paths.report, jsonText(report)],
    ]);
    return { texts, result: { outputPath: saved.path, reportPath: paths.report, report } };
  });
}

/** Trains after the last step as well. Shapes stay, and with them what was timed. */
async function trainedOutcome(
  job: CompressionJob<PruneParams>,
  outcome: PruneOutcome,
  tuner: FineTuner,
): Promise<PruneOutcome> {
  const model = await tuner.train(outcome.model, (job.params.settings.steps ?? 1) - 1);
  return { ...outcome, model, session: await openSession(job, model, optimizationFor(model)) };
}

/** Says so when less could be removed than was asked for. */
function missedTarget(
  { settings: { targetMacs, targetSize, targetLatency } }: PruneParams,
  { macs, latency, model }: PruneOutcome,
  original: Model,
): ReportWarning[] {
  const budgets = [
    { what: 'multiply-accumulates', target: targetMacs, share: macs.after / macs.before },
    { what: 'bytes', target: targetSize, share: countWeights(model).weightBytes / countWeights(original).weightBytes },
    { what: 'latency', target: targetLatency, share: 1 / latency.speedup.median },
  ];
  return budgets.flatMap(({ what, target, share }) => {
    if (target === undefined || share <= target + 0.005) return [];
    const message = `The model keeps ${(share * 100).toFixed(1)} % of its ${what} instead of ${(target * 100).toFixed(1)} %: more could not be removed here.`;
    return [{ code: 'target-missed', message }];
  });
}
