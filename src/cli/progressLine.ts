import type { Progress } from '../util/progress';

/** Where progress is shown. */
export interface ProgressTarget {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

/** Progress as a person sees it. */
export interface ProgressLine {
  show(progress: Progress): void;
  /** Takes the line away, so that what is printed next starts on a clean one. */
  clear(): void;
}

/** A terminal's line is redrawn at most so often. */
const REDRAW_MS = 80;
/** Without a terminal (a log of a job), a long stage says so seldom. */
const LOG_MS = 10_000;

const STAGES: Readonly<Record<string, string>> = {
  read: 'Reading',
  normalise: 'Normalising the graph',
  calibrate: 'Calibrating',
  quantize: 'Quantizing',
  round: 'Learning the rounding of weights',
  widths: 'Timing layer widths',
  prune: 'Pruning',
  factorise: 'Factorising weights',
  verify: 'Verifying',
  reference: 'Running the original',
  sensitivity: 'Measuring layers',
  search: 'Searching',
  portability: 'Counting sums',
  layers: 'Comparing layers',
  evaluate: 'Evaluating',
  train: 'Training',
  measure: 'Measuring latency',
  write: 'Writing',
};

/** One line that is redrawn on a terminal; elsewhere one line a stage, and one every ten seconds. */
export function createProgressLine(target: ProgressTarget, now: () => number = Date.now): ProgressLine {
  let stage: string | undefined;
  let shownAt = -Infinity;
  let isDrawn = false;
  return {
    show(progress) {
      const isNewStage = progress.stage !== stage;
      const time = now();
      if (!isNewStage && time - shownAt < (target.isTTY ? REDRAW_MS : LOG_MS)) return;
      stage = progress.stage;
      shownAt = time;
      const text = lineText(progress);
      if (!target.isTTY) {
        target.write(`${text}\n`);
        return;
      }
      // A line as wide as the terminal would wrap, and only its last part could be erased.
      target.write(`\r\x1b[K${text.slice(0, Math.max(10, (target.columns ?? 80) - 1))}`);
      isDrawn = true;
    },
    clear() {
      if (isDrawn) target.write('\r\x1b[K');
      isDrawn = false;
    },
  };
}

function lineText({ stage, done, total }: Progress): string {
  const name = STAGES[stage] ?? stage;
  return total > 1 && done > 0 ? `${name} ${done}/${total}` : `${name}...`;
}
