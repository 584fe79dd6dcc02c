import type { Sample } from '../data/dataset';
import { cloneModel, type Model } from '../onnx/model';
import type { TensorInfo } from '../onnx/tensorValue';
import type { PruneParams, PruneReport } from '../protocol';
import { batchNormMeans } from '../prune/recalibration/batchNormMeans';
import { matchMoments } from '../prune/recalibration/matchMoments';
import { refitLayers } from '../prune/recalibration/refitLayers';
import { recalibrateBiases } from '../prune/recalibration/recalibrateBiases';
import { modelMacs } from '../prune/selection/prunedMacs';
import { createSession } from '../runtime/session';
import type { CompressionJob } from './compressionJob';
import { samplesOf, type QuantizeSamples } from './quantizeSamples';
import { holdRuns, measureHeld } from './sensitivityBench';

/** Samples that are not used to correct a model, but to see whether that helps: every fourth. */
const HELD_EVERY = 4;
/** Of large models fewer samples and passes are taken, so that the whole costs about so many multiply-accumulates. */
const MAX_MACS = 1e12;
/** What fewer samples than this tell is a matter of luck; more change little. */
const SAMPLE_LIMITS = [16, 256] as const;
/** Where samples are few, layers are corrected in at least so many rounds. */
const FEWEST_ROUNDS = 12;
/** What is tried, the best first. */
const CORRECTIONS = [
  { kind: 'least-squares', correct: refitLayers },
  { kind: 'moments', correct: matchMoments },
] as const;

/** A model before and after it was pruned. */
export interface PrunedPair {
  readonly original: Model;
  /** With the same names and shapes, what is pruned set to zero or gone; it stays as it is. */
  readonly masked: Model;
  readonly types: ReadonlyMap<string, TensorInfo>;
  /** The original with its BatchNormalization nodes, where it has any. */
  readonly unfolded: Model | undefined;
}

/** What recalibration made of the masked model, which is the masked model itself where nothing helped. */
export interface Recalibrated {
  readonly model: Model;
  readonly layers: readonly string[];
  readonly kind: PruneReport['recalibration']['kind'];
}

/** What recalibration works with. */
export interface RecalibrationSource {
  readonly job: Pick<CompressionJob<PruneParams>, 'params' | 'context'>;
  readonly samples: QuantizeSamples;
}

/**
 * Makes up for what a pruning took: with data, layers are fitted to what the original computes, and that is kept only
 * where the outputs of the model come closer to the original's on samples that were not used for it. Without data,
 * nothing can tell whether a correction helps, so that biases are corrected only when the settings ask for it.
 */
export async function recalibrate(source: RecalibrationSource, pair: PrunedPair): Promise<Recalibrated> {
  const { params } = source.job;
  const unchanged: Recalibrated = { model: pair.masked, layers: [], kind: 'none' };
  if (params.settings.recalibrate === false) return unchanged;
  if (!source.samples.uncalibrated) return (await matchOutputs(source, pair)) ?? unchanged;
  if (!params.settings.recalibrate || !pair.unfolded) return unchanged;
  const model = cloneModel(pair.masked);
  const means = batchNormMeans(pair.unfolded);
  const layers = recalibrateBiases({ original: pair.original, masked: model, types: pair.types, means });
  return layers.length > 0 ? { model, layers, kind: 'batch-normalization' } : unchanged;
}

/**
 * Fits the layers to what the original computes, or, where that brings the outputs no closer on samples that were not used,
 * gives them their mean and deviation back.
 */
async function matchOutputs(
  { job: { params, context }, samples }: RecalibrationSource,
  { original, masked, types }: PrunedPair,
): Promise<Recalibrated | undefined> {
  const { signal, onProgress } = context;
  const options = { threads: params.threads ?? 0, signal };
  const passes = MAX_MACS / Math.max(1, modelMacs(original, types));
  const [fewest, most] = SAMPLE_LIMITS;
  // Half of the model on average is run in each of as many passes as there are layers.
  const wanted = Math.round(Math.min(most, Math.max(fewest, passes / FEWEST_ROUNDS)));
  const [used, held] = await splitSamples(samples, wanted, signal);
  if (used.length === 0 || held.length === 0) return undefined;
  const reference = await createSession(original, { threads: options.threads });
  try {
    const runs = await holdRuns({ reference }, held, { total: held.length, most: held.length }, context);
    const before = await measureHeld(masked, runs, options);
    const rounds = Math.max(1, Math.floor((2 * passes) / used.length));
    for (const { kind, correct } of CORRECTIONS) {
      const model = cloneModel(masked);
      const layers = await correct(
        { original, masked: model, types, samples: used },
        { ...options, rounds, onProgress },
      );
      const after = await measureHeld(model, runs, options);
      if (layers.length > 0 && after.divergence < before.divergence) return { model, layers, kind };
    }
    return undefined;
  } finally {
    await reference.release();
  }
}

async function splitSamples(
  { calibration }: QuantizeSamples,
  wanted: number,
  signal: AbortSignal,
): Promise<[used: Sample[], held: Sample[]]> {
  const parts: [Sample[], Sample[]] = [[], []];
  let position = 0;
  for await (const sample of samplesOf(calibration, signal)) {
    parts[++position % HELD_EVERY === 0 ? 1 : 0].push(sample);
    if (parts[0].length >= wanted && parts[1].length > 0) break;
  }
  return parts;
}
