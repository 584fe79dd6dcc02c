import { basename } from 'node:path';
import { mkdirSync, rmSync } from 'node:fs';
import { comparePair } from '../evaluate/compareModels';
import { createExclusion } from '../onnx/exclude';
import { mainGraph, type Model } from '../onnx/model';
import type { TensorMap } from '../onnx/tensorValue';
import { weightBytes } from '../onnx/writeModel';
import type { LatencyReport, PairComparison, QuantizeParams, ReportWarning } from '../protocol';
import { openModel, saveModel, type OpenModel, type SavedModel } from '../runtime/modelFile';
import { normaliseModel, type NormalisedModel, type NormaliseOptions } from '../runtime/normaliseModel';
import { createSession, type Session } from '../runtime/session';
import { fileError, writeTextFile } from '../util/files';
import { PressError } from '../util/pressError';
import { mixesSamples, type Optimization } from './evaluationData';
import { requireWritable, type OutputPaths } from './outputPaths';
import { samplesOf, type SamplePart } from './quantizeSamples';
import type { RunContext } from './runContext';

/** One run that makes a smaller model of another. */
export interface CompressionJob<P extends Omit<QuantizeParams, 'settings'>> {
  readonly params: P;
  readonly context: RunContext;
  readonly paths: OutputPaths;
  readonly file: OpenModel;
  /** Released at the end, whatever happens. */
  readonly sessions: Session[];
}

/** Opens the model of a job, has `work` done, and closes everything again. Throws `output-exists`, `file-access`. */
export async function withJob<P extends Omit<QuantizeParams, 'settings'>, T>(
  params: P,
  context: RunContext,
  paths: OutputPaths,
  work: (job: CompressionJob<P>) => Promise<T>,
): Promise<T> {
  const file = openModel(params.model);
  const sessions: Session[] = [];
  try {
    requireWritable(paths.model);
    return await work({ params, context, paths, file, sessions });
  } finally {
    for (const session of sessions) await session.release();
    file.close();
  }
}

type Job = CompressionJob<Omit<QuantizeParams, 'settings'>>;

/** Loads a model with the threads of the job; it is released with the job. */
export async function openSession(job: Job, source: string | Model, optimization: Optimization): Promise<Session> {
  const { threads } = job.params;
  const session = await createSession(source, { optimization, ...(threads ? { threads } : {}) });
  job.sessions.push(session);
  return session;
}

/** Normalises the model of a job, every rewrite verified on `feeds`. */
export function normaliseJob(
  { file, context }: Job,
  feeds: TensorMap,
  options: Pick<NormaliseOptions, 'minOpset' | 'requiredOpset' | 'keepBatchNorm'> = {},
): Promise<NormalisedModel> {
  const { signal, onProgress } = context;
  return normaliseModel(file.model, { feeds: [feeds], ...options, signal, onProgress });
}

/** Runs original and result on the samples that measure. */
export function compareJob(
  { context: { signal, onProgress } }: Job,
  model: Model,
  part: SamplePart,
  [before, after]: readonly [Session, Session],
): Promise<PairComparison> {
  return comparePair(before, after, samplesOf(part, signal), {
    // One by one where a sample's result depends on its neighbours: that is how a person would run it.
    ...(mixesSamples(model) ? { batchSize: 1 } : {}),
    total: part.count,
    signal,
    onProgress: ({ done, total }) => onProgress({ stage: 'verify', done, total }),
  });
}

/** The part of a report that says how the result fared; accuracy only on real data. */
export function measuredFacts(comparison: PairComparison, latency: LatencyReport, uncalibrated: boolean) {
  return {
    ...(comparison.accuracy && !uncalibrated ? { accuracy: comparison.accuracy } : {}),
    ...(comparison.agreement ? { agreement: comparison.agreement } : {}),
    fidelity: comparison.fidelity,
    latency,
  };
}

/** The original as a report names it. */
export function sourceFacts({ params, file }: Job): { readonly path: string; readonly sizeBytes: number } {
  return { path: params.model, sizeBytes: file.sizeBytes + weightBytes(file.model).external };
}

/**
 * Writes the model, then what `files` says: texts by path, the report among them, made when the model's size is known.
 * Takes the model back when those cannot be written.
 */
export function writeJob<T>(
  { paths }: Job,
  model: Model,
  files: (saved: SavedModel) => { readonly texts: ReadonlyMap<string, string>; readonly result: T },
): T {
  const saved = saveModel(model, paths.model);
  try {
    const { texts, result } = files(saved);
    mkdirSync(paths.runFolder, { recursive: true });
    for (const [path, text] of texts) writeTextFile(path, text);
    return result;
  } catch (error) {
    for (const path of [saved.path, saved.dataPath]) if (path !== undefined) rmSync(path, { force: true });
    rmSync(paths.runFolder, { recursive: true, force: true });
    throw fileError(paths.runFolder, error);
  }
}

/** A JSON text as reports and recipes have it. */
export function jsonText(content: unknown): string {
  return `${JSON.stringify(content, null, 2)}\n`;
}

/** A pattern that matches nothing is a typo, or names nodes of another model. */
export function unusedPatterns(model: Model, setting: string, patterns: readonly string[] = []): ReportWarning[] {
  const exclusion = createExclusion(patterns);
  for (const node of mainGraph(model).node) exclusion.match(node);
  return exclusion
    .unused()
    .map((pattern) => ({ code: 'unused-exclude', message: `${setting} ${pattern} matches no node.` }));
}

/** Throws `verification-failed` when the result gives infinite values that the original does not give. */
export function refuseNonFinite(model: string, what: string, { nonFinite }: PairComparison): void {
  if (nonFinite.after === 0 || nonFinite.before > 0) return;
  throw new PressError(
    'verification-failed',
    `The ${what} ${basename(model)} gives ${nonFinite.after} values that are infinite or not a number, and the original gives none; nothing was written. Exclude the layers in question, or choose another mode.`,
    { path: model, count: nonFinite.after },
  );
}
