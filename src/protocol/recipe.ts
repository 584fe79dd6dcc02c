/** Types of recipes: a pipeline of steps with targets, what a run of it tells, what comes out. */
import type { CompareResult, DataFacts, FlipCounts, PairComparison } from './evaluate';
import type {
  AccuracyReport,
  LatencyReport,
  NodeMapping,
  OutputFidelity,
  Proportion,
  ReportWarning,
  Spread,
} from './report';

/** What the model that a recipe makes has to reach; every key is optional, and those given must all hold. */
export interface RecipeTargets {
  /** Top-1 accuracy, or the first metric that the dataset file asks for. */
  readonly accuracy?: {
    /** Share of right samples, 0..1. */
    readonly atLeast?: number;
    /** Percentage points that may be lost against the original. */
    readonly lossPointsAtMost?: number;
    /** Share of the original's accuracy that may be lost, in percent of it. */
    readonly lossPercentAtMost?: number;
  };
  /** Share of samples with the class of the original; needs no labels. */
  readonly agreement?: { readonly atLeast?: number };
  readonly size?: {
    readonly bytesAtMost?: number;
    /** Of the original's bytes. */
    readonly ratioAtMost?: number;
  };
  readonly latency?: {
    readonly msAtMost?: number;
    /** Of the original's latency, measured in turns with it. */
    readonly ratioAtMost?: number;
  };
}

/** A run of a recipe file. Paths are absolute. */
export interface RecipeRunParams {
  readonly path: string;
  /** Run this step and those after it again, even where nothing has changed: its number from 1, or its kind. */
  readonly from?: string;
  readonly output?: string;
  readonly threads?: number;
  readonly seed?: number;
  /** Run metric commands of dataset files. */
  readonly trusted?: boolean;
}

/** What is known of the model after a step. */
export interface StepFigures {
  readonly sizeBytes: number;
  /** Multiply-accumulates of one run; known from the first pruning on. */
  readonly macs?: number;
  readonly latencyMs?: Spread;
  readonly accuracy?: Proportion;
  readonly agreement?: Proportion;
}

/** What one step of a recipe did. */
export interface RecipeStepReport {
  /** From 1. */
  readonly number: number;
  readonly kind: string;
  readonly settings: Readonly<Record<string, unknown>>;
  /** `unchanged`: taken over from an earlier run, since its inputs are the same. */
  readonly state: 'ran' | 'unchanged';
  /** Of the run that computed it. */
  readonly seconds: number;
  /** The model after the step. */
  readonly model: string;
  /** One English sentence. */
  readonly summary: string;
  readonly figures: StepFigures;
  /** The step's own report; absent for steps that write none. */
  readonly reportPath?: string;
  readonly warnings: readonly ReportWarning[];
}

/** One target and what was reached. */
export interface TargetResult {
  /** `accuracy.atLeast`: the place in the recipe's targets. */
  readonly key: string;
  readonly wanted: number;
  /** In the unit of the target; absent where it could not be measured. */
  readonly found?: number;
  readonly isMet: boolean;
  /** One English sentence with both figures, or why there is none. */
  readonly message: string;
}

/** What a run of a recipe did, gained and cost; its figures compare the last model with the original. */
export interface RecipeReport {
  readonly format: 'onnx-press-report';
  readonly version: 1;
  readonly kind: 'recipe';
  readonly tool: { readonly name: string; readonly version: string; readonly runtime: string };
  /** The recipe that was run. */
  readonly recipe: string;
  /** The copy of it in the run folder, in which everything that was given on the command line is filled in. */
  readonly recipePath: string;
  readonly mode: 'recipe';
  readonly source: { readonly path: string; readonly sizeBytes: number };
  readonly output: { readonly path: string; readonly sizeBytes: number };
  readonly steps: readonly RecipeStepReport[];
  readonly targets: readonly TargetResult[];
  readonly data: DataFacts;
  /** True when there was no real data: then nothing is said about accuracy. */
  readonly uncalibrated: boolean;
  readonly samples: number;
  readonly accuracy?: AccuracyReport;
  /** McNemar's paired test of the two models. */
  readonly flips?: FlipCounts;
  readonly metrics?: PairComparison['metrics'];
  readonly agreement?: Proportion;
  readonly fidelity: readonly OutputFidelity[];
  readonly latency: LatencyReport;
  /** From the nodes of the original to those of the last model. */
  readonly mapping: readonly NodeMapping[];
  readonly warnings: readonly ReportWarning[];
  /** Seconds by stage. */
  readonly timings: Readonly<Record<string, number>>;
}

export interface RecipeResult {
  readonly outputPath: string;
  readonly reportPath: string;
  readonly report: RecipeReport;
  /** The result against the original, as the command `compare` gives it. */
  readonly comparison: CompareResult;
  /** What both were measured on; absent for generated inputs. */
  readonly measuredData?: string;
}

/** A ready recipe for a kind of machine. */
export interface ReadyRecipe {
  /** `server-x86`. */
  readonly target: string;
  /** Its text: JSON with comments that give the reasons. */
  readonly text: string;
}

/** Requests from the host to the engine about recipes. */
export interface RecipeRequests {
  /** `run` is chosen by whoever asks and names the trainings of its steps for `train/control`. */
  'recipe/run': { params: RecipeRunParams & { readonly run: string }; result: RecipeResult };
  /** Ready recipes for a model; `folder` is where the recipe will lie. */
  'recipe/ready': {
    params: {
      readonly model: string;
      readonly folder: string;
      readonly data?: string;
      readonly evaluationData?: string;
    };
    result: { readonly recipes: readonly ReadyRecipe[] };
  };
}
