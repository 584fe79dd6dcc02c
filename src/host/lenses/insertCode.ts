import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { ScriptEdit } from '../../python/edits';
import type { Script } from '../../python/script';
import { distillation } from '../../python/snippets/distillation';
import { type Insertion, type InsertionTarget, insertionTarget } from '../../python/snippets/insertion';
import { pruningSchedule } from '../../python/snippets/pruning';
import { type QuantizationLibrary, quantizationAware } from '../../python/snippets/quantizationAware';
import { CommandId } from '../ids';
import { hasPackage, pythonInterpreter } from './pythonInterpreter';
import { PYTHON, rangeOf, type ScriptDocuments } from './scriptDocuments';
import { workspaceEdit } from './scriptDiagnostics';

/** Scheme of the read-only text that stands for a script with a change in it. */
const PREVIEW_SCHEME = 'onnx-press-preview';

type Make = (script: Script, target: InsertionTarget, library: QuantizationLibrary) => Insertion | undefined;

const COMMANDS: readonly (readonly [id: string, make: Make])[] = [
  [CommandId.addPruning, pruningSchedule],
  [CommandId.addDistillation, distillation],
  [CommandId.makeQuantizationAware, quantizationAware],
];

/** Registers the lenses that put code into a script: `executeCommand(id, script?, line?)`, the line from 0. */
export function registerInsertCommands(scripts: ScriptDocuments): vscode.Disposable[] {
  const previews = new Map<string, string>();
  const provider = vscode.workspace.registerTextDocumentContentProvider(PREVIEW_SCHEME, {
    provideTextDocumentContent: (uri) => previews.get(uri.toString()),
  });
  const commands = COMMANDS.map(([id, make]) =>
    vscode.commands.registerCommand(id, async (uri: unknown, line: unknown) => {
      const document =
        uri instanceof vscode.Uri
          ? await vscode.workspace.openTextDocument(uri)
          : vscode.window.activeTextEditor?.document;
      if (document === undefined || vscode.languages.match(PYTHON, document) === 0) return false;
      const library = id === CommandId.makeQuantizationAware ? await quantizationLibrary(document.uri) : 'torch.ao';
      const script = (await scripts.script(document)).read();
      const target = insertionTarget(script, typeof line === 'number' ? line : undefined);
      const insertion = target && make(script, target, library);
      if (insertion === undefined) {
        void vscode.window.showInformationMessage(
          vscode.l10n.t(
            'This training loop is written in a way that ONNX Press cannot extend: model, optimizer and loss must be made in plain assignments.',
          ),
        );
        return false;
      }
      return previewAndApply(previews, document, insertion);
    }),
  );
  return [provider, ...commands];
}

/** In a workspace that is not trusted no Python is asked: FX graph mode is in every PyTorch that has neither. */
async function quantizationLibrary(script: vscode.Uri): Promise<QuantizationLibrary> {
  if (!vscode.workspace.isTrusted) return 'torch.ao';
  return (await hasPackage(await pythonInterpreter(script), 'torchao')) ? 'torchao' : 'torch.ao';
}

/** Shows the change as a diff, and makes it when the person says so; one undo takes it back. */
async function previewAndApply(
  previews: Map<string, string>,
  document: vscode.TextDocument,
  { edits, helper }: Insertion,
): Promise<boolean> {
  const { uri, version } = document;
  const name = basename(uri.fsPath);
  const changed = uri.with({ scheme: PREVIEW_SCHEME, query: String(version) });
  previews.set(changed.toString(), editedText(document, edits));
  const title = vscode.l10n.t('{0}: what would change', name);
  await vscode.commands.executeCommand('vscode.diff', uri, changed, title, { preview: true });
  const apply = vscode.l10n.t('Apply');
  const question = vscode.l10n.t('Make the changes shown in {0}?', name);
  const choice = await vscode.window.showInformationMessage(question, apply, vscode.l10n.t('Discard'));
  previews.delete(changed.toString());
  await closeDiff(changed);
  // Edits are for the text that was shown.
  if (choice !== apply || document.version !== version) return false;
  if (helper !== undefined) await writeHelper(vscode.Uri.joinPath(uri, '..', helper.name), helper.text);
  return vscode.workspace.applyEdit(workspaceEdit(uri, edits));
}

function editedText(document: vscode.TextDocument, edits: readonly ScriptEdit[]): string {
  const text = document.getText();
  let result = '';
  let at = 0;
  const ordered = edits.map(({ span, text: added }) => ({ range: rangeOf(span), added }));
  for (const { range, added } of ordered.sort((a, b) => a.range.start.compareTo(b.range.start))) {
    result += text.slice(at, document.offsetAt(range.start)) + added;
    at = document.offsetAt(range.end);
  }
  return result + text.slice(at);
}

async function closeDiff(changed: vscode.Uri): Promise<void> {
  const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
  const shown = tabs.filter(
    ({ input }) => input instanceof vscode.TabInputTextDiff && input.modified.toString() === changed.toString(),
  );
  await vscode.window.tabGroups.close(shown);
}

/** A helper that is there may have been changed by hand; it stays. */
async function writeHelper(file: vscode.Uri, text: string): Promise<void> {
  if (!existsSync(file.fsPath)) await vscode.workspace.fs.writeFile(file, new TextEncoder().encode(text));
}
