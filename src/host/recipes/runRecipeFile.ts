import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { RecipeResult } from '../../protocol';
import { CancelledError, PressError } from '../../util/pressError';
import { trustsCommand } from '../comparison/compareFlow';
import { keepComparison } from '../comparison/comparisonRecords';
import type { RequestOptions } from '../engineClient';
import type { Services } from '../services';
import type { JobCare } from '../runWithProgress';
import { readSettings } from '../settings';
import { askForTrust } from '../trust';
import { outsidePaths } from './outsidePaths';
import { RecipeTrainings } from './recipeTrainings';

/** Which recipe to run, and from which step on anew; `from` is a number from 1 or a kind. */
export interface RecipeRun {
  readonly uri: vscode.Uri;
  readonly from?: string;
}

/** Runs `work`, which asks the engine, with the progress of its choice. */
export type RunWith = (
  title: string,
  work: (options: RequestOptions) => Promise<RecipeResult>,
  care: JobCare,
) => Promise<RecipeResult>;

/**
 * Runs a recipe as it stands in the editor, saved first. Asks for trust in the workspace, for files outside of it and
 * for programs that a dataset file names. The comparison with the original is kept, so that it is shown at once later.
 * Undefined when the person does not want it after all; rejects with what the engine says.
 */
export async function runRecipeFile(
  services: Services,
  { uri, from }: RecipeRun,
  runWith: RunWith,
): Promise<RecipeResult | undefined> {
  if (!vscode.workspace.isTrusted) {
    return askForTrust(vscode.l10n.t('A recipe runs models in native code, so it needs a trusted workspace.'));
  }
  const document = await vscode.workspace.openTextDocument(uri);
  if (document.isDirty && !(await document.save())) {
    throw new PressError('file-access', `${uri.fsPath} could not be saved.`, { path: uri.fsPath });
  }
  if (!(await allowsOutside(document))) return undefined;
  const controller = new AbortController();
  const trainings = new RecipeTrainings(services, uri.fsPath, () => controller.abort());
  const run = (trusted: boolean): Promise<RecipeResult> => {
    const { threads } = readSettings(services.log, uri);
    const params = {
      run: trainings.run,
      path: uri.fsPath,
      ...(from === undefined ? {} : { from }),
      ...(threads === undefined ? {} : { threads }),
      ...(trusted ? { trusted } : {}),
    };
    const work = (options: RequestOptions): Promise<RecipeResult> => {
      services.log.info(`Running ${JSON.stringify(params)}`);
      return services.runner.request('recipe/run', params, {
        ...options,
        onTrain: (progress) => trainings.onTrain(progress),
        onProgress: (progress) => {
          options.onProgress?.(progress);
          trainings.onStage(progress.stage);
        },
      });
    };
    const care = { outer: controller.signal, show: () => trainings.show() };
    return runWith(vscode.l10n.t('Running {0}', basename(uri.fsPath)), work, care);
  };
  const result = await run(false)
    .catch(async (error: unknown) => {
      const command = error instanceof PressError ? error.details['command'] : undefined;
      if (typeof command !== 'string') throw error;
      if (!(await trustsCommand(command))) throw new CancelledError();
      return run(true);
    })
    .catch((error: unknown) => {
      trainings.failed(error);
      throw error;
    });
  trainings.done(result);
  services.log.info(`${result.outputPath}: ${result.report.targets.map(({ message }) => message).join(' ')}`);
  await keepComparison(result.comparison, result.measuredData, new Date());
  return result;
}

/** Asks about files outside the workspace, if the recipe names any. */
async function allowsOutside(document: vscode.TextDocument): Promise<boolean> {
  const folders = (vscode.workspace.workspaceFolders ?? []).map((folder) => folder.uri.fsPath);
  const paths = await outsidePaths(document.getText(), document.uri.fsPath, folders);
  if (paths.length === 0) return true;
  const run = vscode.l10n.t('Run Recipe');
  const message = vscode.l10n.t('{0} uses files outside this workspace.', basename(document.uri.fsPath));
  return (await vscode.window.showWarningMessage(message, { modal: true, detail: paths.join('\n') }, run)) === run;
}
