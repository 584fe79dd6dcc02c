import { basename } from 'node:path';
import * as z from 'zod';
import type {
  Advice,
  AnyReport,
  DataNote,
  FlipCounts,
  OutputFidelity,
  PruneReport,
  QuantizeReport,
  RecipeReport,
  RecipeStepReport,
  StepFigures,
  TargetResult,
  TrainReport,
} from '../../protocol';
import { PressError } from '../../util/pressError';

const proportion = z.object({ value: z.number(), low: z.number(), high: z.number(), count: z.number() });
const spread = z.object({ median: z.number(), low: z.number(), high: z.number() });
const file = z.object({ path: z.string(), sizeBytes: z.number() });
const many = <T extends z.ZodType>(item: T): z.ZodReadonly<z.ZodArray<T>> => z.array(item).readonly();

/** A key for every part of a report, optional ones as well: a part that is missing in a schema would not be shown. */
type Parts<Report> = { readonly [Part in keyof Report]-?: z.ZodType<Report[Part]> };

const accuracy = z.object({
  before: proportion,
  after: proportion,
  top5Before: proportion.optional(),
  top5After: proportion.optional(),
  changePoints: z.number(),
});

const interval = z.tuple([z.number(), z.number()]).readonly();

const fidelity = z.object({
  output: z.string(),
  sqnrDb: z.number().nullable(),
  sqnrInterval: interval.optional(),
  cosine: z.number(),
  cosineInterval: interval.optional(),
  maxAbsError: z.number(),
  equalShare: z.number().optional(),
  shapeChanges: z.number().optional(),
} satisfies Parts<OutputFidelity>);

const latency = z.object({
  beforeMs: spread,
  afterMs: spread,
  speedup: spread,
  pairs: z.number(),
  threads: z.number(),
  batchSize: z.number(),
});

const note = z.object({
  // Of a later version it may be another one, which is shown in its own words.
  code: z.string() as unknown as z.ZodType<DataNote['code']>,
  message: z.string(),
  values: z.record(z.string(), z.string().or(z.number())),
});

const warnings = many(z.object({ code: z.string(), message: z.string(), note: note.optional() }));

const rewrites = many(
  z.object({
    pass: z.string(),
    changes: z.number(),
    kept: z.boolean(),
    maxRelativeError: z.number(),
    reason: z.string().optional(),
  }),
);

/** What reports of all kinds have under one name. */
const shared = {
  format: z.literal('onnx-press-report'),
  version: z.literal(1),
  tool: z.object({ name: z.string(), version: z.string(), runtime: z.string() }),
  source: file,
  output: file,
  accuracy: accuracy.optional(),
  agreement: proportion.optional(),
  fidelity: many(fidelity),
  warnings,
  timings: z.record(z.string(), z.number()),
};

const skipped = many(z.object({ source: z.string(), reason: z.string() }));

const data = z.object({ description: z.string(), synthetic: z.boolean(), skipped, notes: many(note) });

const kept = many(z.object({ node: z.string(), opType: z.string(), reason: z.string() }));
const quantized = many(z.object({ node: z.string(), opType: z.string(), scheme: z.string() }));
const mapping = many(z.object({ source: z.string(), targets: many(z.string()) }));
const ranges = many(
  z.object({
    tensor: z.string(),
    min: z.number(),
    max: z.number(),
    scale: z.number(),
    zeroPoint: z.number(),
    dataType: z.enum(['uint8', 'int8', 'uint16', 'int16']),
  }),
);

/** What was measured on held-out samples. */
const figures = z.object({ loss: z.number(), accuracy: z.number().optional() });

const history = many(
  z.object({
    epoch: z.number(),
    loss: z.number(),
    accuracy: z.number().optional(),
    heldOutLoss: z.number(),
    heldOutAccuracy: z.number().optional(),
    learningRate: z.number(),
    seconds: z.number(),
  }),
);

/** What reports of compressions have besides. */
const compressed = {
  recipePath: z.string(),
  uncalibrated: z.boolean(),
  latency: latency.optional(),
  kept,
  mapping,
  rewrites,
  skippedSamples: skipped,
};

/** Shown by its code, in the host's own words where it is known. */
const advice = many(z.custom<Advice>((value) => typeof value === 'object' && value !== null && 'code' in value));

/** Typed by what the pipeline writes: a part that is missing here does not compile. */
const quantize: z.ZodType<QuantizeReport> = z.object({
  ...shared,
  ...compressed,
  kind: z.literal('quantize'),
  mode: z.enum(['static', 'dynamic', 'weights', 'fp16']),
  calibration: z.object({ method: z.string(), samples: z.number(), data: z.string() }).optional(),
  advice: advice.optional(),
  quantized,
  rounding: many(
    z.object({
      node: z.string(),
      weights: z.number(),
      changedWeights: z.number(),
      nearestError: z.number(),
      error: z.number(),
    }),
  ).optional(),
  ranges,
} satisfies Parts<QuantizeReport>);

const change = z.object({ before: z.number(), after: z.number() });

