import { readdir } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { readFile } from 'node:fs/promises';
import type { QuantizeReport } from '../../protocol';
import { fileError } from '../../util/files';
import { parseReport } from '../panels/reportSchema';
import { readRunRecipe } from '../runs/runRecipe';

/** A report with its paths made absolute. */
export interface FoundReport {
  readonly path: string;
  readonly source: string;
  readonly output: string;
  readonly recipe: string;
  readonly report: QuantizeReport;
}

/** A folder with more reports than this is an archive; the first ones are read. */
const MAX_REPORTS = 200;

/** Reads the report at `path`. Throws `file-not-found`, `bad-report`. */
export async function readFoundReport(path: string): Promise<FoundReport> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw fileError(path, error);
  }
  const report = parseReport(text, path);
  const absolute = (local: string): string => (isAbsolute(local) ? resolve(local) : resolve(dirname(path), local));
  return {
    path,
    source: absolute(report.source.path),
    output: absolute(report.output.path),
    recipe: absolute(report.recipePath),
    report,
  };
}

/** The report that says how `after` was made from `before`; undefined when there is none. */
export async function reportOfPair(before: string, after: string): Promise<FoundReport | undefined> {
  const folder = dirname(after);
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.report.json'));
  for (const name of names.slice(0, MAX_REPORTS)) {
    const found = await readFoundReport(join(folder, name)).catch(() => undefined);
    if (found?.source === before && found.output === after) return found;
  }
  return undefined;
}

/** The data that a run was measured on, from its recipe; undefined when there is none. */
export async function measuredData({ recipe }: FoundReport): Promise<string | undefined> {
  const params = await readRunRecipe(recipe).catch(() => undefined);
  return params?.evaluationData ?? params?.data;
}
