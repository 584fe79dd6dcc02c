import { measureLatencyPair } from '../evaluate/latency';
import type { Model } from '../onnx/model';
import type { TensorMap } from '../onnx/tensorValue';
import type { MixedCandidate } from '../protocol';
import { createSession } from '../runtime/session';
import type { TimeBudget } from './mixedPrecisionBudget';
import type { Bench } from './sensitivityBench';
import type { Tried } from './mixedPrecisionSearch';

/** Models whose latency is measured besides the chosen one; more would take longer than they tell. */
const MAX_TIMED = 6;
/** With the chosen one. */
export const FRONTIER_MODELS = MAX_TIMED + 1;
const MIN_PAIRS = 5;

/** The frontier, and how long the original takes. */
export interface TimedFrontier {
  readonly originalMs: number;
  readonly frontier: readonly MixedCandidate[];
}

/**
 * The candidates that no other one beats in size and score at once, the chosen one among them, with their latency;
 * those that another one beats in all three are left out then. Latency is measured in turn with the original, of the
 * chosen one first, and of the others while there is time.
 */
export async function timeFrontier(
  bench: Bench,
  tried: readonly Tried[],
  chosen: Tried,
  options: {
    readonly feeds: TensorMap;
    /** Seconds for each. */
    readonly seconds: number;
    readonly signal: AbortSignal;
    readonly budget: TimeBudget;
    readonly build: (tried: Tried) => Promise<Model | undefined>;
  },
): Promise<TimedFrontier> {
  const { feeds, seconds, signal, budget, build } = options;
  const timed: MixedCandidate[] = [];
  let originalMs = 0;
  const time = async (entry: Tried): Promise<void> => {
    const model = await build(entry);
    if (!model) return;
    const session = await createSession(model, { threads: bench.threads });
    try {
      const latency = await measureLatencyPair(bench.reference, session, feeds, {
        minPairs: MIN_PAIRS,
        maxSeconds: seconds,
        signal,
      });
      originalMs = latency.beforeMs.median;
      timed.push({ ...entry.candidate, latencyMs: latency.afterMs.median });
    } finally {
      await session.release();
    }
  };
  const entries = thinned(paretoOf(tried, chosen), chosen);
  const isChosen = ({ config }: Tried): boolean => config === chosen.config;
  for (const entry of [...entries.filter(isChosen), ...entries.filter((other) => !isChosen(other))]) {
    if (timed.length > 0 && !budget.hasTimeFor('timing')) break;
    await budget.take('timing', () => time(entry));
  }
  const frontier = timed.filter((one) => !timed.some((other) => other !== one && beats(other, one)));
  return { originalMs, frontier: frontier.sort((a, b) => a.sizeBytes - b.sizeBytes) };
}

/** Candidates that no other one beats in size, share in float and score. */
function paretoOf(tried: readonly Tried[], chosen: Tried): Tried[] {
  const sorted = [...tried].sort(
    ({ candidate: a }, { candidate: b }) => a.sizeBytes - b.sizeBytes || b.score - a.score,
  );
  let best = -Infinity;
  return sorted.filter((entry) => {
    const isBetter = entry.candidate.score > best;
    best = Math.max(best, entry.candidate.score);
    return isBetter || entry.config === chosen.config;
  });
}

function thinned(entries: readonly Tried[], chosen: Tried): Tried[] {
  const step = Math.max(1, (entries.length - 1) / (MAX_TIMED - 1));
  const picked = new Set(Array.from({ length: MAX_TIMED }, (_, i) => entries[Math.round(i * step)]));
  return entries.filter((entry) => picked.has(entry) || entry.config === chosen.config);
}

function beats(a: MixedCandidate, b: MixedCandidate): boolean {
  const [timeA, timeB] = [a.latencyMs ?? 0, b.latencyMs ?? 0];
  const isNowhereWorse = a.sizeBytes <= b.sizeBytes && timeA <= timeB && a.score >= b.score;
  return isNowhereWorse && (a.sizeBytes < b.sizeBytes || timeA < timeB || a.score > b.score);
}
