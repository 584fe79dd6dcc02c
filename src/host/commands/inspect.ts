import * as vscode from 'vscode';
import { CommandId, SchemeId } from '../ids';
import { inspectionText } from '../inspectionText';
import { resolveModel } from '../modelFiles';
import { showError } from '../notify';
import type { Services } from '../services';

/** Registers *Inspect Model*: shows what a model holds as a read-only text document. */
export function registerInspectCommand(services: Services): void {
  const texts = new Map<string, string>();
  const changed = new vscode.EventEmitter<vscode.Uri>();
  services.context.subscriptions.push(
    changed,
    vscode.workspace.registerTextDocumentContentProvider(SchemeId.inspection, {
      onDidChange: changed.event,
      provideTextDocumentContent: (uri) => texts.get(uri.toString()) ?? '',
    }),
    vscode.workspace.onDidCloseTextDocument((document) => texts.delete(document.uri.toString())),
    vscode.commands.registerCommand(CommandId.inspect, async (argument: unknown) => {
      const model = await resolveModel(argument);
      if (model === undefined) return;
      try {
        const result = await vscode.window.withProgress(
          { location: vscode.ProgressLocation.Window, title: vscode.l10n.t('Inspecting model') },
          () => services.reader.request('model/inspect', { path: model.fsPath }),
        );
        const uri = vscode.Uri.from({ scheme: SchemeId.inspection, path: `${model.path}.txt` });
        texts.set(uri.toString(), inspectionText(result));
        changed.fire(uri);
        await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: true });
      } catch (error) {
        showError(services, error, model.fsPath);
      }
    }),
  );
}
