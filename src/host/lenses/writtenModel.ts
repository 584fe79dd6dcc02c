import { existsSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, resolve } from 'node:path';
import * as vscode from 'vscode';
import { findRuns } from '../runs/findRuns';
import { CommandId } from '../ids';
import { resolveModel } from '../modelFiles';

/**
 * The file that a script writes. A relative path starts where the script is run: in its own folder or that of the
 * workspace; the one where the file is counts. Undefined while there is no such file.
 */
export function writtenModel(script: vscode.Uri, path: string): vscode.Uri | undefined {
  const folder = vscode.workspace.getWorkspaceFolder(script)?.uri.fsPath;
  const roots = isAbsolute(path) ? [''] : [dirname(script.fsPath), ...(folder === undefined ? [] : [folder])];
  const found = roots.map((root) => resolve(root, path)).find((file) => existsSync(file));
  return found === undefined ? undefined : vscode.Uri.file(found);
}

/** Registers *Compare with last run*: the newest run of a model beside the model itself. */
export function registerCompareLastRun(): vscode.Disposable {
  return vscode.commands.registerCommand(CommandId.compareLastRun, async (argument: unknown) => {
    const model = await resolveModel(argument);
    if (model === undefined) return;
    const runs = (await findRuns()).filter(({ source, hasModel }) => hasModel && source === model.fsPath);
    const [newest] = runs.sort((a, b) => statSync(b.output).mtimeMs - statSync(a.output).mtimeMs);
    if (newest === undefined) {
      const quantize = vscode.l10n.t('Quantize');
      const none = vscode.l10n.t('There is no run of {0} yet.', basename(model.fsPath));
      if ((await vscode.window.showInformationMessage(none, quantize)) === quantize) {
        await vscode.commands.executeCommand(CommandId.quantize, model);
      }
      return;
    }
    const models = [model, vscode.Uri.file(newest.output)];
    await vscode.commands.executeCommand(CommandId.compareModels, model, models);
  });
}