const prune: z.ZodType<PruneReport> = z.object({
  ...shared,
  ...compressed,
  kind: z.literal('prune'),
  mode: z.enum(['magnitude', 'nm', 'block', 'channel', 'depth', 'low-rank']),
  // What was asked for is only passed on.
  settings: z.looseObject({ method: z.string() }) as unknown as z.ZodType<PruneReport['settings']>,
  advice,
  macs: change,
  parameters: change,
  sparsity: z
    .object({
      tensors: many(
        z.object({
          tensor: z.string(),
          node: z.string(),
          dims: many(z.number()),
          elements: z.number(),
          zeros: z.number(),
        }),
      ),
      sparsity: z.number(),
      modelSparsity: z.number(),
      denseBytes: z.number(),
      gzipBytes: change,
      sparseInitializerBytes: z.number(),
      note: z.string(),
    })
    .optional(),
  channels: z
    .object({
      groups: many(
        z.object({
          group: z.string(),
          nodes: many(z.string()),
          units: z.number(),
          removed: many(z.number()),
          multiple: z.number(),
          protection: z.string().optional(),
        }),
      ),
      channelsBefore: z.number(),
      channelsAfter: z.number(),
      importance: z.enum(['l1', 'l2', 'bn-scale', 'geometric-median', 'activation', 'taylor', 'random']),
      adjustments: many(z.string()),
      steps: z.number(),
    })
    .optional(),
  depth: z
    .object({
      branches: z.number(),
      removed: many(z.object({ add: z.string(), nodes: many(z.string()), macs: z.number(), divergence: z.number() })),
    })
    .optional(),
  lowRank: many(
    z.object({
      node: z.string(),
      rows: z.number(),
      columns: z.number(),
      rank: z.number(),
      energy: z.number(),
    }),
  ).optional(),
  finetuned: many(
    z.object({ step: z.number(), start: figures, best: figures, bestEpoch: z.number(), history }),
  ).optional(),
  recalibration: z.object({
    kind: z.enum(['least-squares', 'moments', 'batch-normalization', 'none']),
    layers: z.number(),
  }),
} satisfies Parts<PruneReport>);

const train: z.ZodType<TrainReport> = z.object({
  ...shared,
  kind: z.literal('train'),
  rewrites,
  teacher: z.string().optional(),
  settingsPath: z.string(),
  // What was asked for is only passed on.
  settings: z.looseObject({}) as unknown as z.ZodType<TrainReport['settings']>,
  seed: z.number(),
  workers: z.number(),
  data,
  samples: z.object({ training: z.number(), heldOut: z.number(), measured: z.number() }),
  frozen: many(z.string()),
  parameterCount: z.number(),
  history,
  start: figures,
  bestEpoch: z.number(),
  quantization: z.object({ quantized, kept, ranges, mapping }).optional(),
  endedBy: z.enum(['epochs', 'patience', 'request']),
} satisfies Parts<TrainReport>);

const metric = z.looseObject({
  name: z.string(),
  figure: z.object({
    value: z.number(),
    low: z.number().optional(),
    high: z.number().optional(),
    count: z.number(),
  }),
});

const recipe: z.ZodType<RecipeReport> = z.object({
  ...shared,
  kind: z.literal('recipe'),
  mode: z.literal('recipe'),
  recipe: z.string(),
  recipePath: z.string(),
  steps: many(
    z.object({
      number: z.number(),
      kind: z.string(),
      // What was asked for is only named.
      settings: z.record(z.string(), z.unknown()),
      state: z.enum(['ran', 'unchanged']),
      seconds: z.number(),
      model: z.string(),
      summary: z.string(),
      figures: z.object({
        sizeBytes: z.number(),
        macs: z.number().optional(),
        latencyMs: spread.optional(),
        accuracy: proportion.optional(),
        agreement: proportion.optional(),
      } satisfies Parts<StepFigures>),
      reportPath: z.string().optional(),
      warnings,
    } satisfies Parts<RecipeStepReport>),
  ),
  targets: many(
    z.object({
      key: z.string(),
      wanted: z.number(),
      found: z.number().optional(),
      isMet: z.boolean(),
      message: z.string(),
    } satisfies Parts<TargetResult>),
  ),
  data,
  uncalibrated: z.boolean(),
  samples: z.number(),
  flips: z
    .object({
      bothRight: z.number(),
      onlyBefore: z.number(),
      onlyAfter: z.number(),
      bothWrong: z.number(),
      pValue: z.number(),
    } satisfies Parts<FlipCounts>)
    .optional(),
  // Figures of single classes are only passed on.
  metrics: many(z.looseObject({ name: z.string(), before: metric, after: metric })).optional() as unknown as z.ZodType<
    RecipeReport['metrics']
  >,
  latency,
  mapping,
} satisfies Parts<RecipeReport>);

/** The schema of the report's kind; that of a quantization says what is wrong with one of none. */
function schemaOf(json: unknown): z.ZodType<AnyReport> {
  const kind = typeof json === 'object' && json !== null && 'kind' in json ? json.kind : undefined;
  return kind === 'prune' ? prune : kind === 'train' ? train : kind === 'recipe' ? recipe : quantize;
}

/**
 * Reads the text of a report file.
 * Throws `bad-report` when it is not a report of this version: other tools name their files `*.report.json` too.
 */
export function parseReport(text: string, path: string): AnyReport {
  const file = basename(path);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new PressError('bad-report', `${file} is not JSON.`, { path }, { cause });
  }
  const parsed = schemaOf(json).safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const place = issue === undefined || issue.path.length === 0 ? 'the file' : issue.path.join('.');
    throw new PressError('bad-report', `${file} is not an ONNX Press report (${place}).`, { path, place });
  }
  return parsed.data;
}
