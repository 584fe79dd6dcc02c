import { basename } from 'node:path';
import * as z from 'zod';
import type { QuantizeReport } from '../../protocol';
import { PressError } from '../../util/pressError';

const proportion = z.object({ value: z.number(), low: z.number(), high: z.number(), count: z.number() });
const spread = z.object({ median: z.number(), low: z.number(), high: z.number() });
const file = z.object({ path: z.string(), sizeBytes: z.number() });
const many = <T extends z.ZodType>(item: T): z.ZodReadonly<z.ZodArray<T>> => z.array(item).readonly();

const accuracy = z.object({
  before: proportion,
  after: proportion,
  top5Before: proportion.optional(),
  top5After: proportion.optional(),
  changePoints: z.number(),
});

const latency = z.object({
  beforeMs: spread,
  afterMs: spread,
  speedup: spread,
  pairs: z.number(),
  threads: z.number(),
  batchSize: z.number(),
});

/** Typed by what the pipeline writes: a required part that is missing here does not compile. */
const SCHEMA: z.ZodType<QuantizeReport> = z.object({
  format: z.literal('onnx-press-report'),
  version: z.literal(1),
  kind: z.literal('quantize'),
  tool: z.object({ name: z.string(), version: z.string(), runtime: z.string() }),
  source: file,
  output: file,
  mode: z.enum(['static', 'dynamic', 'weights', 'fp16']),
  recipePath: z.string(),
  calibration: z.object({ method: z.string(), samples: z.number(), data: z.string() }).optional(),
  uncalibrated: z.boolean(),
  accuracy: accuracy.optional(),
  agreement: proportion.optional(),
  fidelity: many(
    z.object({ output: z.string(), sqnrDb: z.number().nullable(), cosine: z.number(), maxAbsError: z.number() }),
  ),
  latency: latency.optional(),
  quantized: many(z.object({ node: z.string(), opType: z.string(), scheme: z.string() })),
  kept: many(z.object({ node: z.string(), opType: z.string(), reason: z.string() })),
  ranges: many(
    z.object({
      tensor: z.string(),
      min: z.number(),
      max: z.number(),
      scale: z.number(),
      zeroPoint: z.number(),
      dataType: z.enum(['uint8', 'int8', 'uint16', 'int16']),
    }),
  ),
  rewrites: many(
    z.object({
      pass: z.string(),
      changes: z.number(),
      kept: z.boolean(),
      maxRelativeError: z.number(),
      reason: z.string().optional(),
    }),
  ),
  mapping: many(z.object({ source: z.string(), targets: many(z.string()) })),
  skippedSamples: many(z.object({ source: z.string(), reason: z.string() })),
  warnings: many(z.object({ code: z.string(), message: z.string() })),
  timings: z.record(z.string(), z.number()),
});

/**
 * Reads the text of a report file.
 * Throws `bad-report` when it is not a report of this version: other tools name their files `*.report.json` too.
 */
export function parseReport(text: string, path: string): QuantizeReport {
  const file = basename(path);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new PressError('bad-report', `${file} is not JSON.`, { path }, { cause });
  }
  const parsed = SCHEMA.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const place = issue === undefined || issue.path.length === 0 ? 'the file' : issue.path.join('.');
    throw new PressError('bad-report', `${file} is not an ONNX Press report (${place}).`, { path, place });
  }
  return parsed.data;
}
