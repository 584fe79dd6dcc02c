import * as vscode from 'vscode';
import { CommandId } from '../ids';
import { showError } from '../notify';
import type { Services } from '../services';

/** Registers *Open Sample Workspace*: the sample is copied once, so that what a person makes beside it stays theirs. */
export function registerOpenSampleCommand(services: Services): void {
  services.context.subscriptions.push(
    vscode.commands.registerCommand(CommandId.openSample, async () => {
      const target = vscode.Uri.joinPath(services.context.globalStorageUri, 'sample');
      try {
        await copySample(services.context.extensionUri, target);
      } catch (error) {
        showError(services, error, target.fsPath);
        return;
      }
      const forceNewWindow = (vscode.workspace.workspaceFolders?.length ?? 0) > 0;
      await vscode.commands.executeCommand('vscode.openFolder', target, { forceNewWindow });
    }),
  );
}

/** Copies every file of the sample that `target` does not have yet. */
async function copySample(extensionUri: vscode.Uri, target: vscode.Uri): Promise<void> {
  const source = vscode.Uri.joinPath(extensionUri, 'media', 'sample');
  await vscode.workspace.fs.createDirectory(target);
  const present = new Set((await vscode.workspace.fs.readDirectory(target)).map(([name]) => name));
  for (const [name] of await vscode.workspace.fs.readDirectory(source)) {
    if (present.has(name)) continue;
    await vscode.workspace.fs.copy(vscode.Uri.joinPath(source, name), vscode.Uri.joinPath(target, name));
  }
}
