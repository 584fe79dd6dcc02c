import * as vscode from 'vscode';
import type { ActiveGraph } from '../graph/activeGraph';
import { revealLine } from '../graph/openSource';
import { CommandId } from '../ids';
import type { Services } from '../services';
import { registerExportCommands } from './exportModel';
import { registerInsertCommands } from './insertCode';
import { registerLensProvider } from './lensProvider';
import { registerScriptDiagnostics } from './scriptDiagnostics';
import { ScriptDocuments } from './scriptDocuments';
import { registerCompareLastRun } from './writtenModel';

/** Registers all that ONNX Press shows and does in Python training scripts. */
export function registerLenses(services: Services, graphs: ActiveGraph): void {
  const { subscriptions, extensionUri } = services.context;
  const scripts = new ScriptDocuments(vscode.Uri.joinPath(extensionUri, 'dist'));
  subscriptions.push(
    scripts,
    ...registerLensProvider(scripts),
    ...registerScriptDiagnostics(scripts),
    ...registerExportCommands(services, scripts),
    ...registerInsertCommands(scripts),
    registerCompareLastRun(),
    vscode.commands.registerTextEditorCommand(CommandId.showLineInGraph, async ({ document, selection }) => {
      if (await revealLine(graphs, document.uri.fsPath, selection.active.line + 1)) return;
      void vscode.window.showInformationMessage(
        vscode.l10n.t('No open graph has a node that this line made. Export the model and open its graph first.'),
      );
    }),
  );
}
