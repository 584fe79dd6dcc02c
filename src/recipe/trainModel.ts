import { join } from 'node:path';
import { version } from '../../package.json';
import type { SkippedSample } from '../data/dataset';
import { validateModel } from '../onnx/validateModel';
import type { ReportWarning, TrainParams, TrainReport, TrainResult } from '../protocol';
import { maskedTensors } from '../prune/masks/maskMetadata';
import { runtimeVersion } from '../runtime/session';
import type { TrainState } from '../train/loop/trainState';
import { buildGraphs } from '../train/step/buildGraphs';
import { initialiseModel } from '../train/step/initialise';
import {
  compareJob,
  jsonText,
  openSession,
  refuseNonFinite,
  sourceFacts,
  withJob,
  writeJob,
  type CompressionJob,
} from './compressionJob';
import { dataFacts, optimizationFor, requireData, timingFeeds } from './evaluationData';
import { openData } from './openData';
import { outputPaths, quantizedSuffix } from './outputPaths';
import { createStopwatch } from './stopwatch';
import { withBatchNorm } from './train/batchNormInsertion';
import { checkpointFile, type CheckpointFile } from './train/checkpointFile';
import { runTraining, type TrainContext } from './train/runTraining';
import { inputsOf, openTrainedModels, selectedSamples, splitSamples, uniqueSkipped } from './train/trainJob';
import { quantizationFacts, quantizeForTraining, refuseQatCombinations } from './train/qat/quantizeForTraining';
import { exportBest, type TrainedForm } from './train/trainedForm';
import { zeroMasks } from './train/zeroMasks';
import { fullSettings, workerCount } from './train/trainSettings';

/**
 * Trains a model on data, with or without a teacher, and writes it with the best weights, a report and a run folder.
 * While it runs, a checkpoint lies in the folder of runs; it goes when the model is written, or the training diverges,
 * and stays when the run is killed, cancelled or fails, for `resume`. Nothing else is written unless it ends well.
 */
export async function trainModel(params: TrainParams, context: TrainContext): Promise<TrainResult> {
  requireData(params, params.model, 'Training');
  refuseQatCombinations(params);
  const { qat } = params.settings;
  const trained = params.teacher === undefined ? 'trained' : 'distilled';
  const suffix = qat ? quantizedSuffix({ mode: 'static', ...qat }) : trained;
  const paths = outputPaths(params.model, suffix, params.output);
  const checkpoint = checkpointFile(paths.model, params.model, params.resume === true);
  return withJob(params, context, paths, (job) => run(job, context, checkpoint)).finally(() => checkpoint.release());
}

