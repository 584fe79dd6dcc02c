import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import * as z from 'zod';
import type { ComparisonRecord, CompareResult, LayerErrorResult } from '../../protocol';
import { fileError, freshPath, writeTextFile } from '../../util/files';
import { PressError } from '../../util/pressError';

/** Where comparisons are kept, below the folder of the compressed model. */
const FOLDER = join('.onnx-press', 'comparisons');
const ENDING = '.comparison.json';
/** More than this is an archive; the first ones are read. */
const MAX_RECORDS = 500;

const spread = z.looseObject({ median: z.number(), low: z.number(), high: z.number() });
const model = z.looseObject({ path: z.string(), sizeBytes: z.number(), parameterCount: z.number() });

/** Records of earlier versions have the message alone. */
const NOTE = z
  .string()
  .transform((message) => ({ code: '', message, values: {} }))
  .or(
    z.looseObject({ code: z.string(), message: z.string(), values: z.record(z.string(), z.string().or(z.number())) }),
  );

/** What the panel and the runs view rely on; the rest is carried as it is. */
const RECORD = z.looseObject({
  format: z.literal('onnx-press-comparison'),
  version: z.literal(1),
  before: z.string(),
  after: z.string(),
  data: z.string().optional(),
  measuredAt: z.string(),
  result: z.looseObject({
    before: model,
    after: model,
    data: z.looseObject({ description: z.string(), synthetic: z.boolean(), notes: z.array(NOTE) }),
    comparison: z.looseObject({ samples: z.number(), fidelity: z.array(z.looseObject({ output: z.string() })) }),
    latency: z.looseObject({ beforeMs: spread, afterMs: spread, speedup: spread }),
  }),
});

/** A comparison, and the file that keeps it. */
export interface KeptComparison {
  readonly path: string;
  readonly record: ComparisonRecord;
}

/** Keeps a new comparison beside the compressed model, under a name that is free. */
export async function keepComparison(
  result: CompareResult,
  data: string | undefined,
  measuredAt: Date,
): Promise<KeptComparison> {
  const { before, after } = result;
  const record: ComparisonRecord = {
    format: 'onnx-press-comparison',
    version: 1,
    before: before.path,
    after: after.path,
    ...(data === undefined ? {} : { data }),
    measuredAt: measuredAt.toISOString(),
    result,
  };
  const folder = join(dirname(after.path), FOLDER);
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw fileError(folder, error);
  }
  const stem = `${stemOf(after.path)}-${stemOf(before.path)}`;
  for (let n = 1; ; n++) {
    const path = join(folder, `${stem}${n === 1 ? '' : `-${n}`}${ENDING}`);
    if (freshPath(path) !== path) continue;
    writeTextFile(path, `${JSON.stringify(record, undefined, 2)}\n`);
    return { path, record };
  }
}

/** Adds the error of layers to a comparison that is kept. */
export function keepLayers({ path, record }: KeptComparison, layers: LayerErrorResult): KeptComparison {
  const extended: ComparisonRecord = { ...record, layers };
  writeTextFile(path, `${JSON.stringify(extended, undefined, 2)}\n`, { overwrite: true });
  return { path, record: extended };
}

/** Reads a comparison. Throws `file-not-found`, and `bad-report` for what is none. */
export async function readComparison(path: string): Promise<KeptComparison> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) throw badRecord(path, error);
    throw fileError(path, error);
  }
  const parsed = RECORD.safeParse(json);
  if (!parsed.success) throw badRecord(path, parsed.error);
  // What the schema does not look at was written by this extension; the webview takes it as text and numbers.
  return { path, record: parsed.data as unknown as ComparisonRecord };
}

/** The comparisons kept below a folder of models, the newest first; files that are none are skipped. */
export async function comparisonsIn(folder: string): Promise<KeptComparison[]> {
  const place = join(folder, FOLDER);
  const names = (await readdir(place).catch(() => [])).filter((name) => name.endsWith(ENDING)).slice(0, MAX_RECORDS);
  const kept: KeptComparison[] = [];
  for (const name of names) {
    const record = await readComparison(join(place, name)).catch(() => undefined);
    if (record !== undefined) kept.push(record);
  }
  return kept.sort((a, b) => (a.record.measuredAt < b.record.measuredAt ? 1 : -1));
}

/** The newest comparison of two models that have not changed since, on the same data; undefined when there is none. */
export async function freshComparison(
  before: string,
  after: string,
  data: string | undefined,
): Promise<KeptComparison | undefined> {
  const [kept] = (await comparisonsIn(dirname(after))).filter(
    ({ record }) => record.before === before && record.after === after && (data === undefined || record.data === data),
  );
  if (kept === undefined) return undefined;
  const changed = await Promise.all([before, after].map((path) => stat(path).then(({ mtimeMs }) => mtimeMs)));
  return Math.max(...changed) <= Date.parse(kept.record.measuredAt) ? kept : undefined;
}

function badRecord(path: string, cause: unknown): PressError {
  return new PressError(
    'bad-report',
    `${path} is not a comparison of ONNX Press.`,
    { path, place: 'the file' },
    { cause },
  );
}

function stemOf(path: string): string {
  return basename(path).replace(/\.onnx$/i, '');
}
