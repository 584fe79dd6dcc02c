import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { batchSamples } from '../data/batchSamples';
import { planBatch } from '../evaluate/batchPlan';
import { initializerNames } from '../onnx/graphIndex';
import { mainGraph } from '../onnx/model';
import type { TensorInfo, TensorMap } from '../onnx/tensorValue';
import { validateModel } from '../onnx/validateModel';
import { weightBytes } from '../onnx/writeModel';
import type { ExecutionProvider, GraphBody, GraphDocument } from '../protocol';
import { openModel, type OpenModel } from '../runtime/modelFile';
import { readProfile, runsBetween, type Profile } from '../runtime/readProfile';
import { createSession, type Session } from '../runtime/session';
import { PressError, throwIfCancelled } from '../util/pressError';
import { median } from '../util/stats';
import { optimizationFor } from './evaluationData';
import { fusedNodes, type FusedNode } from './graph/fusedNodes';
import { namedModel } from './graph/namedModel';
import { openData } from './openData';
import { measureProfilerShare, withoutCost } from './profilerCost';
import type { RunContext } from './runContext';

/** Runs before those that count: the first ones allocate memory. */
export const WARMUP_RUNS = 3;
const MIN_RUNS = 5;
const MAX_RUNS = 50;
/** How long the runs that count may take together, unless there are too few then. */
const MEASURE_SECONDS = 3;
/** ONNX Runtime writes some 700 bytes for each node of each run, and stops at a million events. */
const MAX_EVENTS = 200_000;
/** The optimised graph is written out to see what was fused; of larger models, nodes are matched by name alone. */
const MAX_WRITTEN_BYTES = 1 << 30;
/** The profile's name begins with it. */
const PROFILE_PREFIX = 'profile';

/** What is profiled, and how. */
export interface ProfileSettings {
  readonly path: string;
  readonly provider?: ExecutionProvider;
  /** Batch sizes; what the model fixes, or 1, when absent. */
  readonly batches?: readonly number[];
  readonly runs?: number;
  readonly threads?: number;
  readonly seed?: number;
  readonly shapes?: Readonly<Record<string, readonly number[]>>;
  readonly fills?: Readonly<Record<string, number>>;
}

/** The runs of one batch size that count. */
export interface BatchProfile {
  readonly batchSize: number;
  readonly profile: Profile;
  /** Milliseconds of as many runs without the profiler. */
  readonly wholeMs: readonly number[];
  /** Milliseconds of the profiled runs outside ONNX Runtime: handing over what is fed and what comes out. */
  readonly callMs: readonly number[];
  /** Milliseconds that the profiler added to the time of each kernel; the profile is without them. */
  readonly kernelCostMs: number;
  /** What was fed. */
  readonly inputs: readonly TensorInfo[];
}

/** A profile, and what ONNX Runtime made of the file's nodes. */
export interface ProfiledRuns {
  readonly batches: readonly BatchProfile[];
  /** By node of the optimised graph. */
  readonly fusions: ReadonlyMap<string, FusedNode>;
  /** The most that the process has held by the time the model had run without the profiler. */
  readonly peakBytes: number;
  /** Batch sizes that the model does not take. */
  readonly refusedBatches: readonly number[];
}

/**
 * Runs a model on generated inputs with the profiler of ONNX Runtime on. Throws `model-does-not-run`, `unknown-shape`
 * and what checking a model throws.
 */
