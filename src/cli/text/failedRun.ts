import type { RecipeStepReport } from '../../protocol';

/** A run of a recipe that did not come to an end, as far as it came. */
export interface FailedRun {
  readonly recipe: string;
  /** The kinds of all steps; none where the recipe cannot be read. */
  readonly kinds: readonly string[];
  readonly finished: readonly RecipeStepReport[];
  /** The number of the step that failed; absent where something else did. */
  readonly failedStep?: number;
  /** The code of the error. */
  readonly type: string;
  readonly message: string;
}

/** The steps that were not finished, the failed one left out: number and kind. */
export function skippedSteps({ kinds, finished, failedStep }: FailedRun): string[] {
  return kinds.map((kind, i) => `${i + 1} ${kind}`).filter((_, i) => i >= finished.length && i + 1 !== failedStep);
}

/** What failed: number and kind of the step, or the run. */
export function failedName({ kinds, failedStep }: FailedRun): string {
  return failedStep === undefined ? 'run' : `${failedStep} ${kinds[failedStep - 1] ?? ''}`;
}
