import { homedir } from 'node:os';
import * as vscode from 'vscode';
import { CommandId } from '../ids';
import { showError } from '../notify';
import { copySample } from '../sample/copySample';
import { rememberNewSample } from '../sample/newSample';
import { openWalkthrough } from '../sample/openWalkthrough';
import type { Services } from '../services';

/**
 * Registers *Open Walkthrough* and *Create Sample Workspace*: `executeCommand(id, parent?)`; asks where to without `parent`.
 * The sample is the person's own from then on. Its window opens with the walkthrough where this one leaves off.
 */
export function registerSampleCommands(services: Services): void {
  const { extensionUri, globalStorageUri, subscriptions } = services.context;
  subscriptions.push(
    vscode.commands.registerCommand(CommandId.openWalkthrough, () => openWalkthrough(services.context)),
    vscode.commands.registerCommand(CommandId.createSampleWorkspace, async (argument: unknown) => {
      const parent = argument instanceof vscode.Uri ? argument : await askParent();
      if (parent === undefined) return;
      try {
        const source = vscode.Uri.joinPath(extensionUri, 'media', 'sample');
        const folder = await copySample(source.fsPath, parent.fsPath);
        await rememberNewSample(globalStorageUri.fsPath, folder);
        const forceNewWindow = (vscode.workspace.workspaceFolders?.length ?? 0) > 0;
        await vscode.commands.executeCommand('vscode.openFolder', vscode.Uri.file(folder), { forceNewWindow });
      } catch (error) {
        showError(services, error, parent.fsPath);
      }
    }),
  );
}

async function askParent(): Promise<vscode.Uri | undefined> {
  const [parent] =
    (await vscode.window.showOpenDialog({
      title: vscode.l10n.t('Choose where the folder of the sample is made'),
      openLabel: vscode.l10n.t('Create Here'),
      canSelectFiles: false,
      canSelectFolders: true,
      defaultUri: vscode.Uri.file(homedir()),
    })) ?? [];
  return parent;
}
