import * as vscode from 'vscode';
import type { ExtensionApi } from '../../../src/extension';
import { CommandId } from '../../../src/host/ids';
import type { QuantizeResult } from '../../../src/protocol';

const ID = 'onnx-press.onnx-press';
const POLL_MS = 20;

/** The extension under test. */
export function extension(): vscode.Extension<ExtensionApi> {
  const found = vscode.extensions.getExtension<ExtensionApi>(ID);
  if (found === undefined) throw new Error(`${ID} is not installed.`);
  return found;
}

/** A file of the workspace, which is a copy of the sample. */
export function workspaceFile(name: string): vscode.Uri {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  if (folder === undefined) throw new Error('No folder is open.');
  return vscode.Uri.joinPath(folder.uri, name);
}

/** Runs *Quantize Model* on the sample with the preset and the sample's own data, without its questions. */
export function quantizeSample(preset: string, includeConv?: boolean): Thenable<QuantizeResult | undefined> {
  return vscode.commands.executeCommand(CommandId.quantize, workspaceFile('digits.onnx'), {
    preset,
    includeConv,
    data: {
      calibration: workspaceFile('digits-calibration.dataset.json').fsPath,
      evaluation: workspaceFile('digits-evaluation.dataset.json').fsPath,
    },
  });
}

/** Deletes what runs have written, so that other tests find the sample as it was. */
export async function removeOutputs(): Promise<void> {
  const outputs = await vscode.workspace.findFiles('digits.*.{onnx,report.json}');
  for (const uri of [...outputs, workspaceFile('.onnx-press')]) {
    await vscode.workspace.fs.delete(uri, { recursive: true });
  }
}

/** Resolves with the first value of `read` that is not undefined; the test's own time limit ends a vain wait. */
export async function eventually<T>(read: () => T | undefined): Promise<T> {
  for (;;) {
    const value = read();
    if (value !== undefined) return value;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** Does something while a function of the API answers as a person would; there is none to press the buttons here. */
export async function replaced<O extends object, K extends keyof O>(
  owner: O,
  name: K,
  answer: O[K],
  work: () => Thenable<unknown>,
): Promise<void> {
  const original = owner[name];
  owner[name] = answer;
  try {
    await work();
  } finally {
    owner[name] = original;
  }
}
