import * as vscode from 'vscode';
import { ContextKey } from '../ids';
import { takeNewSample } from './newSample';
import { openWalkthrough } from './openWalkthrough';

/** The step after the one that made the sample. */
const NEXT_STEP = 'quantize';

/** Goes on with the walkthrough in the window of a sample that was made a moment ago, once. */
export async function continueWalkthrough(context: vscode.ExtensionContext): Promise<void> {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  if (folder === undefined) return;
  if (!(await takeNewSample(context.globalStorageUri.fsPath, folder.uri.fsPath))) return;
  await vscode.commands.executeCommand('setContext', ContextKey.hasSample, true);
  await openWalkthrough(context, NEXT_STEP);
}
