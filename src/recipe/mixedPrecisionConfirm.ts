import type { Sample } from '../data/dataset';
import { comparePair } from '../evaluate/compareModels';
import type { Model } from '../onnx/model';
import { createSession } from '../runtime/session';
import type { TimeBudget } from './mixedPrecisionBudget';
import { byMerit, isWithin, type Tried } from './mixedPrecisionSearch';
import type { Bench, HeldMeasure } from './sensitivityBench';

/** Models that are confirmed at most; those behind them keep more in float. */
const MAX_CONFIRMED = 8;

/** What confirming needs besides what the search found. */
export interface Confirmation {
  readonly maxDropPoints: number;
  readonly bench: Bench;
  /** What the original answers on the samples that the search compared on. */
  readonly reference: HeldMeasure;
  /** The samples that it did not compare on, from the first one each time. */
  rest(): AsyncIterable<Sample> | Iterable<Sample>;
  build(tried: Tried): Promise<Model | undefined>;
  readonly budget: TimeBudget;
  readonly signal: AbortSignal;
}

/**
 * The best of the models that the search tried, by all samples: a search compares on as many as can be held in memory,
 * and what just meets the goal on those may miss it on the others. The models that meet it there are tried in the order
 * of what they keep in float until one meets it on all; where none does, or time runs out, the one that comes nearest.
 */
export async function confirmBest(tried: readonly Tried[], confirmation: Confirmation): Promise<Tried> {
  const { maxDropPoints, budget } = confirmation;
  const [first, ...others] = byMerit(tried, maxDropPoints);
  let nearest: Tried | undefined;
  for (const entry of [first as Tried, ...others].slice(0, MAX_CONFIRMED)) {
    const isUseless = !isWithin(entry.candidate.dropPoints, maxDropPoints);
    if (isUseless || (nearest && !budget.hasTimeFor('confirm'))) break;
    const confirmed = await budget.take('confirm', () => onAllSamples(entry, confirmation));
    if (isWithin(confirmed.candidate.dropPoints, maxDropPoints)) return confirmed;
    if (!nearest || confirmed.candidate.dropPoints < nearest.candidate.dropPoints) nearest = confirmed;
  }
  return nearest ?? (first as Tried); // a search tries one model at least
}

/** A model with the score and the loss that it has on all samples. */
async function onAllSamples(entry: Tried, { bench, reference, rest, build, signal }: Confirmation): Promise<Tried> {
  const { labelled, right, rows } = reference;
  const count = labelled > 0 ? labelled : rows;
  const model = count > 0 ? await build(entry) : undefined;
  if (!model) return entry;
  const session = await createSession(model, { threads: bench.threads });
  try {
    const { accuracy, agreement } = await comparePair(bench.reference, session, rest(), { signal });
    const { candidate } = entry;
    const more = labelled > 0 ? accuracy?.after : agreement;
    if (!more) return entry;
    const total = count + more.count;
    const score = (candidate.score * count + more.value * more.count) / total;
    const before = labelled > 0 ? (right + (accuracy?.before.value ?? 0) * more.count) / total : 1;
    return { ...entry, candidate: { ...candidate, score, dropPoints: (before - score) * 100 } };
  } finally {
    await session.release();
  }
}