async function run(
  job: CompressionJob<TrainParams>,
  context: TrainContext,
  checkpoint: CheckpointFile,
): Promise<TrainResult> {
  const { params, file } = job;
  const { onProgress, signal } = context;
  const { seed = 0, threads = 0 } = params;
  const watch = createStopwatch();
  onProgress({ stage: 'read', done: 0, total: 0 });
  validateModel(file.model);
  const before = await openSession(job, params.model, optimizationFor(file.model));
  const dataset = await openData(params.model, before.inputs, params);
  const { evaluationData } = params;
  const measured = evaluationData === undefined ? undefined : { ...params, data: evaluationData };
  const evaluation = measured && (await openData(params.model, before.inputs, measured));
  const { feeds } = await timingFeeds(dataset, [before.inputs], signal);
  const split = splitSamples(dataset, params.settings.heldOut ?? 0.1, seed);
  const first = await dataset.read(split.training[0] ?? 0);
  const settings = fullSettings(params, first.inputs, split.training.length);
  const inputs = inputsOf(first.inputs);
  const models = await watch.time('normalise', openTrainedModels(job, inputs, feeds, settings.batchNorm));
  try {
    const float = settings.fromScratch ? initialiseModel(models.student.model, seed) : models.student.model;
    const quantization =
      settings.qat && (await watch.time('quantize', quantizeForTraining(job, float, dataset, split)));
    const form: TrainedForm =
      settings.batchNorm === 'insert'
        ? await watch.time('normalise', withBatchNorm(float, dataset, split, feeds, { threads, signal }))
        : (quantization ?? { student: float, batchNorm: settings.batchNorm, export: (trained) => trained });
    const graphs = await watch.time(
      'build',
      buildGraphs({
        ...form,
        inputs,
        shardSize: settings.batchSize / settings.shards,
        labelled: dataset.hasLabels,
        seed,
        ...(models.teacher ? { teacher: models.teacher } : {}),
        ...(settings.loss === undefined ? {} : { loss: settings.loss }),
        ...(settings.labelSmoothing === undefined ? {} : { labelSmoothing: settings.labelSmoothing }),
        ...(settings.distillation === undefined ? {} : { distillation: settings.distillation }),
      }),
    );
    const skipped: SkippedSample[] = [];
    const masked = settings.fromScratch ? new Set<string>() : maskedTensors(file.model);
    const masks = zeroMasks(form.student, graphs.weights, ({ name }) => masked.has(name));
    const { state, endedBy } = await watch.time(
      'train',
      runTraining({ params, context, checkpoint, settings, graphs, split, dataset, skipped, seed, masks }),
    );
    const model = await exportBest(form, graphs, state);
    const after = await openSession(job, model, optimizationFor(model));
    const part = evaluation
      ? { dataset: evaluation, start: 0, count: evaluation.count }
      : { dataset: selectedSamples(dataset, split.heldOut), start: 0, count: split.heldOut.length };
    onProgress({ stage: 'verify', done: 0, total: part.count });
    const comparison = await watch.time('verify', compareJob(job, model, part, [before, after]));
    refuseNonFinite(params.model, 'trained', comparison);
    onProgress({ stage: 'write', done: 0, total: 0 });
    const settingsPath = join(job.paths.runFolder, 'train.json');
    const result = writeJob(job, model, (saved) => {
      const report: TrainReport = {
        format: 'onnx-press-report',
        version: 1,
        kind: 'train',
        tool: { name: 'ONNX Press', version, runtime: runtimeVersion },
        source: sourceFacts(job),
        output: { path: saved.path, sizeBytes: saved.sizeBytes },
        ...(params.teacher === undefined ? {} : { teacher: params.teacher }),
        settingsPath,
        settings: { ...settings, loss: graphs.loss },
        seed,
        workers: workerCount(params),
        data: { ...dataFacts(dataset), skipped: uniqueSkipped(dataset.skipped, skipped, evaluation?.skipped ?? []) },
        samples: { training: split.training.length, heldOut: split.heldOut.length, measured: comparison.samples },
        parameterCount: graphs.start.weights.length,
        frozen: graphs.frozen,
        history: state.history,
        start: state.start,
        bestEpoch: state.best.epoch,
        ...(quantization ? { quantization: quantizationFacts(quantization) } : {}),
        endedBy,
        ...(comparison.accuracy && !params.synthetic ? { accuracy: comparison.accuracy } : {}),
        ...(comparison.agreement ? { agreement: comparison.agreement } : {}),
        fidelity: comparison.fidelity,
        rewrites: models.student.records,
        warnings: warningsOf(params, state),
        timings: watch.seconds(),
      };
      const texts = new Map([
        [settingsPath, jsonText({ ...params, settings })],
        [job.paths.report, jsonText(report)],
      ]);
      return { texts, result: { outputPath: saved.path, reportPath: job.paths.report, report } };
    });
    checkpoint.remove();
    return result;
  } finally {
    models.close();
  }
}

function warningsOf(params: TrainParams, state: TrainState): ReportWarning[] {
  const warnings: ReportWarning[] = [];
  if (state.best.epoch === 0) {
    warnings.push({
      code: 'no-better-weights',
      message: 'No epoch was better on the held-out samples than the model was before; its weights were kept.',
    });
  }
  if (params.evaluationData === undefined) {
    warnings.push({
      code: 'same-samples',
      message:
        'The samples that chose the best weights also measured; accuracy may look a little better than it is. Give --eval-data.',
    });
  }
  return warnings;
}
