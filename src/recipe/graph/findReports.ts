import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { z } from 'zod';
import { readRunFile, runFolderOf } from './runFiles';
import { sameFile } from './sameFile';

const mapping = z.array(z.object({ source: z.string(), targets: z.array(z.string()) }));

const reportSchema = z.object({
  format: z.literal('onnx-press-report'),
  version: z.literal(1),
  mode: z.string().optional(),
  source: z.object({ path: z.string(), sizeBytes: z.number() }),
  recipePath: z.string().optional(),
  settingsPath: z.string().optional(),
  output: z.object({ path: z.string(), sizeBytes: z.number() }),
  channels: z
    .object({
      groups: z.array(
        z.object({ group: z.string(), nodes: z.array(z.string()), units: z.number(), removed: z.array(z.number()) }),
      ),
    })
    .optional(),
  mapping: mapping.optional(),
  // Of quantization-aware training.
  quantization: z.object({ mapping }).optional(),
});

/** The parts of a report that tie a model to what was made of it. */
export type ReportTies = z.infer<typeof reportSchema>;

/** A report file near a model. */
export interface FoundReport {
  readonly path: string;
  readonly mtimeMs: number;
  readonly report: ReportTies;
}

/** Reports that are read while looking for the newest one about a model. */
const MAX_REPORTS = 50;
const MAX_KEPT = 100;

/** What was read before, by path; read again when the file has changed. */
const kept = new Map<string, { readonly stamp: string; readonly report: ReportTies | undefined }>();

/** The report of the run that wrote this model; it lies beside it under the same name. */
export function reportOfOutput(modelPath: string): FoundReport | undefined {
  const stem = basename(modelPath, extname(modelPath));
  const found = readReport(join(dirname(modelPath), `${stem}.report.json`));
  return found && sameFile(found.report.output.path, modelPath, found.path) ? found : undefined;
}

/** The reports beside a model that name it as their source, newest first. */
export function reportsOfSource(modelPath: string): FoundReport[] {
  const folder = dirname(modelPath);
  const paths = listReports(folder)
    .map((name) => join(folder, name))
    .map((path) => ({ path, mtimeMs: mtimeOf(path) }))
    .sort((a, b) => b.mtimeMs - a.mtimeMs)
    .slice(0, MAX_REPORTS);
  return paths.flatMap(({ path }) => {
    const found = readReport(path);
    return found && sameFile(found.report.source.path, modelPath, found.path) ? [found] : [];
  });
}

/** The run folder of a report, beside it whatever its folder was called when the run was made. */
export function runFolderOfReport({ path, report }: FoundReport): string {
  const settings = report.recipePath ?? report.settingsPath;
  const folder = settings === undefined ? basename(path, '.report.json') : basename(dirname(settings));
  return join(dirname(path), '.onnx-press', folder);
}

/** The folder that holds what was measured on a model: that of the run that wrote it, else one of its own. */
export function measurementFolder(modelPath: string): string {
  const own = reportOfOutput(modelPath);
  return own ? runFolderOfReport(own) : runFolderOf(modelPath);
}

function readReport(path: string): FoundReport | undefined {
  let stamp: string;
  let mtimeMs: number;
  try {
    const stat = statSync(path);
    mtimeMs = stat.mtimeMs;
    stamp = `${stat.size}:${mtimeMs}`;
  } catch {
    return undefined;
  }
  const known = kept.get(path);
  const report = known?.stamp === stamp ? known.report : readRunFile(path, reportSchema);
  kept.delete(path);
  kept.set(path, { stamp, report });
  if (kept.size > MAX_KEPT) kept.delete(kept.keys().next().value ?? '');
  return report && { path, mtimeMs, report };
}

function listReports(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith('.report.json'));
  } catch {
    return [];
  }
}

function mtimeOf(path: string): number {
  try {
    return statSync(path).mtimeMs;
  } catch {
    return 0;
  }
}
