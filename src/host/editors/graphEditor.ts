import { createHash } from 'node:crypto';
import * as vscode from 'vscode';
import type { ActiveGraph } from '../graph/activeGraph';
import { GraphModel } from '../graph/graphModel';
import { GraphPanel } from '../graph/graphPanel';
import { EditorId } from '../ids';
import type { Services } from '../services';

/**
 * Registers the graph as the editor of `.onnx` files.
 * A hidden panel is not kept alive: the webview restores its view from its own state, this side keeps the graph, and a
 * large drawing costs more memory than a second of drawing it again.
 */
export function registerGraphEditor(services: Services, active: ActiveGraph): void {
  const provider: vscode.CustomReadonlyEditorProvider<GraphModel> = {
    openCustomDocument: (uri) => new GraphModel(services, uri),
    resolveCustomEditor: (model, panel) => {
      active.add(new GraphPanel(services, panel, { token: tokenOf(model.uri), models: [model] }));
    },
  };
  services.context.subscriptions.push(
    vscode.window.registerCustomEditorProvider(EditorId.graph, provider, { supportsMultipleEditorsPerDocument: true }),
  );
}

/** The same after every reload, so that the webview knows its saved view again; it does not tell the path. */
function tokenOf(uri: vscode.Uri): string {
  return createHash('sha256').update(uri.toString()).digest('hex').slice(0, 32);
}
