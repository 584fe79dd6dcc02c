import * as vscode from 'vscode';

/** Says why a trusted workspace is needed, and offers the way to trust it. */
export async function askForTrust(reason: string): Promise<undefined> {
  const manage = vscode.l10n.t('Manage Workspace Trust');
  const choice = await vscode.window.showWarningMessage(reason, manage);
  if (choice === manage) await vscode.commands.executeCommand('workbench.trust.manage');
  return undefined;
}
