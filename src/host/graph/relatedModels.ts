import { dirname, join, resolve } from 'node:path';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import * as z from 'zod';

/** A folder with more reports than this is an archive; the first ones are read. */
const MAX_REPORTS = 200;

const REPORT = z.object({
  format: z.literal('onnx-press-report'),
  source: z.object({ path: z.string() }),
  output: z.object({ path: z.string() }),
});

/** A model that a report ties to another one. */
export interface RelatedModel {
  readonly path: string;
  readonly relation: 'original' | 'compressed';
}

/**
 * The models that the reports beside `model` tie to it and that are still there: what it was made from first, then what
 * was made from it. Files that are no reports are skipped.
 */
export async function relatedModels(model: string): Promise<RelatedModel[]> {
  const folder = dirname(model);
  const names = await readdir(folder).catch(() => []);
  const related = new Map<string, RelatedModel>();
  for (const name of names.filter((file) => file.endsWith('.report.json')).slice(0, MAX_REPORTS)) {
    const pair = await readPair(join(folder, name));
    if (pair === undefined) continue;
    if (pair.output === model) related.set(pair.source, { path: pair.source, relation: 'original' });
    else if (pair.source === model) related.set(pair.output, { path: pair.output, relation: 'compressed' });
  }
  return [...related.values()]
    .filter(({ path }) => path !== model && existsSync(path))
    .sort(
      (a, b) => Number(a.relation === 'compressed') - Number(b.relation === 'compressed') || compare(a.path, b.path),
    );
}

/** Puts two models in the order of reading: the original on the left where a report says which one that is. */
export async function inReadingOrder(first: string, second: string): Promise<readonly [string, string]> {
  const related = await relatedModels(first);
  const isOutput = related.some(({ path, relation }) => path === second && relation === 'original');
  return isOutput ? [second, first] : [first, second];
}

async function readPair(report: string): Promise<{ source: string; output: string } | undefined> {
  try {
    const { source, output } = REPORT.parse(JSON.parse(await readFile(report, 'utf8')));
    const absolute = (path: string): string => resolve(dirname(report), path);
    return { source: absolute(source.path), output: absolute(output.path) };
  } catch {
    // Other tools name their files *.report.json too.
    return undefined;
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
