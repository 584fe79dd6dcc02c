import type { Sample } from '../data/dataset';
import { findClassOutput } from '../evaluate/classify';
import { plainNumbers } from '../evaluate/numbers';
import { probabilities } from '../evaluate/probabilities';
import { runSamples } from '../evaluate/runSamples';
import type { TensorMap } from '../onnx/tensorValue';
import { sizeOf, type Bench, type HeldRuns } from './sensitivityBench';
import type { RunContext } from './runContext';

/** Inputs and outputs of all kept samples are held; of large ones there are fewer. */
const MAX_HELD_BYTES = 256 << 20;
/** A slow model is run on fewer samples, though not on fewer than these. */
const FEW_SAMPLES = 8;

/** Which samples layers are ranked on. */
export interface RankingSamples {
  /** The first ones: what a model is like when all of it is quantized. */
  readonly typical: HeldRuns;
  /** Those that the original is least certain of: where its answers move when a layer does. */
  readonly telling: HeldRuns;
  /** How many samples these are out of. */
  readonly pool: number;
  /** Milliseconds that one sample takes, reading it included. */
  readonly msPerSample: number;
}

/** How samples are chosen. */
export interface RankingLimits {
  /** The most of the least certain samples, and the most of the first ones. */
  readonly telling: number;
  readonly typical: number;
  /** The most samples to choose from. */
  readonly pool: number;
  /** No further samples after so long, once there are some; absent to choose from exactly `pool`. */
  readonly maxMs?: number;
}

/**
 * Runs the original on samples and keeps those whose answer is least certain. Of most samples a classifier is so certain
 * that quantizing any one layer moves nothing, and their divergence is noise: the least certain 256 of 5,000 rank the
 * layers of a ResNet-20 as all of them do (Spearman 0.97 to 0.98), any 256 do not (0.73 to 0.75).
 * Without class scores the first ones are kept.
 */
export async function chooseSamples(
  { reference }: Bench,
  samples: AsyncIterable<Sample>,
  limits: RankingLimits,
  { signal, onProgress }: RunContext,
): Promise<RankingSamples> {
  const { pool, maxMs = Infinity } = limits;
  const classOutput = findClassOutput(reference.outputs, reference.inputs, { labelled: false })?.name;
  const typical: Candidate[] = [];
  let telling: Candidate[] = [];
  let capacity = 0;
  let seen = 0;
  const start = performance.now();
  for await (const run of runSamples([reference], samples, { batchSize: 1, signal })) {
    const [outputs = {}] = run.outputs;
    for (const sample of run.samples) {
      if (seen === 0) capacity = capacityFor(sizeOf(outputs) + sizeOf(sample.inputs));
      const candidate = { sample, outputs, position: seen++, certainty: certaintyOf(outputs, classOutput) };
      const most = classOutput === undefined ? limits.telling : limits.typical;
      if (typical.length < Math.min(most, capacity)) typical.push(candidate);
      if (classOutput !== undefined) telling = withCandidate(telling, candidate, Math.min(limits.telling, capacity));
    }
    onProgress({ stage: 'reference', done: seen, total: pool });
    const isLong = seen >= FEW_SAMPLES && performance.now() - start > maxMs;
    if (seen >= pool || isLong || (classOutput === undefined && typical.length < seen)) break;
  }
  const msPerSample = (performance.now() - start) / Math.max(1, seen);
  const chosen = classOutput === undefined ? typical : telling.sort((a, b) => a.position - b.position);
  return { typical: heldOf(typical, classOutput), telling: heldOf(chosen, classOutput), pool: seen, msPerSample };
}

/** The part of held samples that the original is least certain of, in order; the first ones without class scores. */
export function leastCertain(held: HeldRuns, count: number): HeldRuns {
  const order = held.outputs
    .map((outputs, position) => ({ position, certainty: certaintyOf(outputs, held.classOutput) }))
    .sort((a, b) => a.certainty - b.certainty || a.position - b.position)
    .slice(0, count)
    .map(({ position }) => position)
    .sort((a, b) => a - b);
  return {
    samples: order.flatMap((position) => held.samples[position] ?? []),
    outputs: order.map((position) => held.outputs[position] ?? {}),
    classOutput: held.classOutput,
  };
}

function heldOf(candidates: readonly Candidate[], classOutput: string | undefined): HeldRuns {
  return {
    samples: candidates.map(({ sample }) => sample),
    outputs: candidates.map(({ outputs }) => outputs),
    classOutput,
  };
}

/** How many samples of a size can be held, twice over. */
function capacityFor(bytes: number): number {
  return Math.max(FEW_SAMPLES, Math.floor(MAX_HELD_BYTES / 2 / Math.max(1, bytes)));
}

interface Candidate {
  readonly sample: Sample;
  readonly outputs: TensorMap;
  readonly position: number;
  readonly certainty: number;
}

/** The least certain candidates, no more than `count` of them; of equal ones the earlier. */
function withCandidate(kept: Candidate[], candidate: Candidate, count: number): Candidate[] {
  const at = kept.findIndex(({ certainty }) => certainty > candidate.certainty);
  if (at < 0 && kept.length >= count) return kept;
  kept.splice(at < 0 ? kept.length : at, 0, candidate);
  return kept.length > count ? kept.slice(0, count) : kept;
}

/** The probability that two draws from the class probabilities agree: 1 for a certain answer; 0 without scores. */
function certaintyOf(outputs: TensorMap, classOutput: string | undefined): number {
  const value = classOutput === undefined ? undefined : outputs[classOutput];
  const numbers = value && plainNumbers(value);
  const classes = value?.dims[1] ?? 0;
  if (!numbers || classes < 2 || numbers.length < classes) return 0;
  const squares = probabilities(numbers, 0, classes).reduce((sum, p) => sum + p * p, 0);
  return Number.isFinite(squares) ? squares : 1;
}
