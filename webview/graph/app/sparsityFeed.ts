import type { TensorRef, WeightDetails } from '../../../src/protocol';

/** Requests under way at once: enough to keep the engine busy, and few enough to let a person's own request through. */
const PARALLEL = 2;
/** The drawing follows at most this often while answers come in. */
const REDRAW_MS = 400;

/** The share of zeros of weights, read little by little. */
export interface SparsityFeed {
  /** By `graph/tensor`. */
  readonly shares: ReadonlyMap<string, number>;
  /** Puts weights in front of the queue; what was wanted before and is not now is dropped. */
  want(weights: readonly TensorRef[]): void;
  stop(): void;
  /** Weights read, and weights wanted in all: what was read and what waits. */
  progress(): { readonly read: number; readonly wanted: number };
}

/** Reads the weights that are wanted, a few at a time; a weight that cannot be read is not asked for again. */
export function createSparsityFeed(
  ask: (weight: TensorRef) => Promise<WeightDetails>,
  onProgress: () => void,
): SparsityFeed {
  const shares = new Map<string, number>();
  const asked = new Set<string>();
  let queue: TensorRef[] = [];
  let running = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function next(): void {
    while (running < PARALLEL) {
      const weight = queue.shift();
      if (weight === undefined) return;
      const key = `${weight.graph}/${weight.tensor}`;
      asked.add(key);
      running++;
      ask(weight)
        .then(
          ({ zeros, elements }) => void shares.set(key, elements === 0 ? 0 : zeros / elements),
          () => undefined,
        )
        .finally(() => {
          running--;
          tell();
          next();
        });
    }
  }

  function tell(): void {
    timer ??= setTimeout(() => {
      timer = undefined;
      onProgress();
    }, REDRAW_MS);
  }

  return {
    shares,
    want(weights) {
      queue = weights.filter(({ graph, tensor }) => !asked.has(`${graph}/${tensor}`));
      next();
    },
    stop() {
      queue = [];
    },
    progress: () => ({ read: shares.size, wanted: shares.size + running + queue.length }),
  };
}
