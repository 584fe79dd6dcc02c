import * as vscode from 'vscode';

/** More files than this are no longer a list that a person picks from. */
const MAX_FILES = 500;
const EXCLUDE = '**/{node_modules,.git}/**';

/** The file of the active editor when its name ends in `ending`. */
export function activeFile(ending: string): vscode.Uri | undefined {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  const uri =
    input instanceof vscode.TabInputText || input instanceof vscode.TabInputCustom
      ? input.uri
      : vscode.window.activeTextEditor?.document.uri;
  return uri !== undefined && uri.path.toLowerCase().endsWith(ending) ? uri : undefined;
}

/**
 * The file that a command is about: what the menu passed, else the active editor's, else picked from the workspace.
 * A file that is the only one is not asked for. Undefined when there is none or the person closes the list.
 */
export async function resolveFile(
  argument: unknown,
  options: { readonly ending: string; readonly placeHolder: string; readonly none: string },
): Promise<vscode.Uri | undefined> {
  if (argument instanceof vscode.Uri) return argument;
  const active = activeFile(options.ending);
  if (active !== undefined) return active;
  const files = await vscode.workspace.findFiles(`**/*${options.ending}`, EXCLUDE, MAX_FILES);
  if (files.length === 0) {
    void vscode.window.showInformationMessage(options.none);
    return undefined;
  }
  const [only] = files;
  if (files.length === 1) return only;
  const items = files
    .map((uri) => ({ label: vscode.workspace.asRelativePath(uri), uri }))
    .sort((a, b) => a.label.localeCompare(b.label));
  const picked = await vscode.window.showQuickPick(items, { placeHolder: options.placeHolder });
  return picked?.uri;
}

/** The `.onnx` files of the workspace, by name. */
export async function listModels(): Promise<vscode.Uri[]> {
  const files = await vscode.workspace.findFiles('**/*.onnx', EXCLUDE, MAX_FILES);
  return files.sort((a, b) => a.path.localeCompare(b.path));
}

/** Resolves an `.onnx` file; see {@link resolveFile}. */
export function resolveModel(argument: unknown): Promise<vscode.Uri | undefined> {
  return resolveFile(argument, {
    ending: '.onnx',
    placeHolder: vscode.l10n.t('Choose a model'),
    none: vscode.l10n.t(
      'There is no .onnx file in this workspace. Open a folder that has one, or the sample workspace.',
    ),
  });
}

/** Resolves a `.report.json` file; see {@link resolveFile}. */
export function resolveReport(argument: unknown): Promise<vscode.Uri | undefined> {
  return resolveFile(argument, {
    ending: '.report.json',
    placeHolder: vscode.l10n.t('Choose a report'),
    none: vscode.l10n.t('There is no report in this workspace. Quantize a model first.'),
  });
}
