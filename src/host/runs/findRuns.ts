import { existsSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import * as vscode from 'vscode';
import { comparisonsIn, type KeptComparison } from '../comparison/comparisonRecords';
import { type FoundReport, readFoundReport } from '../comparison/pairReport';

/** More runs than this are no longer a list that a person looks through. */
const MAX_RUNS = 500;
const EXCLUDE = '**/{node_modules,.git}/**';

/** The figures of a run; accuracy, else agreement with the original. */
export interface RunFigures {
  readonly sizeBytes: number;
  readonly latencyMs?: number;
  readonly quality?: number;
  readonly isAgreement: boolean;
}

/** A run of the workspace, with the newest figures that are known of it. */
export interface Run extends FoundReport {
  /** Names the run in messages; never a path. */
  readonly id: string;
  readonly label: string;
  readonly figures: RunFigures;
  /** False when the model that it made is gone. */
  readonly hasModel: boolean;
}

/** Every run whose report lies in the workspace, by the name of its model. Reports of other tools are left out. */
export async function findRuns(): Promise<Run[]> {
  const files = await vscode.workspace.findFiles('**/*.report.json', EXCLUDE, MAX_RUNS);
  const reports = await Promise.all(files.map((uri) => readFoundReport(uri.fsPath).catch(() => undefined)));
  const found = reports.filter((report) => report !== undefined);
  const folders = [...new Set(found.map(({ output }) => dirname(output)))];
  const comparisons = (await Promise.all(folders.map(comparisonsIn))).flat();
  return found
    .sort((a, b) => a.output.localeCompare(b.output))
    .map((run, index) => ({
      ...run,
      id: `run-${index}`,
      label: basename(run.output),
      figures: figuresOf(run, comparisons),
      hasModel: existsSync(run.output),
    }));
}

/** Those of the newest comparison with the original, else those of the report. */
function figuresOf({ source, output, report }: FoundReport, comparisons: readonly KeptComparison[]): RunFigures {
  const newest = comparisons.find(({ record }) => record.before === source && record.after === output)?.record.result;
  const accuracy = newest?.comparison.accuracy ?? report.accuracy;
  const agreement = newest?.comparison.agreement ?? report.agreement;
  const latency = newest?.latency ?? report.latency;
  const quality = accuracy?.after.value ?? agreement?.value;
  return {
    sizeBytes: report.output.sizeBytes,
    ...(latency === undefined ? {} : { latencyMs: latency.afterMs.median }),
    ...(quality === undefined ? {} : { quality }),
    isAgreement: accuracy === undefined,
  };
}
