import { dirname } from 'node:path';
import * as vscode from 'vscode';

/** Where data for a model is looked for: its own folder first, as it may lie outside the workspace. */
export function searchRoots(model: vscode.Uri): string[] {
  const folders = (vscode.workspace.workspaceFolders ?? []).map((folder) => folder.uri.fsPath);
  const own = dirname(model.fsPath);
  return folders.some((folder) => own === folder || own.startsWith(folder)) ? folders : [own, ...folders];
}
