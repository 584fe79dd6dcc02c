import { readdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { readFile } from 'node:fs/promises';
import type { AnyReport } from '../../protocol';
import { reportCore } from '../../protocol/anyReport';
import { fileError } from '../../util/files';
import { parseReport } from '../panels/reportSchema';
import { readRunFolder } from '../runs/runFolder';

/** A report with its paths made absolute. */
export interface FoundReport {
  readonly path: string;
  readonly source: string;
  readonly output: string;
  readonly recipe: string;
  readonly report: AnyReport;
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
  const absolute = (local: string): string => resolve(dirname(path), local);
  return {
    path,
    source: absolute(report.source.path),
    output: absolute(report.output.path),
    recipe: absolute(reportCore(report).recipePath),
    report,
  };
}

/** The report that says how `after` was made from `before`; undefined when there is none. */
export function reportOfPair(before: string, after: string): Promise<FoundReport | undefined> {
  return reportBeside(after, ({ source, output }) => source === before && output === after);
}

/** The report that says how `model` was made, from whatever; undefined when there is none. */
export function reportOfModel(model: string): Promise<FoundReport | undefined> {
  return reportBeside(model, ({ output }) => output === model);
}

async function reportBeside(
  model: string,
  isWanted: (found: FoundReport) => boolean,
): Promise<FoundReport | undefined> {
  const folder = dirname(model);
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.report.json'));
  for (const name of names.slice(0, MAX_REPORTS)) {
    const found = await readFoundReport(join(folder, name)).catch(() => undefined);
    if (found !== undefined && isWanted(found)) return found;
  }
  return undefined;
}

/** The data that a run was measured on, from its recipe; undefined when there is none. */
export async function measuredData({ recipe }: Pick<FoundReport, 'recipe'>): Promise<string | undefined> {
  return (await readRunFolder(recipe).catch(() => undefined))?.data;
}
