import { measureLatencyPair } from '../evaluate/latency';
import { cloneModel, type Model } from '../onnx/model';
import type { TensorInfo } from '../onnx/tensorValue';
import { validateModel } from '../onnx/validateModel';
import type { PrunePreview, PrunePreviewParams, PrunePreviewRow } from '../protocol';
import { concreteTypes } from '../prune/coupling/concreteTypes';
import { prepareCoupling } from '../prune/coupling/prepareCoupling';
import { scoreUnits } from '../prune/importance/scoreUnits';
import { removeUnits } from '../prune/removal/removeUnits';
import { modelMacs } from '../prune/selection/prunedMacs';
import { selectUnits } from '../prune/selection/selectUnits';
import type { Session } from '../runtime/session';
import { inferTensorTypes } from '../runtime/tensorTypes';
import { throwIfCancelled } from '../util/pressError';
import { normaliseJob, openSession, withJob, type CompressionJob } from './compressionJob';
import { optimizationFor, timingFeeds } from './evaluationData';
import { countWeights } from './modelFacts';
import { openData } from './openData';
import { outputPaths, prunedSuffix } from './outputPaths';
import { coupleModel } from './pruneChannels';
import { refuseQuantized } from './quantizeMode';
import type { RunContext } from './runContext';

/** Latency of one amount is measured for so long. */
const LATENCY_SECONDS = 0.3;
/** A model of which a single run takes longer is not measured: nobody waits for a preview. */
const SLOW_RUN_MS = 100;

/** The pruning measures for each group which counts are fast; most often it is multiples of these. */
const WIDE = { units: 64, multiple: 16 };
const USUAL = { units: 16, multiple: 8 };
/** Quartiles further apart than this say more about what else the machine does than about the model. */
const MAX_SPREAD = 1.25;

type PreviewJob = CompressionJob<PrunePreviewParams & { readonly settings: { readonly method: 'channel' } }>;

/**
 * Says what amounts are expected to make of a model, in moments: channels are chosen and removed by their weights alone,
 * without the measured widths, the data and the fallbacks of the pruning itself. Masks change neither multiply-accumulates nor
 * size, so only the original's figures come back for them, and for low rank, where the pruning itself has to tell.
 * Writes nothing. Throws what pruning throws.
 */
export function previewPruning(params: PrunePreviewParams, context: RunContext): Promise<PrunePreview> {
  const asked = { ...params, settings: { method: params.method } } as PreviewJob['params'];
  const paths = outputPaths(params.model, prunedSuffix(asked.settings));
  return withJob(asked, context, paths, (job) => preview(job));
}

async function preview(job: PreviewJob): Promise<PrunePreview> {
  const { params, context, file } = job;
  const { onProgress, signal } = context;
  onProgress({ stage: 'read', done: 0, total: 0 });
  validateModel(file.model);
  refuseQuantized(file.model, params.model);
  await inferTensorTypes(file.model);
  const before = await openSession(job, params.model, optimizationFor(file.model));
  const dataset = await openData(params.model, before.inputs, params);
  const timing = await timingFeeds(dataset, [before.inputs], signal);
  const { model } = await normaliseJob(job, timing.feeds);
  if (params.method !== 'channel') {
    const types = await concreteTypes(model, timing.feeds);
    return { macs: modelMacs(model, types), sizeBytes: file.sizeBytes, rows: [], groups: [] };
  }
  await prepareCoupling(model);
  const types = await concreteTypes(model, timing.feeds);
  const { protect } = params;
  const coupling = coupleModel(model, types, { method: 'channel', ...(protect ? { protect } : {}) });
  const scores = scoreUnits({ model, coupling, importance: 'l2', seed: 0 });
  const multiples = new Map(coupling.groups.map(({ name, units }) => [name, multipleFor(units)]));
  const rows: PrunePreviewRow[] = [];
  for (const [done, amount] of params.amounts.entries()) {
    throwIfCancelled(signal);
    onProgress({ stage: 'preview', done, total: params.amounts.length });
    const removal = selectUnits(coupling.groups, scores, { amount, scope: 'global', minChannels: 1, multiples });
    const pruned = cloneModel(model);
    removeUnits(pruned, types, coupling, removal);
    rows.push({ amount, ...(await figures(job, { before, model, pruned, ...timing })) });
  }
  return {
    macs: modelMacs(model, types),
    sizeBytes: file.sizeBytes,
    rows,
    groups: coupling.groups.map(({ name, units, protection }) => ({
      group: name,
      units,
      ...(protection === undefined ? {} : { protection }),
    })),
  };
}

function multipleFor(units: number): number {
  if (units >= WIDE.units) return WIDE.multiple;
  return units >= USUAL.units ? USUAL.multiple : 1;
}

interface Pair extends Awaited<ReturnType<typeof timingFeeds>> {
  readonly before: Session;
  readonly model: Model;
  readonly pruned: Model;
}

async function figures(
  job: PreviewJob,
  { before, model, pruned, feeds, batchSize }: Pair,
): Promise<Omit<PrunePreviewRow, 'amount'>> {
  const types: ReadonlyMap<string, TensorInfo> = await concreteTypes(pruned, feeds);
  const saved = countWeights(model).weightBytes - countWeights(pruned).weightBytes;
  const speedup = await measureSpeed(job, { before, model, pruned, feeds, batchSize });
  return {
    macs: modelMacs(pruned, types),
    sizeBytes: job.file.sizeBytes - saved,
    ...(speedup === undefined ? {} : { speedup }),
  };
}

async function measureSpeed(job: PreviewJob, { before, pruned, feeds, batchSize }: Pair): Promise<number | undefined> {
  // The first run prepares memory and is slower than those that count.
  await before.run(feeds);
  const begun = performance.now();
  await before.run(feeds);
  if (performance.now() - begun > SLOW_RUN_MS) return undefined;
  const after = await openSession(job, pruned, optimizationFor(pruned));
  const { signal, latencySeconds: maxSeconds = LATENCY_SECONDS } = job.context;
  const { threads = 0 } = job.params;
  const { speedup } = await measureLatencyPair(before, after, feeds, { batchSize, threads, maxSeconds, signal });
  return speedup.high > speedup.low * MAX_SPREAD ? undefined : speedup.median;
}
