import * as vscode from 'vscode';
import { PressError } from '../../util/pressError';
import { resolveInFolders } from './workspacePath';

/** The path of a file or folder of the workspace that an assistant names. Throws what is said at {@link resolveInFolders}. */
export function workspacePath(given: string): Promise<string> {
  const folders = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file');
  return resolveInFolders(
    folders.map(({ uri }) => uri.fsPath),
    given,
  );
}

/** The same for a model. Throws `file-access` for anything that is not called `.onnx`. */
export async function workspaceModel(given: string): Promise<string> {
  if (!/\.onnx$/i.test(given)) {
    throw new PressError('file-access', `${JSON.stringify(given)} is no model. Give the path of an .onnx file.`, {
      path: given,
    });
  }
  return workspacePath(given);
}

/** Throws where the workspace is not trusted: models then are looked at, not run. */
export function requireTrust(): void {
  if (vscode.workspace.isTrusted) return;
  throw new Error(
    'The workspace is not trusted, so models in it are not run. The person can trust it with "Manage Workspace Trust"; until then, models can be inspected and explained only.',
  );
}
