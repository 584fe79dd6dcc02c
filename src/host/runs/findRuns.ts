import { existsSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import * as vscode from 'vscode';
import { reportCore } from '../../protocol/anyReport';
import { comparisonsIn, type KeptComparison } from '../comparison/comparisonRecords';
import { type FoundReport, readFoundReport } from '../comparison/pairReport';
import { type FoundRunFolder, readRunFolder } from './runFolder';

/** More runs than this are no longer a list that a person looks through. */
const MAX_RUNS = 500;
/** The models between the steps of a recipe are no runs of their own. */
const EXCLUDE = '{**/node_modules/**,**/.git/**,**/.onnx-press/*/steps/**}';

/** The figures of a run; accuracy, else agreement with the original. */
export interface RunFigures {
  /** Absent where neither report nor model is there. */
  readonly sizeBytes?: number;
  readonly latencyMs?: number;
  readonly quality?: number;
  readonly isAgreement: boolean;
}

/** A run of the workspace, with the newest figures that are known of it. Paths are absolute. */
export interface Run {
  /** Names the run in messages; never a path. */
  readonly id: string;
  readonly label: string;
  readonly source: string;
  readonly output: string;
  readonly recipe: string;
  /** What the recipe does, in its own words: `static`, `fp16`, `prune`. */
  readonly mode: string;
  /** Absent when it was moved or deleted. */
  readonly found?: FoundReport;
  readonly figures: RunFigures;
  /** False when the model that it made is gone. */
  readonly hasModel: boolean;
}

/**
 * Every run whose report lies in the workspace, and those of which only the run folder is left, by the name of the model.
 * Reports of other tools are left out.
 */
export async function findRuns(): Promise<Run[]> {
  const [reports, folders] = await Promise.all([
    readAll('**/*.report.json', readFoundReport),
    readAll('**/.onnx-press/*/recipe.press.json', readRunFolder),
  ]);
  const recipes = new Set(reports.map(({ recipe }) => recipe));
  const outputs = new Set(reports.map(({ output }) => output));
  const bare = folders.filter(({ recipe }) => !recipes.has(recipe));
  const places = [...new Set([...reports, ...bare].map(({ output }) => dirname(output)))];
  const comparisons = (await Promise.all(places.map(comparisonsIn))).flat();
  return [
    ...reports.map((found) => reportedRun(found, comparisons)),
    ...bare.map((folder) => bareRun(folder, outputs.has(folder.output), comparisons)),
  ]
    .sort((a, b) => a.output.localeCompare(b.output))
    .map((run, index) => ({ ...run, id: `run-${index}`, label: basename(run.output) }));
}

type UnnamedRun = Omit<Run, 'id' | 'label'>;

function reportedRun(found: FoundReport, comparisons: readonly KeptComparison[]): UnnamedRun {
  const { source, output, recipe, report } = found;
  const figures = { sizeBytes: report.output.sizeBytes, ...figuresOf(found, comparisons) };
  return { source, output, recipe, mode: reportCore(report).mode, found, figures, hasModel: existsSync(output) };
}

/** A run without a report; its model is another run's where that one has taken its name since. */
function bareRun(folder: FoundRunFolder, isTaken: boolean, comparisons: readonly KeptComparison[]): UnnamedRun {
  const { source, output, recipe, mode } = folder;
  const model = isTaken ? undefined : statSync(output, { throwIfNoEntry: false });
  const hasModel = model?.isFile() === true;
  const figures = hasModel
    ? { sizeBytes: model.size, ...figuresOf({ source, output }, comparisons) }
    : { isAgreement: false };
  return { source, output, recipe, mode, figures, hasModel };
}

/** Those of the newest comparison with the original, else those of the report, if there is one. */
function figuresOf(
  { source, output, report }: Pick<FoundReport, 'source' | 'output'> & Partial<Pick<FoundReport, 'report'>>,
  comparisons: readonly KeptComparison[],
): Omit<RunFigures, 'sizeBytes'> {
  const newest = comparisons.find(({ record }) => record.before === source && record.after === output)?.record.result;
  const accuracy = newest?.comparison.accuracy ?? report?.accuracy;
  const agreement = newest?.comparison.agreement ?? report?.agreement;
  const latency = newest?.latency ?? (report && reportCore(report).latency);
  const quality = accuracy?.after.value ?? agreement?.value;
  return {
    ...(latency === undefined ? {} : { latencyMs: latency.afterMs.median }),
    ...(quality === undefined ? {} : { quality }),
    isAgreement: accuracy === undefined,
  };
}

/** What the files of a pattern hold; those that cannot be read are left out. */
async function readAll<T>(pattern: string, read: (path: string) => Promise<T>): Promise<T[]> {
  const files = await vscode.workspace.findFiles(pattern, EXCLUDE, MAX_RUNS);
  const contents = await Promise.all(files.map((uri) => read(uri.fsPath).catch(() => undefined)));
  return contents.filter((content) => content !== undefined);
}