export async function profileRuns(
  settings: ProfileSettings,
  { file, document }: { readonly file: OpenModel; readonly document: GraphDocument },
  context: RunContext,
): Promise<ProfiledRuns> {
  const folder = mkdtempSync(join(tmpdir(), 'onnx-press-profile-'));
  try {
    validateModel(file.model);
    const named = namedModel(file.model, document);
    const optimisedPath =
      weightBytes(file.model).total <= MAX_WRITTEN_BYTES ? join(folder, 'optimised.onnx') : undefined;
    const source = named === file.model ? settings.path : named;
    const shared = {
      optimization: optimizationFor(file.model),
      ...(settings.provider ? { provider: settings.provider } : {}),
      ...(settings.threads ? { threads: settings.threads } : {}),
    };
    const nodeCount = document.graphs.reduce((sum, { nodes }) => sum + nodes.length, 0);
    // The profiler takes microseconds for each kernel, which is much of a small model: the whole run is timed without it.
    const plain = await createSession(source, shared);
    const ran = await (async () => {
      try {
        const plan = await planBatches(plain, settings);
        for (const { feeds } of plan.batches) await timedRuns(plain, feeds, WARMUP_RUNS, context);
        const peakBytes = process.resourceUsage().maxRSS * 1024; // reported in kilobytes
        const profiled = await createSession(source, {
          ...shared,
          profilePrefix: join(folder, PROFILE_PREFIX),
          ...(optimisedPath === undefined ? {} : { optimizedModelPath: optimisedPath }),
        });
        const share = await measureProfilerShare(folder, shared.threads ?? 0, context.signal);
        const sessions = { plain, profiled };
        const batches = await runBatches(sessions, plan.batches, settings.runs, nodeCount, context).finally(() =>
          profiled.release(),
        );
        return { batches, share, peakBytes, refused: plan.refused };
      } finally {
        await plain.release();
      }
    })();
    const [name] = readdirSync(folder).filter((each) => each.startsWith(PROFILE_PREFIX));
    const profile = name === undefined ? { nodes: [], runMs: [] } : await readProfile(join(folder, name));
    const main = document.graphs[0] as GraphBody; // every model that was read has one
    return {
      batches: ran.batches.map(({ start, end, profiledMs, ...batch }) => {
        const part = runsBetween(profile, start, end);
        const addedMs = costOfKernel(part, median(profiledMs) - median(batch.wholeMs));
        const kernelCostMs = addedMs * ran.share;
        const callMs = profiledMs.map((ms, run) => Math.max(0, ms - (part.runMs[run] ?? ms)));
        return { ...batch, callMs, kernelCostMs, profile: withoutCost(part, kernelCostMs, addedMs) };
      }),
      peakBytes: ran.peakBytes,
      fusions: fusionsOf(main, profile, optimisedPath),
      refusedBatches: ran.refused,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface PlannedBatch {
  readonly batchSize: number;
  readonly feeds: TensorMap;
}

/** The batch sizes that the model takes, with what to feed, and those that it does not. */
async function planBatches(
  { inputs }: Session,
  { path, shapes, fills, seed, batches }: ProfileSettings,
): Promise<{ batches: PlannedBatch[]; refused: number[] }> {
  const dataset = await openData(path, inputs, {
    synthetic: true,
    limit: 1,
    ...(shapes ? { shapes } : {}),
    ...(fills ? { fills } : {}),
    ...(seed === undefined ? {} : { seed }),
  });
  const sample = await dataset.read(0);
  const plan = planBatch([inputs], sample);
  // Generated samples have the batch that the model fixes already.
  const own = plan.isFixed ? Math.max(plan.size, commonBatch(sample.inputs)) : 1;
  const wanted = batches ?? [own];
  const taken = wanted.filter((size) => !plan.isFixed || size === own);
  const sizes = taken.length > 0 ? taken : [own];
  return {
    batches: sizes.map((batchSize) => ({
      batchSize,
      feeds:
        plan.isFixed || batchSize === 1
          ? sample.inputs
          : batchSamples(Array.from({ length: batchSize }, () => sample)).inputs,
    })),
    refused: wanted.filter((size) => !sizes.includes(size)),
  };
}

/** The first dimension that all inputs share; 1 where they share none. */
function commonBatch(feeds: TensorMap): number {
  const [first = 1, ...others] = new Set(Object.values(feeds).map(({ dims }) => dims[0] ?? 1));
  return others.length === 0 ? first : 1;
}

interface BatchRuns extends Omit<BatchProfile, 'profile' | 'callMs' | 'kernelCostMs'> {
  /** The runs of the profiled session that count: from `start`, before `end`. */
  readonly start: number;
  readonly end: number;
  /** Milliseconds of each run with the profiler. */
  readonly profiledMs: readonly number[];
}

/** What a kernel adds to a run with the profiler, when all of them add so much. */
function costOfKernel({ nodes }: Profile, addedMs: number): number {
  const counts = nodes.map(({ kernels, nested }) => (kernels.at(-1) ?? 0) + (nested.at(-1) ?? 0));
  return (
    Math.max(0, addedMs) /
    Math.max(
      1,
      counts.reduce((sum, count) => sum + count, 0),
    )
  );
}

/** Runs with and without the profiler in turn, so that whatever else the machine does falls on both. */
async function runBatches(
  { plain, profiled }: { readonly plain: Session; readonly profiled: Session },
  batches: readonly PlannedBatch[],
  wantedRuns: number | undefined,
  nodeCount: number,
  context: RunContext,
): Promise<BatchRuns[]> {
  const result: BatchRuns[] = [];
  let done = 0;
  for (const { batchSize, feeds } of batches) {
    const lastMs = await timedRuns(profiled, feeds, WARMUP_RUNS, context);
    const affordable = MAX_EVENTS / Math.max(1, nodeCount) / batches.length;
    const enough = Math.min(MAX_RUNS, Math.max(MIN_RUNS, (MEASURE_SECONDS * 500) / lastMs));
    const runs = Math.max(3, Math.floor(Math.min(wantedRuns ?? enough, affordable)));
    const wholeMs: number[] = [];
    const profiledMs: number[] = [];
    for (let run = 0; run < runs; run++) {
      wholeMs.push(await timedRuns(plain, feeds, 1, context));
      profiledMs.push(await timedRuns(profiled, feeds, 1, context));
      context.onProgress({ stage: 'profile', done: run + 1, total: runs });
    }
    const start = done + WARMUP_RUNS;
    done = start + runs;
    const inputs = Object.entries(feeds).map(([name, { type, dims }]) => ({ name, type, dims }));
    result.push({ batchSize, inputs, wholeMs, profiledMs, start, end: done });
  }
  return result;
}

/** Runs so often, and returns the milliseconds of the last run. */
async function timedRuns(session: Session, feeds: TensorMap, count: number, { signal }: RunContext): Promise<number> {
  let ms = 1;
  for (let i = 0; i < count; i++) {
    throwIfCancelled(signal);
    const start = performance.now();
    await session.run(feeds);
    ms = Math.max(0.001, performance.now() - start);
  }
  return ms;
}

function fusionsOf(main: GraphBody, { nodes }: Profile, optimisedPath: string | undefined): Map<string, FusedNode> {
  const file = optimisedPath === undefined ? undefined : openOptimised(optimisedPath);
  if (!file) {
    const names = new Set(main.nodes.map(({ name }) => name));
    return new Map(
      nodes.filter(({ name }) => names.has(name)).map(({ name }) => [name, { main: name, members: [] }] as const),
    );
  }
  try {
    const graph = mainGraph(file.model);
    return fusedNodes(main, { node: graph.node, initializers: new Set(initializerNames(graph)) });
  } finally {
    file.close();
  }
}

/** Providers that compile nodes may write no graph. */
function openOptimised(path: string): OpenModel | undefined {
  try {
    return openModel(path);
  } catch (error) {
    if (error instanceof PressError && error.code === 'file-not-found') return undefined;
    throw error;
  }
}
