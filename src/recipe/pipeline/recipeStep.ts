import type { z } from 'zod';
import type { NodeMapping, ReportWarning, StepFigures } from '../../protocol';
import type { TrainContext } from '../train/runTraining';

/** What every step of a recipe gets, besides its own settings. Paths are absolute. */
export interface StepInput {
  /** The model that the step before made. */
  readonly model: string;
  /** The model that the recipe began with. */
  readonly original: string;
  /** Where the new model goes: a file that is not there. Beside the model under a name that says what was done when absent. */
  readonly output?: string;
  readonly data?: string;
  readonly evaluationData?: string;
  readonly synthetic?: boolean;
  /** At most so many samples of each data set. */
  readonly limit?: number;
  readonly shapes?: Readonly<Record<string, readonly number[]>>;
  readonly fills?: Readonly<Record<string, number>>;
  readonly threads?: number;
  readonly seed?: number;
  readonly trusted?: boolean;
}

/** What a step has done. */
export interface StepOutcome {
  /** The model that the next step gets; that of the input where the step changes none. */
  readonly model: string;
  /** One English sentence: what was done, with its figures. */
  readonly summary: string;
  readonly figures: StepFigures;
  readonly reportPath?: string;
  /** From the nodes of the step's model to those of its output; absent where names stay. */
  readonly mapping?: readonly NodeMapping[];
  readonly warnings: readonly ReportWarning[];
  /** What the command of this kind answers. */
  readonly result: unknown;
}

/** What a setting names, where it is a path: a model counts by its content, data by its files' sizes and times. */
export type PathUse = 'model' | 'data';

/** A kind of step. A new one is an entry in the registry and nothing else. */
export interface RecipeStep {
  readonly kind: string;
  /** One English sentence for completion and hover. */
  readonly description: string;
  /** Its settings, without `kind`: a strict object in which every key has a description. */
  readonly settings: z.ZodObject;
  /** The settings that are paths, relative to the recipe. */
  readonly paths: Readonly<Record<string, PathUse>>;
  /**
   * Does the step. `settings` have passed the schema, with paths absolute. Writes `output` whole or not at all.
   * Throws what its craft throws.
   */
  run(input: StepInput, settings: Readonly<Record<string, unknown>>, context: TrainContext): Promise<StepOutcome>;
}

/** A step, typed by the settings that its schema gives. */
export interface TypedStep<S extends z.ZodObject> extends Omit<RecipeStep, 'settings' | 'run' | 'paths'> {
  readonly settings: S;
  readonly paths?: { readonly [K in keyof z.infer<S>]?: PathUse };
  run(input: StepInput, settings: z.infer<S>, context: TrainContext): Promise<StepOutcome>;
}

/** Makes a step for the registry; settings are parsed by its schema before it runs. */
export function defineStep<S extends z.ZodObject>(step: TypedStep<S>): RecipeStep {
  return {
    kind: step.kind,
    description: step.description,
    settings: step.settings,
    paths: Object.fromEntries(Object.entries(step.paths ?? {}).flatMap(([key, use]) => (use ? [[key, use]] : []))),
    run: (input, settings, context) => step.run(input, step.settings.parse(settings), context),
  };
}

/** The parts of a step's input that every compression takes as they are. */
export function sharedParams(input: StepInput): Omit<StepInput, 'original' | 'trusted'> {
  const { original: _original, trusted: _trusted, ...shared } = input;
  return shared;
}
