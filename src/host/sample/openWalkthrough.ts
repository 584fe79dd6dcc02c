import * as vscode from 'vscode';
import { WalkthroughId } from '../ids';

/** Long enough for a busy machine: a page that is closed too early would be the right one. */
const SHOWN_WITHIN_MS = 2500;

/**
 * Opens the walkthrough, at a step where one is given. VS Code reads the walkthroughs of extensions when the first one is
 * opened, and shows one of its own meanwhile, which it does not turn to another: then that page is closed and the
 * walkthrough opened again. Once only, and not over what the person turned to in between: of a page that was opened again,
 * VS Code does not tell the new title.
 */
export async function openWalkthrough({ extension }: vscode.ExtensionContext, step?: string): Promise<void> {
  // The manifest is VS Code's; a walkthrough's tab is named after the extension.
  const { displayName } = extension.packageJSON as { readonly displayName: string };
  const category = `${extension.id}#${WalkthroughId.start}`;
  const open = (): Thenable<unknown> =>
    vscode.commands.executeCommand(
      'workbench.action.openWalkthrough',
      step === undefined ? category : { category, step },
    );
  await open();
  const page = activeTab();
  if (await isShown(displayName)) return;
  // Pages of VS Code itself have no input.
  if (page === undefined || page.input !== undefined || activeTab() !== page) return;
  await vscode.window.tabGroups.close(page);
  await open();
}

function activeTab(): vscode.Tab | undefined {
  return vscode.window.tabGroups.activeTabGroup.activeTab;
}

/** Whether the active tab is named after the extension before long. */
async function isShown(name: string): Promise<boolean> {
  const isActive = (): boolean => activeTab()?.label.includes(name) ?? false;
  if (isActive()) return true;
  return new Promise((resolve) => {
    const end = (shown: boolean): void => {
      subscription.dispose();
      clearTimeout(timer);
      resolve(shown);
    };
    const subscription = vscode.window.tabGroups.onDidChangeTabs(() => isActive() && end(true));
    const timer = setTimeout(() => end(isActive()), SHOWN_WITHIN_MS);
  });
}
