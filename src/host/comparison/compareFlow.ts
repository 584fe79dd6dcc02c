import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { CompareResult } from '../../protocol';
import { CancelledError, PressError } from '../../util/pressError';
import { dataChoices } from '../datasets/dataChoices';
import { findData } from '../datasets/findData';
import { recallData, rememberData } from '../datasets/rememberedData';
import { searchRoots } from '../datasets/searchRoots';
import { askData } from '../flow/dataStep';
import type { RequestOptions } from '../engineClient';
import { runWithProgress } from '../runWithProgress';
import type { Services } from '../services';
import { readSettings } from '../settings';
import { askForTrust } from '../trust';
import { type KeptComparison, keepComparison } from './comparisonRecords';

/** Two models and what to measure them on; `data` is absent for generated inputs. */
export interface ComparisonQuestion {
  readonly before: string;
  readonly after: string;
  readonly data?: string;
}

/** The data for a comparison: asks where `known` is not there any more. Undefined when the person leaves. */
export async function askComparisonData(
  { context }: Services,
  before: string,
  known: string | undefined,
): Promise<Pick<ComparisonQuestion, 'data'> | undefined> {
  if (known !== undefined && existsSync(known)) return { data: known };
  const model = vscode.Uri.file(before);
  const remembered = recallData(context.workspaceState, before);
  const places = await findData(searchRoots(model));
  const title = vscode.l10n.t('Compare {0}', basename(before));
  const answer = await askData(title, model, remembered, dataChoices(before, places), 1);
  if (answer === undefined || answer === 'back') return undefined;
  await rememberData(context.workspaceState, before, answer);
  return answer === 'without' ? {} : { data: answer.evaluation ?? answer.calibration };
}

/** Compares two models with progress, and keeps the result. Rejects when it fails or is cancelled. */
export async function runComparison(
  services: Services,
  question: ComparisonQuestion,
  signal?: AbortSignal,
): Promise<KeptComparison> {
  if (!vscode.workspace.isTrusted) {
    await askForTrust(vscode.l10n.t('Comparing runs the models in native code, so it needs a trusted workspace.'));
    throw new CancelledError();
  }
  try {
    return await compare(services, question, false, signal);
  } catch (error) {
    const command = error instanceof PressError ? error.details['command'] : undefined;
    if (typeof command !== 'string' || !(await trustsCommand(command))) throw error;
    return compare(services, question, true, signal);
  }
}

/** What every request about two models shares. */
export function pairParams(
  { log }: Services,
  { before, after, data }: ComparisonQuestion,
): { before: string; after: string; seed: number; threads?: number; data?: string; synthetic?: boolean } {
  const { threads, seed } = readSettings(log, vscode.Uri.file(before));
  return {
    before,
    after,
    seed,
    ...(threads === undefined ? {} : { threads }),
    ...(data === undefined ? { synthetic: true } : { data }),
  };
}

async function compare(
  services: Services,
  question: ComparisonQuestion,
  trusted: boolean,
  signal: AbortSignal | undefined,
): Promise<KeptComparison> {
  const title = vscode.l10n.t('Comparing {0} with {1}', basename(question.before), basename(question.after));
  const params = { ...pairParams(services, question), ...(trusted ? { trusted } : {}) };
  const run = (options: RequestOptions): Promise<CompareResult> =>
    services.runner.request('model/compare', params, options);
  const result = await runWithProgress(services, title, run, { outer: signal });
  return keepComparison(result, question.data, new Date());
}

/** Asks whether a program that a dataset file names may run. */
export async function trustsCommand(command: string): Promise<boolean> {
  const run = vscode.l10n.t('Run Program');
  const detail = vscode.l10n.t(
    'It runs with your rights. Allow it only if you know where the dataset file comes from.',
  );
  const message = vscode.l10n.t('The dataset file measures with the program {0}.', command);
  return (await vscode.window.showWarningMessage(message, { modal: true, detail }, run)) === run;
}
